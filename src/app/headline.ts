import { counted } from '../base/count.ts';
import { around, type Instead } from '../diff/around.ts';
import type { Comparison } from '../diff/compare.ts';
import type { Difference } from '../diff/compare-lane.ts';
import { isPassedOver } from '../diff/first-divergence.ts';
import type { DiffItem } from '../diff/items.ts';
import { isMechanism } from '../diff/lane.ts';
import type { BootEvent } from '../events/catalog.ts';
import { causeChain } from '../replay/causes.ts';
import { findFault } from '../simulator/faults.ts';
import { isPasSubject } from '../soc/pas-id.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import { assignedBy } from './assigned-memory.ts';
import { eventCiter } from './cite-event.ts';
import type { BootDescription } from './describe-history.ts';
import { type ListedEvent, placeNamer } from './list-events.ts';
import type { OpenHistory } from './open-history.ts';
import { type NamedRegion, regionsNamedIn } from './region-names.ts';
import { type SourceLine, sourceText } from './source-text.ts';
import { unmetDuty } from './unmet-duty.ts';

/** What a side of the first divergence stands on. */
export interface Evidence {
  /** What brought it about, the first of them first. */
  readonly causes: readonly ListedEvent[];
  /** Causes before those. */
  readonly furtherCount: number;
  /** The lines that it was read from; none of a simulation. */
  readonly lines: readonly SourceLine[];
}

/** The first divergence in short, and what it stands on. */
export interface Headline {
  /** One sentence. */
  readonly sentence: string;
  /** The first duty that one boot met and the other did not, as a sentence. */
  readonly unmet: string | null;
  readonly a: Evidence | null;
  readonly b: Evidence | null;
  /**
   * What each boot fails at first that the other does not, where that is not the step itself. A trace alone may show no
   * failure but that a processor never said that it is ready, and was shut down.
   */
  readonly fails: { readonly a: DiffItem | null; readonly b: DiffItem | null };
  /**
   * What both fail at before it: the rest of what differs may only be how either goes on from there. Where the modes
   * explain every step, what both fail at anywhere.
   */
  readonly failsBoth: { readonly a: DiffItem; readonly b: DiffItem } | null;
  /** Regions that the step and the failures are about. */
  readonly regions: { readonly a: readonly NamedRegion[]; readonly b: readonly NamedRegion[] };
  /** What a step of MP_ASSIGN gives to whom; null where neither is one. */
  readonly assigns: { readonly a: string | null; readonly b: string | null };
  /** What only one of them does before it with devices beside the processors: the first, and how many there are. */
  readonly passedOver: { readonly difference: Difference; readonly count: number } | null;
  /** What the device trees of the two say differently of the processor that it is about. */
  readonly described: readonly Difference[];
  /** What both boots did last before it. */
  readonly before: { readonly a: DiffItem; readonly b: DiffItem } | null;
  /** What the boot that has nothing like it does in its place, and the lines that tell of that. */
  readonly instead: (Instead & { readonly lines: readonly SourceLine[] }) | null;
  /**
   * Where it does nothing more in that lane, or has no answer to a call: the last that its log tells at all, so that one
   * sees whether it just ends.
   */
  readonly last: ListedEvent | null;
}

interface Side {
  readonly history: OpenHistory;
  readonly description: BootDescription;
  readonly boot: BootInfo;
  /** The last event that is compared. */
  readonly lastSeq: number;
}

/** Events that are looked at for the last one with a time. */
const LAST_LOOKED_AT = 100;

/** Causes that are shown: the nearest. */
const CAUSES_SHOWN = 4;
/** Lines that are shown of a side: those of a call and of its return. */
const LINES_SHOWN = 2;

export function headlineOf(comparison: Comparison, a: Side, b: Side): Headline | null {
  const { firstDivergence: first, lanes } = comparison;
  if (first === null) return null;
  const lane = lanes.find((candidate) => candidate.lane === first.lane);
  if (lane === undefined) return null;
  const { difference } = first;
  const { before, instead } = around(lane, difference);
  const evidenceOf = (item: DiffItem | null, side: Side) =>
    item === null ? null : withInjected(evidence(item, side), item, side);
  const fails = { a: failureOf(comparison, difference, 'a'), b: failureOf(comparison, difference, 'b') };
  const assigns = {
    a: assignedBy(difference.a, a.history, a.boot),
    b: assignedBy(difference.b, b.history, b.boot),
  };
  return {
    sentence: first.isExplained ? nothingMore(comparison) : sentenceOf(first.lane, difference, before),
    unmet: unmetDuty(comparison),
    a: evidenceOf(difference.a, a),
    b: evidenceOf(difference.b, b),
    fails,
    failsBoth: failureOfBoth(comparison, difference),
    assigns,
    regions: {
      a: regionsOf([difference.a?.text, assigns.a, fails.a?.text], a),
      b: regionsOf([difference.b?.text, assigns.b, fails.b?.text], b),
    },
    passedOver: passedOverBy(first),
    described: describedDifferently(comparison, first.lane),
    before,
    instead:
      instead === null
        ? null
        : { ...instead, lines: linesOf(instead.item, difference.type === 'only-a' ? b : a) },
    last: instead === null && !first.isExplained ? lastOfOther(difference, a, b) : null,
  };
}

