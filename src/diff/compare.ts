import { Aligner } from './align.ts';
import { withoutAstray } from './astray.ts';
import type { BootSource } from './boot-source.ts';
import { collectItems } from './collect-items.ts';
import { compareLane, type LaneComparison } from './compare-lane.ts';
import { type Divergence, findFirstDivergence } from './first-divergence.ts';
import type { ComparedBoot } from './items.ts';
import { compareLanes, isMechanism } from './lane.ts';
import { type LateTraces, withoutStepsBeforeTrace } from './late-trace.ts';
import { type LogSight, withoutUnshown } from './log-sight.ts';
import { withoutLoneAnswers } from './lone-answers.ts';
import { compareObligations, type ObligationAccount } from './obligations.ts';
import { type TraceSight, withoutUntraced } from './trace-sight.ts';

export interface Comparison {
  readonly lanes: readonly LaneComparison[];
  /** Lanes that were to be ignored, of those that there are. */
  readonly leftOut: readonly string[];
  /** Events of either boot whose sources the other has nothing like, by source. */
  readonly notComparable: Readonly<Record<'a' | 'b', ReadonlyMap<number, number>>>;
  /** What the logs of the two could not have shown of one another. */
  readonly sight: LogSight;
  /** Hits of probes that were set in one of them only. */
  readonly untraced: TraceSight['untraced'];
  /** Answers of calls that nobody is seen to make: they make no difference. */
  readonly unasked: Readonly<Record<'a' | 'b', number>>;
  /** Whose trace begins late, and how much of the other boot comes before that. */
  readonly late: LateTraces['late'];
  /** Whose trace was not on all the time, as the kernel log beside it shows. */
  readonly wasOff: Readonly<Record<'a' | 'b', boolean>>;
  /** Start by start of each remote processor: who met which duty in either boot. */
  readonly obligations: readonly ObligationAccount[];
  /** The earliest difference in what the boots do; null when there is none. */
  readonly firstDivergence: Divergence | null;
  /** Whether anything differs that is worth an exit code: more than numbers in background lines. */
  readonly differs: boolean;
}

/** Compares two boots. */
export function compareBoots(a: BootSource, b: BootSource): Comparison {
  const ofA = collectItems(a);
  const ofB = collectItems(b);
  const names = [...new Set([...ofA.boot.lanes.keys(), ...ofB.boot.lanes.keys()])].sort(compareLanes);
  const aligner = new Aligner();
  const compared = names.map((lane) => compareLane(lane, ofA.boot, ofB.boot, aligner));
  const hasLosses = ofA.boot.losses.length + ofB.boot.losses.length > 0;
  const traced = withoutUntraced(hasLosses ? withoutAstray(compared) : compared, ofA.boot, ofB.boot);
  const answered = withoutLoneAnswers(traced.lanes, ofA.boot, ofB.boot);
  const begun = withoutStepsBeforeTrace(answered.lanes, ofA.boot, ofB.boot);
  const { lanes, sight } = withoutUnshown(begun.lanes, ofA.boot, ofB.boot);
  return {
    lanes,
    leftOut: [...new Set([...ofA.leftOut, ...ofB.leftOut])].sort(compareLanes),
    notComparable: { a: ofA.notComparable, b: ofB.notComparable },
    sight,
    untraced: traced.untraced,
    unasked: answered.unasked,
    late: begun.late,
    wasOff: { a: wasOff(ofA.boot), b: wasOff(ofB.boot) },
    obligations: compareObligations(ofA.starts, ofB.starts),
    firstDivergence: findFirstDivergence(lanes),
    differs: lanes.some((comparison) => {
      const { lane, background, maybeLost, notShown, repeats } = comparison;
      if (isMechanism(lane)) return false;
      const left = { same: 0, changed: 0, moved: 0, 'only-a': 0, 'only-b': 0 };
      for (const difference of comparison.differences)
        if (!maybeLost.has(difference) && !notShown.has(difference) && !repeats.has(difference))
          left[difference.type]++;
      // The order of log lines of different drivers varies, and so do the numbers in them, and how often the kernel
      // says again what it limits: what a line means is compared by itself.
      if (lane === 'log') return left['only-a'] + left['only-b'] > 0;
      if (left['only-a'] + left['only-b'] > 0) return true;
      return left.changed > 0 || (!background && left.moved > 0);
    }),
  };
}

function wasOff({ losses }: ComparedBoot): boolean {
  return losses.some(({ isOff }) => isOff === true);
}
