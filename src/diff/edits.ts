import type { MatchList } from './matches.ts';

/** Edits that a search inside a gap may spend before it settles for the best that it has, and goes on from there. */
const EDIT_LIMIT = 128;

/**
 * Myers' greedy algorithm, stretch by stretch: where a stretch takes too many edits, the next begins where it came
 * furthest.
 */
export class EditSearch {
  /** How far each diagonal came, from the middle. */
  private furthest = new Int32Array(0);
  /** What that was after each edit, from the diagonal beyond the lowest to the one beyond the highest. */
  private trace = new Int32Array(0);
  /** Matches of a stretch, which is walked through from its end. */
  private found = new Int32Array(0);
  private aAt = 0;
  private bAt = 0;

  align(
    a: Int32Array,
    aStart: number,
    aEnd: number,
    b: Int32Array,
    bStart: number,
    bEnd: number,
    out: MatchList,
  ): void {
    this.aAt = aStart;
    this.bAt = bStart;
    while (this.aAt < aEnd && this.bAt < bEnd) this.alignStretch(a, aEnd, b, bEnd, out);
  }

  private alignStretch(a: Int32Array, aEnd: number, b: Int32Array, bEnd: number, out: MatchList): void {
    const { aAt: aStart, bAt: bStart } = this;
    const n = aEnd - aStart;
    const m = bEnd - bStart;
    const limit = Math.min(n + m, EDIT_LIMIT);
    this.reserve(limit);
    const { furthest, trace } = this;
    const offset = limit + 1;
    furthest.fill(0, 0, 2 * limit + 3);
    for (let d = 0; ; d++) {
      const start = traceStart(d);
      for (let i = 0; i < 2 * d + 3; i++) trace[start + i] = furthest[offset - d - 1 + i] as number;
      let bestX = 0;
      let bestY = 0;
      for (let k = -d; k <= d; k += 2) {
        const below = furthest[offset + k - 1] as number;
        const above = furthest[offset + k + 1] as number;
        let x = k === -d || (k !== d && below < above) ? above : below + 1;
        while (x < n && x - k < m && a[aStart + x] === b[bStart + x - k]) x++;
        furthest[offset + k] = x;
        if (x <= n && x - k <= m && x + x - k > bestX + bestY) {
          bestX = x;
          bestY = x - k;
        }
      }
      if (d < limit && (bestX < n || bestY < m)) continue;
      this.backtrack(d, bestX, bestY, out);
      this.aAt = aStart + bestX;
      this.bAt = bStart + bestY;
      return;
    }
  }

  /** Most gaps are small, and few lanes have any that takes many edits. */
  private reserve(edits: number): void {
    if (this.furthest.length >= 2 * edits + 3) return;
    this.furthest = new Int32Array(2 * edits + 3);
    this.trace = new Int32Array(traceStart(edits + 1));
    this.found = new Int32Array(3 * (edits + 1));
  }

  private backtrack(edits: number, n: number, m: number, out: MatchList): void {
    const { trace, found, aAt: aStart, bAt: bStart } = this;
    let count = 0;
    let x = n;
    let y = m;
    for (let d = edits; d > 0; d--) {
      const k = x - y;
      const at = traceStart(d) + k + d + 1;
      const below = trace[at - 1] as number;
      const above = trace[at + 1] as number;
      const isDown = k === -d || (k !== d && below < above);
      const previousX = isDown ? above : below;
      const previousY = previousX - (isDown ? k + 1 : k - 1);
      const afterEdit = isDown ? previousX : previousX + 1;
      const length = x - afterEdit;
      if (length > 0) {
        found[3 * count] = aStart + afterEdit;
        found[3 * count + 1] = bStart + y - length;
        found[3 * count++ + 2] = length;
      }
      x = previousX;
      y = previousY;
    }
    if (x > 0) out.push(aStart, bStart, x);
    for (let i = 3 * (count - 1); i >= 0; i -= 3)
      out.push(found[i] as number, found[i + 1] as number, found[i + 2] as number);
  }
}

/** Where what is kept of an edit begins: of each before it there are two diagonals more, and three of none. */
function traceStart(edits: number): number {
  return edits * (edits + 2);
}