function passedOverBy({ passedOver }: NonNullable<Comparison['firstDivergence']>): Headline['passedOver'] {
  const [difference] = passedOver;
  return difference === undefined ? null : { difference, count: passedOver.length };
}

const OF_DEVICE_TREE = 'devicetree.';
const LANE_OF_DEVICE_TREE = 'boot';

/** What the modes explain is no reason. */
function describedDifferently({ lanes }: Comparison, processor: string): Difference[] {
  const lane = lanes.find((candidate) => candidate.lane === LANE_OF_DEVICE_TREE);
  if (lane === undefined || !isPasSubject(processor)) return [];
  return lane.differences.filter(
    (difference) =>
      difference.type !== 'moved' &&
      !lane.explained.has(difference) &&
      [difference.a, difference.b].some((item) => item !== null && isAboutNodeOf(processor, item)),
  );
}

function isAboutNodeOf(processor: string, { kind, text }: DiffItem): boolean {
  return kind.startsWith(OF_DEVICE_TREE) && text.startsWith(`${processor}: `);
}

/** The boot of which it is of use to know how it ends: it has no such step, or no answer to it. */
export function sideThatEnds({ type, a, b }: Difference): 'A' | 'B' | null {
  if (type === 'only-a') return 'B';
  if (type === 'only-b') return 'A';
  if (type !== 'changed' || a.isUnanswered === b.isUnanswered) return null;
  return a.isUnanswered ? 'A' : 'B';
}

/** The last event with a time of the boot that has nothing like a difference. */
function lastOfOther(difference: Difference, a: Side, b: Side): ListedEvent | null {
  const letter = sideThatEnds(difference);
  if (letter === null) return null;
  const { history, boot, lastSeq } = letter === 'A' ? a : b;
  for (let seq = lastSeq; seq > Math.max(0, lastSeq - LAST_LOOKED_AT); seq--) {
    const event = history.log.eventAt(boot.bootId, seq);
    if (event !== undefined && event.t_ns !== null && event.kind !== 'boot.finished')
      return eventCiter(boot)(event);
  }
  return null;
}

function regionsOf(
  texts: readonly (string | null | undefined)[],
  { history, boot, description }: Side,
): readonly NamedRegion[] {
  return regionsNamedIn(
    texts.flatMap((text) => text ?? []),
    description,
    (kinds) => history.log.eventsOfKinds(boot.bootId, kinds),
  );
}

/**
 * What a side fails at first, where it is not the step itself. Where that failed and is about no processor, what follows
 * for one is told.
 */
function failureOf(comparison: Comparison, difference: Difference, side: 'a' | 'b'): DiffItem | null {
  const item = difference[side];
  if (item === null || !item.failed)
    return firstFailure(comparison.lanes, side) ?? neverReady(comparison, side);
  if (isPasSubject(item.lane)) return null;
  const lanes = comparison.lanes.filter(({ lane }) => isPasSubject(lane));
  const next = firstFailure(lanes, side);
  return next === null || next.position < item.position ? null : next;
}

/** The first thing that a processor fails at on both sides: before the step, or wherever it is when the modes explain that. */
function failureOfBoth({ lanes, firstDivergence }: Comparison, { a, b }: Difference): Headline['failsBoth'] {
  const isAnywhere = firstDivergence?.isExplained === true;
  let first: Headline['failsBoth'] = null;
  for (const lane of lanes) {
    if (!isPasSubject(lane.lane)) continue;
    const found = lane.firstFailureOfBoth();
    if (found === null || isPassedOver(found.b)) continue;
    const isBefore =
      isAnywhere ||
      (a !== null && found.a.position < a.position) ||
      (b !== null && found.b.position < b.position);
    if (isBefore && (first === null || found.a.position < first.a.position)) first = found;
  }
  return first;
}

/**
 * The shutdown of a processor that says on the other side only that it is ready: all that a trace shows of a start that
 * fails (qcom_pas_start shuts down what q6v5_wait_for_start waited for in vain).
 */
function neverReady({ lanes }: Comparison, side: 'a' | 'b'): DiffItem | null {
  const other = side === 'a' ? 'b' : 'a';
  let first: DiffItem | null = null;
  for (const comparison of lanes) {
    if (!isPasSubject(comparison.lane)) continue;
    const { differences } = comparison;
    const saysReady = (which: 'a' | 'b', type: Difference['type']) =>
      differences.some((one) => one.type === type && isReadiness(one[which], comparison.lane));
    if (!saysReady(other, `only-${other}`) || saysReady(side, `only-${side}`)) continue;
    const shutdown = differences.find((one) => one.type === `only-${side}` && isShutdown(one[side]))?.[side];
    if (shutdown != null && (first === null || shutdown.position < first.position)) first = shutdown;
  }
  return first;
}

function isShutdown(item: DiffItem | null): boolean {
  return item?.kind === 'smc.requested' && item.text.startsWith('PAS_SHUTDOWN(');
}

