import { findMoments, MOMENT_KINDS, type Moment } from '../replay/moments.ts';
import { Replay } from '../replay/replay.ts';
import { viewSection } from '../replay/state-view.ts';
import { isPasSubject } from '../soc/pas-id.ts';
import type { BootSource } from './boot-source.ts';
import {
  compareStates,
  MEANT_SECTIONS,
  type MeantSection,
  type MeantView,
  meaningOf,
  type StateDifference,
  type StateMeaning,
} from './compare-states.ts';
import { isLostBetween, type Loss, lossesOf } from './losses.ts';
import { START_KINDS } from './obligation-kinds.ts';

/** The same moment of two boots, and what is otherwise then; what was so at a moment before is not told again. */
export interface MomentDifference {
  /** `adsp:authenticated`, with the start where it is not the first: `adsp:authenticated, start 2`. */
  readonly moment: string;
  readonly seqs: Readonly<Record<'a' | 'b', number>>;
  readonly differences: readonly StateDifference[];
}

export interface StateComparison {
  /** How many moments were looked at. */
  readonly momentCount: number;
  readonly moments: readonly MomentDifference[];
  /** Sections that only one of the boots knows, at whatever moment. */
  readonly unknown: Readonly<Record<'a' | 'b', readonly MeantSection[]>>;
  /** Why, where that is known. */
  readonly reasons: Readonly<Record<'a' | 'b', readonly string[]>>;
  /** Differences that a model of the two boots has too. */
  readonly explainedCount: number;
}

/** The points of a start at which it has come somewhere; all others lie close to one of them. */
const COMPARED: ReadonlySet<string> = new Set(['authenticated', 'running', 'crashed', 'failed', 'stopped']);

/** A boot has a handful of starts; what has more is a stress test, and says the same in all of them. */
const MOMENT_LIMIT = 60;

/** What a hypervisor does in Linux's place, of which no log of Linux tells; at EL2 it is only the trace that does. */
const TRACED: ReadonlySet<MeantSection> = new Set(['bridges', 'smmu', 'devices', 'owners', 'mappings']);
/** What Linux asks TrustZone for is in the trace, at EL1 too. */
const TRACED_CALLS: ReadonlySet<MeantSection> = new Set([...TRACED, 'pas']);
const NOTHING: ReadonlySet<MeantSection> = new Set();

interface PairedMoment {
  readonly moment: string;
  readonly about: string | null;
  readonly a: number;
  readonly b: number;
}

/** Compares the states of two boots at all moments that both have. */
export function compareStatesAtMoments(a: BootSource, b: BootSource): StateComparison {
  // A trace of other traffic needs no replay: there is nothing in it that has a state worth comparing.
  const pairs = hasStarts(a) || hasStarts(b) ? pairMoments(momentsOf(a), momentsOf(b)) : [];
  const ofA = statesAt(a, pairs, 'a');
  const ofB = statesAt(b, pairs, 'b');
  const isHidden = { a: ofA.isHidden && !ofB.isHidden, b: ofB.isHidden && !ofA.isHidden };
  const [lossesA, lossesB] = pairs.length === 0 ? [[], []] : [lossesOf(a), lossesOf(b)];
  const reasons = { a: new Set<string>(), b: new Set<string>() };
  const told = new Set<string>();
  const unknown = { a: new Set<MeantSection>(), b: new Set<MeantSection>() };
  const moments: MomentDifference[] = [];
  for (const [index, pair] of pairs.entries()) {
    const [stateA, stateB] = [ofA.meanings[index], ofB.meanings[index]];
    if (stateA === undefined || stateB === undefined) continue;
    const isLost = { a: isLostBetween(lossesA, 0, pair.a), b: isLostBetween(lossesB, 0, pair.b) };
    const blindTo = (side: 'a' | 'b'): ReadonlySet<MeantSection> => {
      if (isHidden[side]) reasons[side].add('what a hypervisor does leaves no trace');
      if (isLost[side]) reasons[side].add(reasonOf(side === 'a' ? lossesA : lossesB));
      return isLost[side] ? TRACED_CALLS : isHidden[side] ? TRACED : NOTHING;
    };
    const compared = compareStates(stateA, stateB, { a: blindTo('a'), b: blindTo('b') });
    for (const section of compared.unknown.a) unknown.a.add(section);
    for (const section of compared.unknown.b) unknown.b.add(section);
    const differences = compared.differences.filter((difference) => {
      const key = keyOf(difference);
      if (told.has(key)) return false;
      told.add(key);
      return true;
    });
    if (differences.length === 0) continue;
    const seqs = { a: a.seqInWhole?.(pair.a) ?? pair.a, b: b.seqInWhole?.(pair.b) ?? pair.b };
    moments.push({ moment: pair.moment, seqs, differences });
  }
  return {
    momentCount: pairs.length,
    moments,
    unknown: { a: [...unknown.a], b: [...unknown.b] },
    reasons: { a: [...reasons.a], b: [...reasons.b] },
    explainedCount: 0,
  };
}

