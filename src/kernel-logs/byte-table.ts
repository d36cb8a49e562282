import { decodeText } from './ascii.ts';

interface Entry<Value> {
  readonly bytes: Uint8Array;
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
  private last: Entry<Value> | undefined;

  constructor(make: (text: string) => Value, capacity = 65_536) {
    this.make = make;
    this.capacity = capacity;
    for (let i = 0; i < BUCKETS; i++) this.buckets.push([]);
  }

  get(bytes: Uint8Array, start: number, end: number): Value {
    // Runs repeat: the one before is the likeliest.
    const { last } = this;
    if (last !== undefined && sameBytes(last.bytes, bytes, start, end)) return last.value;
    const bucket = this.buckets[hashOf(bytes, start, end)] as Entry<Value>[];
    for (let i = 0; i < bucket.length; i++) {
      const entry = bucket[i] as Entry<Value>;
      if (sameBytes(entry.bytes, bytes, start, end)) {
        this.last = entry;
        return entry.value;
      }
    }
    return this.add(bytes, start, end);
  }

  private add(bytes: Uint8Array, start: number, end: number): Value {
    if (this.count >= this.capacity) {
      for (const bucket of this.buckets) bucket.length = 0;
      this.count = 0;
    }
    const value = this.make(decodeText(bytes, start, end));
    // A copy: `slice` of a Buffer would be a view of memory that the next read overwrites.
    const entry = { bytes: new Uint8Array(bytes.subarray(start, end)), value };
    (this.buckets[hashOf(bytes, start, end)] as Entry<Value>[]).push(entry);
    this.last = entry;
    this.count++;
    return value;
  }
}

/**
 * Length, first and last bytes: enough to tell apart the names and tasks of a trace, and a tenth of the work
 * of looking at every byte. Runs that agree in all of these share a bucket and are compared in full.
 */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  let hash = length;
  const head = Math.min(4, length);
  for (let i = 0; i < head; i++) hash = Math.imul(hash, 31) + (bytes[start + i] as number);
  for (let i = Math.max(head, length - 12); i < length; i++) hash = Math.imul(hash, 31) + (bytes[start + i] as number);
  return (hash ^ (hash >>> 12)) & (BUCKETS - 1);
}

function sameBytes(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (known.length !== length) return false;
  for (let i = 0; i < length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