function isReadiness(item: DiffItem | null, lane: string): boolean {
  return item?.kind === 'remoteproc.interrupted' && item.text === `${lane}: ready`;
}

/**
 * What a simulated core does by itself has no cause but the fault that was injected into it, if any: Linux need never
 * come to where that acts.
 */
function withInjected(evidence: Evidence, item: DiffItem, { history, boot }: Side): Evidence {
  if (item.kind !== 'remoteproc.memory_accessed' || evidence.causes.length > 0) return evidence;
  const event = history.log.eventAt(boot.bootId, item.seq);
  const injected: BootEvent[] = [];
  for (const fault of history.log.eventsOfKinds(boot.bootId, INJECTED))
    if (fault.seq < item.seq && fault.subject === event?.subject) injected.push(fault);
  return { ...evidence, causes: injected.slice(-CAUSES_SHOWN).map(citeInjected(boot)) };
}

/** With what goes wrong then. */
function citeInjected(boot: BootInfo): (event: BootEvent) => ListedEvent {
  const cite = eventCiter(boot);
  return (event) => {
    const title = event.kind === 'fault.injected' ? findFault(event.payload.fault)?.title : undefined;
    const cited = cite(event);
    return title === undefined ? cited : { ...cited, text: `${cited.text}: ${title}` };
  };
}

const INJECTED: ReadonlySet<string> = new Set(['fault.injected']);

/** The first thing that failed in one boot and did not in the other, but for what the kernel only mentions. */
function firstFailure(lanes: Comparison['lanes'], side: 'a' | 'b'): DiffItem | null {
  let first: DiffItem | null = null;
  for (const comparison of lanes) {
    // Any driver may fail at something that has nothing to do with it.
    if (comparison.background || comparison.lane === 'devices') continue;
    const { differences, explained, maybeLost, notShown } = comparison;
    for (const difference of differences) {
      const item = difference[side];
      if (item === null || !item.failed || (first !== null && first.position <= item.position)) continue;
      if (difference[side === 'a' ? 'b' : 'a']?.failed === true || isPassedOver(item)) continue;
      if (explained.has(difference) || maybeLost.has(difference) || notShown.has(difference)) continue;
      first = item;
    }
  }
  return first;
}

function sentenceOf(
  lane: string,
  { type, a, b }: NonNullable<Comparison['firstDivergence']>['difference'],
  before: Headline['before'],
): string {
  const saying = (item: DiffItem | null, letter: string) => `"${item?.text}" (${letter}#${item?.seq})`;
  const after =
    before === null
      ? ''
      : `, after ${before.a.text === before.b.text ? `"${before.a.text}"` : 'the step'} in both (A#${before.a.seq}, B#${before.b.seq})`;
  switch (type) {
    case 'only-a':
      return `In ${lane} only A has ${saying(a, 'A')}${after}.`;
    case 'only-b':
      return `In ${lane} only B has ${saying(b, 'B')}${after}.`;
    case 'moved':
      return `In ${lane} ${saying(a, 'A')} comes at another point in B (B#${b?.seq}).`;
    default:
      return `In ${lane} A has ${saying(a, 'A')} where B has ${saying(b, 'B')}${after}.`;
  }
}

/** What the model explains does not diverge; what a boot is told or says of itself may differ all the same. */
function nothingMore({ lanes }: Comparison): string {
  const rest = lanes
    .filter(({ lane, background }) => !background && !isMechanism(lane))
    .map(({ lane, differences, explained }) => ({ lane, count: differences.length - explained.size }))
    .filter(({ count }) => count > 0);
  const count = rest.reduce((sum, one) => sum + one.count, 0);
  const which = rest.map((one) => one.lane).join(', ');
  return count === 0
    ? 'Nothing diverges but what the modes of the boots explain.'
    : `No step diverges but what the modes of the boots explain; ${counted(count, 'fact')} of the machine ${count === 1 ? 'differs' : 'differ'} beyond that (${which}).`;
}

function evidence(item: DiffItem, { history, boot }: Side): Evidence {
  const { log } = history;
  const event = log.eventAt(boot.bootId, item.seq);
  const chain = event === undefined ? [] : causeChain(event, (seq) => log.eventAt(boot.bootId, seq)).events;
  // A line that only says what the event was read from is shown as it stands in the file.
  const causes = chain
    .slice(0, -1)
    .filter(({ source, line }) => source === null || source !== event?.source || line !== event.line);
  return {
    causes: causes.slice(-CAUSES_SHOWN).map(eventCiter(boot)),
    furtherCount: Math.max(0, causes.length - CAUSES_SHOWN),
    lines: linesOf(item, { history, boot }),
  };
}

function linesOf({ places }: DiffItem, { history, boot }: Pick<Side, 'history' | 'boot'>): SourceLine[] {
  if (boot.sources.length === 0) return [];
  const placeOf = placeNamer(boot);
  return places.slice(0, LINES_SHOWN).flatMap(({ source, line }) => {
    const text = sourceText(history.log, boot.bootId, source, line);
    return text === undefined ? [] : [{ place: placeOf(source, line) ?? '', text }];
  });
}