function reasonOf(losses: readonly Loss[]): string {
  return losses.every(({ isOff }) => isOff === true)
    ? 'the trace was not on all the time'
    : 'the trace lost events';
}

function hasStarts(source: BootSource): boolean {
  return source.eventsOfKinds(START_KINDS)[Symbol.iterator]().next().done !== true;
}

/** Without the differences that a model of the two boots has at the same moment. */
export function withoutExplained(comparison: StateComparison, model: StateComparison): StateComparison {
  const expected = new Set(
    model.moments.flatMap(({ differences }) => differences.map((difference) => keyOf(difference))),
  );
  let explainedCount = 0;
  const moments = comparison.moments.flatMap((moment) => {
    const differences = moment.differences.filter((difference) => !expected.has(keyOf(difference)));
    explainedCount += moment.differences.length - differences.length;
    return differences.length === 0 ? [] : [{ ...moment, differences }];
  });
  return { ...comparison, moments, explainedCount };
}

function keyOf({ section, what, a, b }: StateDifference): string {
  return JSON.stringify([section, what, a, b]);
}

/** The moments of a boot that can be compared, by what they are called whatever else happened in between. */
function momentsOf(source: BootSource): { starts: Set<string>; moments: readonly Moment[] } {
  const isWithin = (seq: number) => {
    const place = source.seqInWhole?.(seq) ?? seq;
    return source.firstSeq <= place && place <= source.lastSeq;
  };
  const starts = new Set<string>();
  const moments: Moment[] = [];
  for (const moment of findMoments(source.eventsOfKinds(MOMENT_KINDS))) {
    if (moment.of !== null && moment.start > 0) starts.add(moment.of);
    if (moment.name !== 'end' && isWithin(moment.seq)) moments.push(moment);
  }
  let end = source.eventCount;
  while (end > 0 && !isWithin(end)) end--;
  if (end > 0) moments.push({ name: 'end', seq: end, t_ns: null, of: null, start: 0 });
  return { starts, moments };
}

/**
 * The second time that something happens may be in the second start or still in the first: where both boots show their
 * starts, moments are counted within each.
 */
function pairMoments(a: ReturnType<typeof momentsOf>, b: ReturnType<typeof momentsOf>): PairedMoment[] {
  const named = ({ moments, starts }: typeof a, other: typeof a) => {
    const counts = new Map<string, number>();
    const byName = new Map<string, Moment>();
    for (const moment of moments) {
      const [base = ''] = moment.name.split('#');
      const { of, start } = moment;
      if (of === null ? base !== 'end' : !COMPARED.has(base.slice(of.length + 1)) || !isPasSubject(of))
        continue;
      const isCounted = of !== null && starts.has(of) && other.starts.has(of);
      const within = isCounted && start > 1 ? `${base}, start ${start}` : base;
      const count = (counts.get(within) ?? 0) + 1;
      counts.set(within, count);
      byName.set(count === 1 ? within : `${within} (${count})`, moment);
    }
    return byName;
  };
  const ofA = named(a, b);
  const ofB = named(b, a);
  const pairs: PairedMoment[] = [];
  for (const [moment, { seq, of }] of ofA) {
    const other = ofB.get(moment);
    if (other === undefined) continue;
    if (pairs.length < MOMENT_LIMIT || of === null) pairs.push({ moment, about: of, a: seq, b: other.seq });
  }
  return pairs;
}

/** What a boot is like at the moments, from one pass over its events. */
function statesAt(
  source: BootSource,
  pairs: readonly PairedMoment[],
  side: 'a' | 'b',
): { readonly meanings: readonly (StateMeaning | undefined)[]; readonly isHidden: boolean } {
  if (pairs.length === 0) return { meanings: [], isHidden: false };
  const replay = new Replay(source.chunks());
  const meanings: (StateMeaning | undefined)[] = new Array(pairs.length).fill(undefined);
  const order = pairs.map((pair, index) => ({ pair, index })).sort((x, y) => x.pair[side] - y.pair[side]);
  for (const { pair, index } of order) {
    replay.advanceTo(pair[side]);
    const view = Object.fromEntries(
      MEANT_SECTIONS.map((name) => [name, viewSection(name, replay.state)]),
    ) as unknown as MeantView;
    meanings[index] = meaningOf(view, pair.about);
  }
  const { told, exceptionLevel } = replay.state;
  return { meanings, isHidden: !told.everything && exceptionLevel !== 2 };
}
