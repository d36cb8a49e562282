import { isDeepStrictEqual } from 'node:util';

/** Where two lists part, and what each has there; undefined where they are equal. */
export interface Difference {
  readonly index: number;
  readonly before: unknown;
  readonly a: unknown;
  readonly b: unknown;
}

/** Quick where lists are long and equal, and short where they are long and differ. */
export function firstDifference(a: readonly unknown[], b: readonly unknown[]): Difference | undefined {
  const count = Math.max(a.length, b.length);
  for (let index = 0; index < count; index++) {
    if (!isDeepStrictEqual(a[index], b[index])) {
      return { index, before: a[index - 1], a: a[index], b: b[index] };
    }
  }
  return undefined;
}
