import type { Cursor } from '../ascii.ts';

const FIRST_SLOTS = 1 << 10;
/** Of two generations: as many lines are remembered as a kernel has in its buffer when the last console comes. */
const MOST_SLOTS = 1 << 15;

/** Lines by their time and a hash of their text, in an open table that is at most half full. */
class Generation {
  readonly times: Float64Array;
  readonly hashes: Int32Array;
  readonly seqs: Float64Array;
  readonly places: Float64Array;
  /** How often a line was told, less how often it was a copy. */
  readonly uncopied: Int32Array;
  readonly mask: number;
  count = 0;

  constructor(slots: number) {
    this.times = new Float64Array(slots);
    this.hashes = new Int32Array(slots);
    this.seqs = new Float64Array(slots).fill(Number.NaN);
    this.places = new Float64Array(slots);
    this.uncopied = new Int32Array(slots);
    this.mask = slots - 1;
  }

  /** Where a line is, or the free slot in which it would be. */
  slotOf(tNs: number, hash: number): number {
    let slot = (Math.imul(hash ^ (tNs / 1000), 0x9e3779b1) >>> 8) & this.mask;
    while (
      !Number.isNaN(this.seqs[slot] as number) &&
      (this.times[slot] !== tNs || this.hashes[slot] !== hash)
    )
      slot = (slot + 1) & this.mask;
    return slot;
  }

  put(tNs: number, hash: number, seq: number, place: number, uncopied: number): void {
    const slot = this.slotOf(tNs, hash);
    if (Number.isNaN(this.seqs[slot] as number)) this.count++;
    this.times[slot] = tNs;
    this.hashes[slot] = hash;
    this.seqs[slot] = seq;
    this.places[slot] = place;
    this.uncopied[slot] = (this.uncopied[slot] as number) + uncopied;
  }
}

/** What was printed lately: the newest 16 384 lines at least, each with the event that tells of it. */
export class KnownLines {
  private newest = new Generation(FIRST_SLOTS);
  private older: Generation | undefined;
  /** Of the line that was found last: its event, and the place among the lines that it was noted with. */
  seq = Number.NaN;
  place = Number.NaN;
  /** It was told more often than it was a copy. */
  isUncopied = false;
  private found: Generation | undefined;
  private slot = 0;

  find(tNs: number, hash: number): boolean {
    return (
      this.findIn(this.newest, tNs, hash) || (this.older !== undefined && this.findIn(this.older, tNs, hash))
    );
  }

  note(tNs: number, hash: number, seq: number, place: number): void {
    const { newest } = this;
    if (newest.count * 2 > newest.mask) {
      if (newest.mask + 1 < MOST_SLOTS) this.grow();
      else {
        this.older = newest;
        this.newest = new Generation(MOST_SLOTS);
      }
    }
    this.newest.put(tNs, hash, seq, place, 1);
  }

  /** The line that was found last has come as a copy. */
  copied(): void {
    if (this.found !== undefined)
      this.found.uncopied[this.slot] = (this.found.uncopied[this.slot] as number) - 1;
  }

  clear(): void {
    this.found = undefined;
    this.newest = new Generation(FIRST_SLOTS);
    this.older = undefined;
  }

  /** Hashes of the texts that are known, whatever their times. */
  texts(): ReadonlySet<number> {
    const texts = new Set<number>();
    for (const generation of [this.newest, this.older]) {
      generation?.seqs.forEach((seq, slot) => {
        if (!Number.isNaN(seq)) texts.add(generation.hashes[slot] as number);
      });
    }
    return texts;
  }

  private findIn(generation: Generation, tNs: number, hash: number): boolean {
    const slot = generation.slotOf(tNs, hash);
    this.found = generation;
    this.slot = slot;
    this.seq = generation.seqs[slot] as number;
    this.place = generation.places[slot] as number;
    this.isUncopied = (generation.uncopied[slot] as number) > 0;
    return !Number.isNaN(this.seq);
  }

  private grow(): void {
    const { times, hashes, seqs, places, uncopied, mask } = this.newest;
    const larger = new Generation((mask + 1) * 4);
    seqs.forEach((seq, slot) => {
      if (Number.isNaN(seq)) return;
      const place = places[slot] as number;
      larger.put(times[slot] as number, hashes[slot] as number, seq, place, uncopied[slot] as number);
    });
    this.newest = larger;
  }
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
