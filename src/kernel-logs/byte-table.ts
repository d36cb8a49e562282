import { type Cursor, decodeText, Literal } from './ascii.ts';

interface Entry<Value> {
  readonly text: Literal;
  readonly value: Value;
}

const BUCKETS = 4096;

/**
 * Finds what is known about a run of bytes without making a string of it, unless it is seen for the first
 * time. Holds at most `capacity` entries, so that hostile input costs time and not memory.
 */
export class ByteTable<Value> {
  private readonly buckets: Entry<Value>[][] = [];
  private readonly make: (text: string) => Value;
  private readonly capacity: number;
  private count = 0;

  constructor(make: (text: string) => Value, capacity = 65_536) {
    this.make = make;
    this.capacity = capacity;
    for (let i = 0; i < BUCKETS; i++) this.buckets.push([]);
  }

  /** What is known about the bytes from `start` to `end` of the cursor's buffer. */
  get(cursor: Cursor, start: number, end: number): Value {
    const bucket = this.buckets[hashOf(cursor, start, end)] as Entry<Value>[];
    for (let i = 0; i < bucket.length; i++) {
      const entry = bucket[i] as Entry<Value>;
      if (entry.text.length === end - start && cursor.standsAt(entry.text, start)) return entry.value;
    }
    return this.add(cursor, start, end);
  }

  private add(cursor: Cursor, start: number, end: number): Value {
    if (this.count >= this.capacity) {
      for (const bucket of this.buckets) bucket.length = 0;
      this.count = 0;
    }
    const value = this.make(decodeText(cursor.bytes, start, end));
    // A copy: the buffer is read into again.
    const text = new Literal(new Uint8Array(cursor.bytes.subarray(start, end)));
    (this.buckets[hashOf(cursor, start, end)] as Entry<Value>[]).push({ text, value });
    this.count++;
    return value;
  }
}

/**
 * Length and up to five words, the last ones first: enough to tell apart the names and tasks of a trace at a
 * fraction of the work of looking at every byte. Runs that agree in these share a bucket and are compared in full.
 */
function hashOf({ bytes, view }: Cursor, start: number, end: number): number {
  const length = end - start;
  let hash = length;
  if (length < 4) {
    for (let at = start; at < end; at++) hash = Math.imul(hash, 31) + (bytes[at] as number);
  } else {
    hash = Math.imul(hash ^ view.getInt32(start, true), 0x9e3779b1);
    for (let at = Math.max(start + 4, end - 16); at + 4 <= end; at += 4) {
      hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1) ^ (hash >>> 15);
    }
    hash = Math.imul(hash ^ view.getInt32(end - 4, true), 0x9e3779b1);
  }
  return (hash ^ (hash >>> 16)) & (BUCKETS - 1);
}
