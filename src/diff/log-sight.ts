import type { Difference, LaneComparison } from './compare-lane.ts';
import { DEBUG_LEVEL, isForDebugging } from './debug-lines.ts';
import type { ComparedBoot, DiffItem } from './items.ts';

/** What the log of one side could not have shown, whatever happened. */
export interface LogSight {
  /** Lines of a side of a level below the last that the other's log shows; null where there are none. */
  readonly belowLevel: Readonly<Record<Side, BelowLevel | null>>;
  /** Both logs are of one boot: how many lines of a side are only what the other does not show. */
  readonly sameBoot: Readonly<Record<Side | 'common' | 'sameTime', number>> | null;
}

export interface BelowLevel {
  readonly count: number;
  /** The last that the other log shows. */
  readonly level: number;
  /** Neither log keeps levels: the lines are such as are for debugging by what they say. */
  readonly isByText: boolean;
}

type Side = 'a' | 'b';

const OTHER: Readonly<Record<Side, Side>> = { a: 'b', b: 'a' };

/** A log with fewer lines that can be held against the other says nothing about what it leaves out. */
const LINES_NEEDED = 20;

/** Each kernel says more than that for debugging, of its per-CPU memory and its first program. */
const DEBUG_LINES_NEEDED = 3;

/** Lines that are looked at to find out what a log shows: levels and times are the same all over a log. */
const LOOKED_AT = 20_000;

/** Of the lines in common of one boot so many have one time: the rest are lines that a console prints twice. */
const SAME_TIME_SHARE = 0.95;

/** Stamps of the kernel log are cut to microseconds (print_time, kernel/printk/printk.c). */
const CLOCK_NS = 1000;

/**
 * Marks what the log of the other side would not show. A console prints what is above its level (console_loglevel,
 * kernel/printk/printk.c), `dmesg` and a journal may be asked for a level; and two logs of one boot cannot differ in what
 * happened, only in how much of it they hold.
 */
export function withoutUnshown(
  lanes: readonly LaneComparison[],
  a: ComparedBoot,
  b: ComparedBoot,
): { readonly lanes: LaneComparison[]; readonly sight: LogSight } {
  const nothing = { lanes: [...lanes], sight: { belowLevel: { a: null, b: null }, sameBoot: null } };
  const log = lanes.find(({ lane }) => lane === 'log');
  if (!a.hasSources || !b.hasSources || log === undefined) return nothing;
  if (lanes.every(({ counts }) => counts['only-a'] + counts['only-b'] === 0)) return nothing;
  const boots = { a, b };
  const lines = new LinesOfBoth(log, boots);
  const told = { a: lines.lastLevelOf('a'), b: lines.lastLevelOf('b') };
  const hasTimesOfOne = lines.isOneBoot();
  const limitOf = (side: Side) => told[side] ?? (hasTimesOfOne ? null : lines.lastLevelByText(side));
  const limit = { a: limitOf('a'), b: limitOf('b') };
  const below = { a: new Set<string>(), b: new Set<string>() };
  const isBelow = (side: Side, item: DiffItem) => {
    const last = limit[OTHER[side]];
    return last !== null && (levelOf(item, boots[side]) ?? 0) > last;
  };
  const held =
    limit.a === null && limit.b === null ? [...lanes] : lanes.map((lane) => marked(lane, isBelow, below));
  // Two logs of one boot may differ in lines that say nothing by themselves: a step that one of them lacks says more.
  const isOneBoot =
    hasTimesOfOne &&
    held.every((lane) => lane.background || lane.differences.every((one) => isHeldBack(lane, one)));
  const unheld = { a: new Set<string>(), b: new Set<string>() };
  const isUnheld = (side: Side, item: DiffItem) => !item.failed && boots[side].isLoggedOnly(item);
  const seen = isOneBoot
    ? held.map((lane) => (lane.background ? marked(lane, isUnheld, unheld) : lane))
    : held;
  const belowOf = (side: Side) => {
    const level = limit[OTHER[side]];
    return level === null || below[side].size === 0
      ? null
      : { count: below[side].size, level, isByText: told[OTHER[side]] === null };
  };
  const isAnyUnheld = unheld.a.size + unheld.b.size > 0;
  return {
    lanes: seen,
    sight: {
      belowLevel: { a: belowOf('a'), b: belowOf('b') },
      sameBoot: isAnyUnheld
        ? { a: unheld.a.size, b: unheld.b.size, common: lines.timedCount, sameTime: lines.sameTimeCount }
        : null,
    },
  };
}

