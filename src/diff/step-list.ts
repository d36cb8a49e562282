/** What a step is; the first five are the types of a difference. */
export const STEP = { same: 0, onlyA: 1, onlyB: 2, changed: 3, moved: 4, gone: 5 } as const;
export type StepType = (typeof STEP)[keyof typeof STEP];

const FIRST_CAPACITY = 64;
const NUMBERS = 4;

/**
 * Items of two lanes by index: `x` of the first, `y` of the second; what has no index on a side has -1. Numbers in a row,
 * because there may be hundreds of thousands.
 */
export class StepList {
  count = 0;
  private numbers = new Int32Array(NUMBERS * FIRST_CAPACITY);

  push(type: StepType, x: number, y: number, length: number): void {
    const at = NUMBERS * this.count++;
    if (at === this.numbers.length) {
      const grown = new Int32Array(2 * at);
      grown.set(this.numbers);
      this.numbers = grown;
    }
    const { numbers } = this;
    numbers[at] = type;
    numbers[at + 1] = x;
    numbers[at + 2] = y;
    numbers[at + 3] = length;
  }

  typeAt(index: number): StepType {
    return this.numbers[NUMBERS * index] as StepType;
  }

  xAt(index: number): number {
    return this.numbers[NUMBERS * index + 1] as number;
  }

  yAt(index: number): number {
    return this.numbers[NUMBERS * index + 2] as number;
  }

  lengthAt(index: number): number {
    return this.numbers[NUMBERS * index + 3] as number;
  }

  /** On both sides at the same point of the lane, whatever came of it. */
  isCommon(index: number): boolean {
    const type = this.typeAt(index);
    return type === STEP.same || type === STEP.changed;
  }

  retype(index: number, type: StepType): void {
    this.numbers[NUMBERS * index] = type;
  }

  /** Has both sides where one had them apart. */
  join(index: number, type: StepType, x: number, y: number): void {
    const at = NUMBERS * index;
    this.numbers[at] = type;
    this.numbers[at + 1] = x;
    this.numbers[at + 2] = y;
  }
}
