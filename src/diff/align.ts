import { AnchorSearch } from './anchors.ts';
import { EditSearch } from './edits.ts';
import { type Match, MatchList } from './matches.ts';

/** Sizes of the windows that are looked for as anchors, from the most to the least telling. */
const WINDOWS = [16, 4, 1] as const;

/** Sides of a gap below which looking for anchors costs more than the exact search. */
const SMALL = 12;

const NONE = -1;

/**
 * Aligns two sequences of numbers, where equal numbers mean equal elements. Anchors are windows that occur
 * exactly once on each side; the longest chain of anchors in the same order splits the problem into gaps,
 * which smaller windows and in the end Myers' algorithm work on. Near-linear on every input, one of a handful of
 * distinct elements too: the exact search spends a bounded number of edits, and then goes on from where it came furthest.
 */
export function align(a: Int32Array, b: Int32Array): Match[] {
  return new Aligner().align(a, b).toArray();
}

const NOTHING = new Int32Array(0);

/** Does it for many sequences, with the memory that every gap needs anew. */
export class Aligner {
  private readonly anchors = new AnchorSearch();
  private readonly edits = new EditSearch();
  private matches = new MatchList();
  private a: Int32Array = NOTHING;
  private b: Int32Array = NOTHING;

  align(a: Int32Array, b: Int32Array): MatchList {
    this.a = a;
    this.b = b;
    this.matches = new MatchList();
    this.alignRange(0, a.length, 0, b.length, 0);
    return asEarlyAsPossible(a, b, this.matches);
  }

  private alignRange(aStart: number, aEnd: number, bStart: number, bEnd: number, windowIndex: number): void {
    const { a, b, matches } = this;
    const prefix = lengthOfRun(a, aStart, aEnd, b, bStart, bEnd);
    if (prefix > 0) matches.push(aStart, bStart, prefix);
    const aFrom = aStart + prefix;
    const bFrom = bStart + prefix;
    const suffix = lengthOfRunBefore(a, aFrom, aEnd, b, bFrom, bEnd);
    const aTo = aEnd - suffix;
    const bTo = bEnd - suffix;
    if (aFrom < aTo && bFrom < bTo) this.alignMiddle(aFrom, aTo, bFrom, bTo, windowIndex);
    if (suffix > 0) matches.push(aTo, bTo, suffix);
  }

  private alignMiddle(aStart: number, aEnd: number, bStart: number, bEnd: number, windowIndex: number): void {
    const { a, b } = this;
    const isSmall = aEnd - aStart <= SMALL && bEnd - bStart <= SMALL;
    for (let index = isSmall ? WINDOWS.length : windowIndex; index < WINDOWS.length; index++) {
      const anchors = this.anchors.find(a, aStart, aEnd, b, bStart, bEnd, WINDOWS[index] as number);
      if (anchors === null) continue;
      this.alignBetween(anchors, aStart, aEnd, bStart, bEnd, index);
      return;
    }
    this.edits.align(a, aStart, aEnd, b, bStart, bEnd, this.matches);
  }

  /** Goes from anchor to anchor, pair behind pair. */
  private alignBetween(
    anchors: Int32Array,
    aStart: number,
    aEnd: number,
    bStart: number,
    bEnd: number,
    index: number,
  ): void {
    const { a, b, matches } = this;
    let aAt = aStart;
    let bAt = bStart;
    for (let i = 0; i < anchors.length; i += 2) {
      const aFrom = anchors[i] as number;
      const bFrom = anchors[i + 1] as number;
      if (aFrom < aAt || bFrom < bAt) continue;
      this.alignRange(aAt, aFrom, bAt, bFrom, index + 1);
      const length = lengthOfRun(a, aFrom, aEnd, b, bFrom, bEnd);
      matches.push(aFrom, bFrom, length);
      aAt = aFrom + length;
      bAt = bFrom + length;
    }
    this.alignRange(aAt, aEnd, bAt, bEnd, index + 1);
  }
}

/** How far two ranges are equal from where they begin. */
function lengthOfRun(
  a: Int32Array,
  aStart: number,
  aEnd: number,
  b: Int32Array,
  bStart: number,
  bEnd: number,
): number {
  const most = Math.min(aEnd - aStart, bEnd - bStart);
  let length = 0;
  while (length < most && a[aStart + length] === b[bStart + length]) length++;
  return length;
}

/** How far two ranges are equal from where they end. */
function lengthOfRunBefore(
  a: Int32Array,
  aStart: number,
  aEnd: number,
  b: Int32Array,
  bStart: number,
  bEnd: number,
): number {
  const most = Math.min(aEnd - aStart, bEnd - bStart);
  let length = 0;
  while (length < most && a[aEnd - length - 1] === b[bEnd - length - 1]) length++;
  return length;
}

/**
 * Where what one side has more of stands between two equal elements, either could be the one that both sides have. The
 * first is: what a boot does again after something new belongs to the new.
 */
function asEarlyAsPossible(a: Int32Array, b: Int32Array, matches: MatchList): MatchList {
  const moved = new MatchList();
  let aAt = 0;
  let bAt = 0;
  for (let index = 0; index < matches.count; index++) {
    let aFrom = matches.aAt(index);
    let bFrom = matches.bAt(index);
    let length = matches.lengthAt(index);
    const aEnd = aFrom + length;
    const bEnd = bFrom + length;
    const earlierA = indexBetween(a, a[aFrom] as number, aAt, aFrom);
    const earlierB = indexBetween(b, b[bFrom] as number, bAt, bFrom);
    // With one on both sides the alignment chose this one out of several: it stays.
    if ((earlierA === NONE) !== (earlierB === NONE)) {
      const aTo = earlierA === NONE ? aFrom : earlierA;
      const bTo = earlierB === NONE ? bFrom : earlierB;
      const count = lengthOfRun(a, aTo, aTo + length, b, bTo, bTo + length);
      moved.push(aTo, bTo, count);
      aFrom += count;
      bFrom += count;
      length -= count;
      aAt = aTo + count;
      bAt = bTo + count;
    }
    if (length === 0) continue;
    moved.push(aFrom, bFrom, length);
    aAt = aEnd;
    bAt = bEnd;
  }
  return moved;
}

function indexBetween(values: Int32Array, value: number, from: number, to: number): number {
  for (let at = from; at < to; at++) if (values[at] === value) return at;
  return NONE;
}