/** A lane with what one side only has, and the log of the other could not show; by the way, gathers the lines of that. */
function marked(
  lane: LaneComparison,
  isUnshown: (side: Side, item: DiffItem) => boolean,
  found: Readonly<Record<Side, Set<string>>>,
): LaneComparison {
  const notShown = lane.differences.filter((difference) => {
    const { type } = difference;
    if ((type !== 'only-a' && type !== 'only-b') || isHeldBack(lane, difference)) return false;
    const side = type === 'only-a' ? 'a' : 'b';
    const item = (difference.a ?? difference.b) as DiffItem;
    if (!isUnshown(side, item)) return false;
    const [place] = item.places;
    found[side].add(`${place?.source}:${place?.line}`);
    return true;
  });
  return notShown.length === 0 ? lane : { ...lane, notShown: new Set([...lane.notShown, ...notShown]) };
}

function isHeldBack({ maybeLost, notShown }: LaneComparison, difference: Difference): boolean {
  return maybeLost.has(difference) || notShown.has(difference);
}

/** Level of the line that tells something; null where that is not told, or where a trace tells it. */
function levelOf(item: DiffItem, boot: ComparedBoot): number | null {
  if (!boot.isLoggedOnly(item)) return null;
  const event = boot.eventAt(item.position);
  if (event.kind === 'log.printed') return levelOfLine(event.payload);
  const line = event.cause === null ? undefined : boot.eventAt(event.cause);
  return line?.kind === 'log.printed' && line.source === event.source ? levelOfLine(line.payload) : null;
}

/** As far as it is told, or the line is one that is always of that level. */
function levelOfLine({
  level,
  text,
}: {
  readonly level: number | null;
  readonly text: string;
}): number | null {
  return level ?? (isForDebugging(text) ? DEBUG_LEVEL : null);
}

interface Counted {
  /** Lines by level: all that are known of a side, those that both have, and those that only it has. */
  readonly all: Map<number, number>;
  readonly common: Map<number, number>;
  readonly own: Map<number, number>;
  lineCount: number;
  /** Lines without a level that are for debugging, and others that both have. */
  debugCount: number;
  commonCount: number;
}

/** What the kernel logs of two sides show of one another. */
class LinesOfBoth {
  timedCount = 0;
  sameTimeCount = 0;
  private readonly counted: Record<Side, Counted> = { a: newCounts(), b: newCounts() };
  private readonly range: Record<Side, { readonly from: number; readonly to: number } | null>;
  /** Times of the lines that only a side has, and that the other might have had. */
  private readonly ownTimes: Record<Side, Set<number>> = { a: new Set(), b: new Set() };

  constructor(log: LaneComparison, boots: Readonly<Record<Side, ComparedBoot>>) {
    const read = (side: Side, seq: number) => {
      const event = boots[side].eventAt(seq);
      const isLine = event.kind === 'log.printed' && event.source !== null;
      return isLine ? { level: event.payload.level, text: event.payload.text, t_ns: event.t_ns } : null;
    };
    let looks = 0;
    log.eachStepInCommon(({ a, b }) => {
      if (looks++ >= LOOKED_AT) return;
      const lines = { a: read('a', a.seq), b: read('b', b.seq) };
      for (const side of ['a', 'b'] as const) {
        this.count(side, 'common', lines[side]?.level);
        this.countByText(side, 'common', lines[side]);
      }
      const [ofA, ofB] = [lines.a?.t_ns ?? 0, lines.b?.t_ns ?? 0];
      if (ofA === 0 || ofB === 0) return;
      this.timedCount++;
      if (isSameTime(ofA, ofB)) this.sameTimeCount++;
    });
    this.range = { a: rangeOf(boots.a), b: rangeOf(boots.b) };
    looks = 0;
    for (const difference of log.differences) {
      const { type } = difference;
      if (type !== 'only-a' && type !== 'only-b') continue;
      if (looks++ >= LOOKED_AT) break;
      const side = type === 'only-a' ? 'a' : 'b';
      const line = read(side, ((difference.a ?? difference.b) as DiffItem).position);
      this.count(side, 'own', line?.level);
      this.countByText(side, 'own', line);
      if (line?.t_ns == null || log.repeats.has(difference) || this.isOutside(side, line.t_ns)) continue;
      this.ownTimes[side].add(clockOf(line.t_ns));
    }
  }

