import { counted } from '../base/count.ts';
import { InputError } from '../base/input-error.ts';
import { renderTime } from '../base/time.ts';
import { bootOfEvents } from '../diff/boot-source.ts';
import { type Comparison, compareBoots } from '../diff/compare.ts';
import { explainByModel } from '../diff/expectation.ts';
import { findLatencies, type Latency } from '../diff/latencies.ts';
import type { BelowLevel } from '../diff/log-sight.ts';
import { compareStatesAtMoments, type StateComparison, withoutExplained } from '../diff/states-at-moments.ts';
import { findDefinition } from '../events/catalog.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import { describeBootsInSource, findBootsInSources } from './boots-in-source.ts';
import { checkHasLog } from './check-has-log.ts';
import { compareSides, notesOfSides } from './compared-side.ts';
import { type BootDescription, describeBoot } from './describe-history.ts';
import { type Headline, headlineOf } from './headline.ts';
import { lossNote } from './loss-note.ts';
import { type ModelPair, modelPair, type NoModel } from './model-pair.ts';
import { type OpenHistory, openHistory } from './open-history.ts';

export type { Comparison } from '../diff/compare.ts';
export type { Difference, LaneComparison, SameRun } from '../diff/compare-lane.ts';
export type { StateDifference } from '../diff/compare-states.ts';
export type { DiffItem } from '../diff/items.ts';
export type { Latency } from '../diff/latencies.ts';
export type { ObligationAccount, ObligationRow, Performance } from '../diff/obligations.ts';
export type { StateComparison } from '../diff/states-at-moments.ts';
export type { Evidence, Headline } from './headline.ts';

export interface DiffSide {
  readonly file: string;
  readonly boot: BootDescription;
}

export interface DiffReport {
  readonly a: DiffSide;
  readonly b: DiffSide;
  readonly comparison: Comparison;
  /** The first divergence and what it stands on; null where there is none. */
  readonly headline: Headline | null;
  /** What is otherwise at the same moments, beyond what the model explains. */
  readonly states: () => StateComparison;
  /** Steps in common that took one of them much longer. */
  readonly latencies: () => readonly Latency[];
  /** The simulated pair that differences were held against, or why there is none; null where nothing differs. */
  readonly model: Omit<ModelPair, 'a' | 'b'> | NoModel | null;
  /** Events of either boot that the sources of the other could not have shown: they make no difference. */
  readonly notComparable: Readonly<Record<'a' | 'b', number>>;
  /** What limits the comparison: sources that only one side has, lost events, an unfinished boot. */
  readonly notes: readonly string[];
}

export interface DiffRequest {
  readonly a: string;
  readonly b: string;
  /** Which boot of a file that holds several, by number or name. */
  readonly bootA?: string | undefined;
  readonly bootB?: string | undefined;
  /** Lanes and kinds of events that do not count. */
  readonly ignore?: readonly string[] | undefined;
  /** Only what comes after this moment of either boot, as {@link findMoment} takes it. */
  readonly since?: string | undefined;
  /** Only what comes up to this moment of either boot. */
  readonly at?: string | undefined;
}

/**
 * Compares two boots by what they mean, from their logs alone. The report reads events when they are asked for, so it is
 * good only while `use` runs.
 */
export function diffBoots<Result>(request: DiffRequest, use: (report: DiffReport) => Result): Result {
  const a = openHistory(request.a);
  try {
    const b = openHistory(request.b);
    try {
      const bootA = a.chooseBoot(request.bootA, '--boot-a');
      const bootB = b.chooseBoot(request.bootB, '--boot-b');
      checkHasLog(a, bootA);
      checkHasLog(b, bootB);
      const compared = compareSides({ history: a, boot: bootA }, { history: b, boot: bootB }, request);
      try {
        const sides = {
          a: { file: request.a, boot: describeBoot(a, bootA) },
          b: { file: request.b, boot: describeBoot(b, bootB) },
        };
        const comparison = compareBoots(compared.a.source, compared.b.source);
        checkIgnored(request.ignore ?? [], comparison);
        const { notComparable } = comparison;
        const untold = {
          a: compared.a.untoldCount + countIn(notComparable.a),
          b: compared.b.untoldCount + countIn(notComparable.b),
        };
        const { pair, ...explained } = explain(comparison, sides.a.boot, sides.b.boot);
        return use({
          ...sides,
          ...explained,
          states: once(() => {
            const states = compareStatesAtMoments(compared.a.source, compared.b.source);
            if (pair === null || states.moments.length === 0) return states;
            return withoutExplained(
              states,
              compareStatesAtMoments(bootOfEvents(pair.a), bootOfEvents(pair.b)),
            );
          }),
          latencies: once(() => findLatencies(comparison.lanes)),
          headline: headlineOf(
            explained.comparison,
            { history: a, boot: bootA, description: sides.a.boot, lastSeq: compared.a.source.lastSeq },
            { history: b, boot: bootB, description: sides.b.boot, lastSeq: compared.b.source.lastSeq },
          ),
          notComparable: untold,
          notes: [
            ...notesOfSides(compared, notComparable),
            ...notesOfProbes(explained.comparison.untraced),
            ...notesOfBegin(explained.comparison.late),
            ...notesOfAnswers(explained.comparison.unasked),
            ...notesOfSight(explained.comparison.sight),
            ...limitsOf('A', a, bootA),
            ...offNote('A', comparison.wasOff.a),
            ...limitsOf('B', b, bootB),
            ...offNote('B', comparison.wasOff.b),
          ],
        });
      } finally {
        compared.close();
      }
    } finally {
      b.close();
    }
  } finally {
    a.close();
  }
}

