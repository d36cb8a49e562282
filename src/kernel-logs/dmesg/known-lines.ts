import type { Cursor } from '../ascii.ts';

/** As many lines are remembered as a kernel has in its buffer when the last console comes; a power of two. */
const LINES = 1 << 15;
/** Of lines with one stamp so many are looked through, the newest first: more than there are at zero. */
const LINES_AT_ONE_TIME = 1 << 11;
/** Lines whose stamps step back, and those without one. */
const MOST_STRAYS = 1 << 14;

interface Stray {
  readonly tNs: number;
  readonly hash: number;
  seq: number;
  place: number;
  uncopied: number;
}

/** What was printed lately, by time and a hash of the text, each with the event that tells of it. */
export class KnownLines {
  /** In the order of their stamps, which is that of nearly all lines: a ring, in which the newest overwrite the oldest. */
  private times = new Float64Array(1024);
  private hashes = new Int32Array(1024);
  private seqs = new Float64Array(1024);
  private places = new Float64Array(1024);
  /** How often a line was told, less how often it was a copy. */
  private uncopied = new Int8Array(1024);
  private count = 0;
  private latestNs = Number.NEGATIVE_INFINITY;
  private readonly strays = new Map<string, Stray>();
  private slot = -1;
  private stray: Stray | undefined;

  /** Event that tells of the line that was found last. */
  get seq(): number {
    return this.stray?.seq ?? (this.seqs[this.slot] as number);
  }

  /** Place among the lines that it was noted with. */
  get place(): number {
    return this.stray?.place ?? (this.places[this.slot] as number);
  }

  /** Whether it was told more often than it was a copy. */
  get isUncopied(): boolean {
    return (this.stray?.uncopied ?? (this.uncopied[this.slot] as number)) > 0;
  }

  find(tNs: number, hash: number): boolean {
    this.slot = this.slotOf(tNs, hash);
    this.stray = this.slot < 0 ? this.strays.get(keyOf(tNs, hash)) : undefined;
    return this.slot >= 0 || this.stray !== undefined;
  }

  note(tNs: number, hash: number, seq: number, place: number): void {
    if (tNs < this.latestNs) {
      this.noteStray(tNs, hash, seq, place);
      return;
    }
    if (this.count === this.times.length && this.count < LINES) this.grow();
    this.latestNs = tNs;
    const slot = this.count++ & (this.times.length - 1);
    this.times[slot] = tNs;
    this.hashes[slot] = hash;
    this.seqs[slot] = seq;
    this.places[slot] = place;
    this.uncopied[slot] = 1;
  }

  /** The line that was found last has come as a copy. */
  copied(): void {
    if (this.stray !== undefined) this.stray.uncopied--;
    else this.uncopied[this.slot] = (this.uncopied[this.slot] as number) - 1;
  }

  clear(): void {
    this.count = 0;
    this.latestNs = Number.NEGATIVE_INFINITY;
    this.strays.clear();
    this.slot = -1;
    this.stray = undefined;
  }

  /** Hashes of the texts that are known, whatever their times. */
  texts(): ReadonlySet<number> {
    const texts = new Set<number>(this.hashes.subarray(0, Math.min(this.count, this.hashes.length)));
    for (const { hash } of this.strays.values()) texts.add(hash);
    return texts;
  }

  /** By the hash of a text, when it was told; NaN where it was told more than once. */
  timesOfTexts(): ReadonlyMap<number, number> {
    const times = new Map<number, number>();
    const note = (hash: number, tNs: number) => times.set(hash, times.has(hash) ? Number.NaN : tNs);
    const kept = Math.min(this.count, this.times.length);
    for (let slot = 0; slot < kept; slot++) note(this.hashes[slot] as number, this.times[slot] as number);
    for (const { hash, tNs } of this.strays.values()) note(hash, tNs);
    return times;
  }

  /** Of lines that are the same, the newest that is no copy's record yet, else the newest; -1 where there is none. */
  private slotOf(tNs: number, hash: number): number {
    const mask = this.times.length - 1;
    const oldest = Math.max(0, this.count - this.times.length);
    let low = oldest;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.times[middle & mask] as number) > tNs) high = middle;
      else low = middle + 1;
    }
    let found = -1;
    const last = Math.max(oldest, low - LINES_AT_ONE_TIME);
    for (let at = low - 1; at >= last; at--) {
      const slot = at & mask;
      if (this.times[slot] !== tNs) break;
      if (this.hashes[slot] !== hash) continue;
      if ((this.uncopied[slot] as number) > 0) return slot;
      if (found < 0) found = slot;
    }
    return found;
  }

  private noteStray(tNs: number, hash: number, seq: number, place: number): void {
    const key = keyOf(tNs, hash);
    const known = this.strays.get(key);
    if (known !== undefined) {
      known.seq = seq;
      known.place = place;
      known.uncopied++;
    } else if (this.strays.size < MOST_STRAYS) this.strays.set(key, { tNs, hash, seq, place, uncopied: 1 });
  }

  private grow(): void {
    const grown = <T extends { set(from: T): void }>(larger: T, from: T): T => {
      larger.set(from);
      return larger;
    };
    const size = this.times.length * 2;
    this.times = grown(new Float64Array(size), this.times);
    this.hashes = grown(new Int32Array(size), this.hashes);
    this.seqs = grown(new Float64Array(size), this.seqs);
    this.places = grown(new Float64Array(size), this.places);
    this.uncopied = grown(new Int8Array(size), this.uncopied);
  }
}

function keyOf(tNs: number, hash: number): string {
  return `${tNs} ${hash}`;
}

/** A hash of all bytes of a text, four at a time, as most lines are hashed and few are ever met again. */
export function hashOfText({ bytes, view }: Cursor, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return (hash ^ (hash >>> 13)) | 0;
}
