/** Where decoded columns get their arrays. What is in them is not said: whoever asks fills all of it. */
export interface ColumnArrays {
  numbers(count: number): Float64Array;
  halves(count: number): Uint32Array;
  ids(count: number): Int32Array;
}

/** Arrays that nobody had before, and that stay as they are. */
export const NEW_ARRAYS: ColumnArrays = {
  numbers: (count) => new Float64Array(count),
  halves: (count) => new Uint32Array(count),
  ids: (count) => new Int32Array(count),
};

/**
 * The same arrays again and again, for whoever is done with a chunk before the next one is decoded: memory that is
 * touched for the first time is dear, and a fold decodes a dozen arrays a chunk.
 */
export class ReusedArrays implements ColumnArrays {
  private readonly pools = {
    numbers: new Pool(Float64Array),
    halves: new Pool(Uint32Array),
    ids: new Pool(Int32Array),
  };

  /** From now on, all arrays are handed out again. */
  reset(): void {
    this.pools.numbers.reset();
    this.pools.halves.reset();
    this.pools.ids.reset();
  }

  numbers(count: number): Float64Array {
    return this.pools.numbers.take(count);
  }

  halves(count: number): Uint32Array {
    return this.pools.halves.take(count);
  }

  ids(count: number): Int32Array {
    return this.pools.ids.take(count);
  }
}

interface Viewable<T> {
  readonly length: number;
  subarray(begin: number, end: number): T;
}

/** Shorter arrays are not worth another look at how long they have to be. */
const FEW = 64;

class Pool<T extends Viewable<T>> {
  private readonly Type: new (
    length: number,
  ) => T;
  private readonly arrays: T[] = [];
  private taken = 0;

  constructor(Type: new (length: number) => T) {
    this.Type = Type;
  }

  reset(): void {
    this.taken = 0;
  }

  take(count: number): T {
    const index = this.taken++;
    let array = this.arrays[index];
    if (array === undefined || array.length < count) {
      // Room for some more than are needed now, but not for a whole chunk: most kinds have few rows in each.
      array = new this.Type(2 ** Math.ceil(Math.log2(Math.max(count, FEW))));
      this.arrays[index] = array;
    }
    return array.subarray(0, count);
  }
}
