/** Median, smallest and largest of what the rounds gave. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export type Unit = 'per second' | 'bytes' | 'bytes each' | 'ms' | 'us' | 'share';

export interface Quantity {
  readonly value: number;
  readonly unit: Unit;
}

/** What a row is held to: a bound of the ratio or of our own quantity. */
export interface Aim {
  readonly of: 'ratio' | 'ours';
  readonly bound: 'at least' | 'at most';
  readonly value: number;
}

/** One line of the result. */
export interface Row {
  readonly work: string;
  readonly ours: Quantity;
  readonly peer?: { readonly name: string; readonly quantity: Quantity };
  /** Ours divided by the peer's, round by round. */
  readonly ratio?: Spread;
  readonly aim?: Aim;
  /** A sentence that the row cannot do without. */
  readonly note?: string;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] as number;
  const lower = sorted[Math.ceil(middle) - 1] as number;
  return { median: (lower + upper) / 2, min: sorted[0] as number, max: sorted[sorted.length - 1] as number };
}

export function median(values: readonly number[]): number {
  return spreadOf(values).median;
}

/** A row that compares what the rounds gave, each round with itself. */
export function compare(
  work: string,
  unit: Unit,
  ours: readonly number[],
  peer: { readonly name: string; readonly values: readonly number[] },
  rest: Pick<Row, 'aim' | 'note'> = {},
): Row {
  return {
    work,
    ours: { value: median(ours), unit },
    peer: { name: peer.name, quantity: { value: median(peer.values), unit } },
    ratio: spreadOf(ours.map((value, round) => value / (peer.values[round] as number))),
    ...rest,
  };
}

/** Whether the aim was reached; undefined when the row has none. */
export function isMet({ aim, ratio, ours }: Row): boolean | undefined {
  if (aim === undefined) return undefined;
  const value = aim.of === 'ours' ? ours.value : ratio?.median;
  if (value === undefined) return undefined;
  return aim.bound === 'at least' ? value >= aim.value : value <= aim.value;
}
