/** A run of elements that are equal on both sides: `a[a…a+length)` is `b[b…b+length)`. */
export interface Match {
  readonly a: number;
  readonly b: number;
  readonly length: number;
}

const FIRST_CAPACITY = 32;

/** Runs in the order of both sides, each as long as it goes: one that begins where the last ends is part of it. */
export class MatchList {
  count = 0;
  /** Three numbers a run: there may be hundreds of thousands. */
  private numbers = new Int32Array(3 * FIRST_CAPACITY);

  push(a: number, b: number, length: number): void {
    const { count } = this;
    let { numbers } = this;
    const last = 3 * (count - 1);
    if (count > 0) {
      const lastLength = numbers[last + 2] as number;
      if ((numbers[last] as number) + lastLength === a && (numbers[last + 1] as number) + lastLength === b) {
        numbers[last + 2] = lastLength + length;
        return;
      }
    }
    const at = last + 3;
    if (at === numbers.length) {
      numbers = new Int32Array(2 * at);
      numbers.set(this.numbers);
      this.numbers = numbers;
    }
    numbers[at] = a;
    numbers[at + 1] = b;
    numbers[at + 2] = length;
    this.count = count + 1;
  }

  aAt(index: number): number {
    return this.numbers[3 * index] as number;
  }

  bAt(index: number): number {
    return this.numbers[3 * index + 1] as number;
  }

  lengthAt(index: number): number {
    return this.numbers[3 * index + 2] as number;
  }

  toArray(): Match[] {
    return Array.from({ length: this.count }, (_, index) => ({
      a: this.aAt(index),
      b: this.bAt(index),
      length: this.lengthAt(index),
    }));
  }
}