  /**
   * The last level that the log of a side shows: by its own lines, or by those of the other's that it has and has not.
   * Null where neither tells that it ends anywhere.
   */
  lastLevelOf(side: Side): number | null {
    const own = this.counted[side];
    const told = sum(own.all, () => true);
    if (told >= LINES_NEEDED && told * 2 > own.lineCount) return Math.max(...own.all.keys());
    const { common, own: missing, all } = this.counted[OTHER[side]];
    if (common.size === 0) return null;
    const last = Math.max(...common.keys());
    const isShown = (level: number) => level <= last;
    const shown = sum(common, isShown);
    const isEnough = shown >= LINES_NEEDED && shown * 2 > sum(all, isShown);
    return isEnough && sum(missing, (level) => !isShown(level)) > 0 ? last : null;
  }

  /**
   * The same by what the lines say, where neither log keeps levels: the other has lines for debugging, as each kernel
   * prints them, and this one none at all of those, though it has most of what else there is. Null where it may have some.
   */
  lastLevelByText(side: Side): number | null {
    const [own, other] = [this.counted[side], this.counted[OTHER[side]]];
    if (own.all.size > 0 || other.all.size > 0 || own.debugCount > 0) return null;
    const isLike = own.commonCount >= LINES_NEEDED && own.commonCount * 2 > own.lineCount;
    return isLike && other.debugCount >= DEBUG_LINES_NEEDED ? DEBUG_LEVEL - 1 : null;
  }

  /**
   * Whether they are two logs of one boot: the times are the same, and one of them has all that the other has while both
   * were there. Simulated boots too have times in common up to where they part.
   */
  isOneBoot(): boolean {
    const { timedCount, sameTimeCount, ownTimes } = this;
    if (timedCount < LINES_NEEDED || sameTimeCount < timedCount * SAME_TIME_SHARE) return false;
    const isWithin = (side: Side) => [...ownTimes[side]].every((time) => ownTimes[OTHER[side]].has(time));
    return isWithin('a') || isWithin('b');
  }

  /** Whether the log of the other side was not there yet, or no more. */
  private isOutside(side: Side, t_ns: number): boolean {
    const range = this.range[OTHER[side]];
    return range === null || t_ns < range.from || t_ns > range.to;
  }

  private countByText(side: Side, where: 'common' | 'own', line: { readonly text: string } | null): void {
    if (line === null) return;
    const counts = this.counted[side];
    if (isForDebugging(line.text)) counts.debugCount++;
    else if (where === 'common') counts.commonCount++;
  }

  private count(side: Side, where: 'common' | 'own', level: number | null | undefined): void {
    const counts = this.counted[side];
    counts.lineCount++;
    if (level === null || level === undefined) return;
    for (const map of [counts.all, counts[where]]) map.set(level, (map.get(level) ?? 0) + 1);
  }
}

function newCounts(): Counted {
  return { all: new Map(), common: new Map(), own: new Map(), lineCount: 0, debugCount: 0, commonCount: 0 };
}

function sum(counts: ReadonlyMap<number, number>, isWanted: (level: number) => boolean): number {
  return [...counts].reduce((total, [level, count]) => total + (isWanted(level) ? count : 0), 0);
}

/** The first and the last time that a log tells. */
function rangeOf(boot: ComparedBoot): { readonly from: number; readonly to: number } | null {
  const items = boot.lanes.get('log');
  if (items === undefined) return null;
  const times = function* (indexes: Iterable<number>) {
    for (const index of indexes) {
      const { t_ns } = boot.eventAt(items.seqs[index] as number);
      if (t_ns !== null) yield t_ns;
    }
  };
  const first = times(steps(items.count, (index) => index)).next();
  const last = times(steps(items.count, (index) => items.count - 1 - index)).next();
  return first.done === true || last.done === true ? null : { from: first.value, to: last.value };
}

function* steps(count: number, indexOf: (step: number) => number): Generator<number> {
  for (let step = 0; step < count; step++) yield indexOf(step);
}

function clockOf(t_ns: number): number {
  return Math.round(t_ns / CLOCK_NS);
}

function isSameTime(x: number, y: number): boolean {
  return clockOf(x) === clockOf(y);
}