/** Marks what the model explains by the modes of the boots; without a difference there is nothing to explain. */
function explain(
  comparison: Comparison,
  a: BootDescription,
  b: BootDescription,
): Pick<DiffReport, 'comparison' | 'model'> & { readonly pair: ModelPair | null } {
  if (!comparison.differs) return { comparison, model: null, pair: null };
  const starts = Math.max(1, ...comparison.obligations.map(({ start }) => start));
  const pair = modelPair(
    a,
    b,
    comparison.lanes.map(({ lane }) => lane),
    starts,
  );
  if ('reason' in pair) return { comparison, model: pair, pair: null };
  const model = compareBoots(bootOfEvents(pair.a), bootOfEvents(pair.b));
  const modelled = Math.max(1, ...model.obligations.map(({ start }) => start));
  const explained = explainByModel(comparison, model, Math.ceil(starts / modelled));
  const { modes, soc, kernel, scenario } = pair;
  return { comparison: explained, model: { modes, soc, kernel, scenario }, pair };
}

function countIn(counts: ReadonlyMap<number, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** What is dear is made when somebody asks for it, and kept. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** What is to be ignored has to be a kind of event, or a lane of one of the boots. */
function checkIgnored(names: readonly string[], { lanes, leftOut }: Comparison): void {
  for (const name of names) {
    if (leftOut.includes(name) || findDefinition(name) !== undefined) continue;
    const known = [...leftOut, ...lanes.map(({ lane }) => lane)].join(', ');
    throw new InputError(`no lane and no kind of event is called ${name}; there are the lanes ${known}`);
  }
}

const LEVELS = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug'] as const;

/** What the log of either side could not have shown of the other, said once. */
function notesOfSight({ belowLevel, sameBoot }: Comparison['sight']): string[] {
  const below = [['A', 'B', belowLevel.a] as const, ['B', 'A', belowLevel.b] as const].flatMap(
    ([letter, other, found]) => (found === null ? [] : [belowNote(letter, other, found)]),
  );
  if (sameBoot === null) return below;
  const { common, sameTime, a, b } = sameBoot;
  return [
    ...below,
    `A and B are logs of one boot (${sameTime} of ${counted(common, 'line')} of both have the same times): ${counted(a, 'line')} only in A and ${b} only in B ${a + b === 1 ? 'is' : 'are'} no difference`,
  ];
}

function belowNote(letter: string, other: string, { count, level, isByText }: BelowLevel): string {
  const which = `not comparable: ${counted(count, 'line')} only in ${letter} ${count === 1 ? 'is' : 'are'}`;
  return isByText
    ? `${which} for debugging, by what the kernel says in them (no log tells levels): the log of ${other} shows none such`
    : `${which} below the level of the log of ${other}, which ends at ${level} (${LEVELS[level] ?? '?'})`;
}

/** Hits of probes that only one of them had set. */
function notesOfProbes(untraced: Comparison['untraced']): string[] {
  return [['A', 'B', untraced.a] as const, ['B', 'A', untraced.b] as const].flatMap(
    ([letter, other, found]) =>
      found === null
        ? []
        : [
            `not comparable: ${counted(found.count, 'hit')} of ${found.probes.join(', ')} in ${letter}: ${other} has no hit of ${found.probes.length === 1 ? 'it' : 'them'}`,
          ],
  );
}

/** What a trace that was switched on late could not show. */
function notesOfBegin(late: Comparison['late']): string[] {
  return [['A', 'B', late.a] as const, ['B', 'A', late.b] as const].flatMap(([letter, other, found]) => {
    if (found === null) return [];
    const at = found.begin_ns === null ? '' : `, at ${renderTime(found.begin_ns).slice(1, -1).trim()},`;
    const steps = `${counted(found.count, 'step')} of ${other}`;
    return [
      `in ${letter}, the trace begins late: ${steps} before the first that both have${at} ${found.count === 1 ? 'is' : 'are'} no difference`,
    ];
  });
}

/** Answers to what nobody is seen to ask. */
function notesOfAnswers(unasked: Comparison['unasked']): string[] {
  return [['A', unasked.a] as const, ['B', unasked.b] as const].flatMap(([letter, count]) =>
    count === 0
      ? []
      : [
          `in ${letter}, ${counted(count, 'call')} ${count === 1 ? 'is' : 'are'} only told by the answer: the trace begins, or lacks events, between the two, and what was asked is not known`,
        ],
  );
}

function offNote(side: string, wasOff: boolean): string[] {
  if (!wasOff) return [];
  return [
    `in ${side}, the trace was not on all the time, as the kernel log shows: what is missing there may have happened`,
  ];
}

function limitsOf(side: string, history: OpenHistory, boot: BootInfo): string[] {
  const limits = history.warnings.map((warning) => `in ${side}, ${warning}`);
  for (const [source, lines] of findBootsInSources(history.log, boot)) {
    const held = boot.sources.find((candidate) => candidate.source === source);
    if (held !== undefined) limits.push(`in ${side}, ${describeBootsInSource(held, lines)}`);
  }
  if (!boot.finished)
    limits.push(`${side} is unfinished: its import was stopped after event ${boot.eventCount}`);
  const lost = lossNote(history, boot);
  if (lost !== null) limits.push(`in ${side}, ${lost}: what is missing there may have happened`);
  return limits;
}
