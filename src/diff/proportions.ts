/** The level at which intervals and tests are made: 95 %. */
export const CONFIDENCE = 0.95;
const Z = 1.959963984540054;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** So many of so many. */
export interface Share {
  readonly k: number;
  readonly n: number;
}

/** Wilson's score interval of a share (E. B. Wilson, JASA 22, 1927); from 0 to 1 where there is nothing to go by. */
export function wilsonInterval({ k, n }: Share): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const p = k / n;
  const middle = (p + (Z * Z) / (2 * n)) / (1 + (Z * Z) / n);
  const half = (Z / (1 + (Z * Z) / n)) * Math.sqrt((p * (1 - p)) / n + (Z * Z) / (4 * n * n));
  return { low: k === 0 ? 0 : Math.max(0, middle - half), high: k === n ? 1 : Math.min(1, middle + half) };
}

/**
 * The interval of the difference of two shares, `b` less `a`, out of the Wilson intervals of either
 * (R. G. Newcombe, Statistics in Medicine 17, 1998, method 10).
 */
export function differenceInterval(a: Share, b: Share): Interval {
  if (a.n === 0 || b.n === 0) return { low: -1, high: 1 };
  const [pa, pb] = [a.k / a.n, b.k / b.n];
  const [ia, ib] = [wilsonInterval(a), wilsonInterval(b)];
  return {
    low: pb - pa - Math.hypot(pb - ib.low, ia.high - pa),
    high: pb - pa + Math.hypot(ib.high - pb, pa - ia.low),
  };
}

/** Fisher's exact test, two-sided: how probable a split at least as uneven is where the group plays no part. */
export function fisherP(a: Share, b: Share): number {
  const total = a.k + b.k;
  const observed = logChance(a, b, a.k);
  let p = 0;
  for (let k = Math.max(0, total - b.n); k <= Math.min(a.n, total); k++) {
    const chance = logChance(a, b, k);
    // The same chance, reached by another sum of logarithms, counts too.
    if (chance <= observed + 1e-9) p += Math.exp(chance);
  }
  return Math.min(1, p);
}

/** The smallest value that {@link fisherP} can have where so many of all show a fact, however they are split. */
export function leastFisherP(a: Share, b: Share): number {
  const total = a.k + b.k;
  const [low, high] = [Math.max(0, total - b.n), Math.min(a.n, total)];
  return Math.min(...[low, high].map((k) => fisherP({ k, n: a.n }, { k: total - k, n: b.n })));
}

/** Hypergeometric: the chance that k of those that show a fact are in the first group. */
function logChance(a: Share, b: Share, k: number): number {
  const total = a.k + b.k;
  return logChoose(a.n, k) + logChoose(b.n, total - k) - logChoose(a.n + b.n, total);
}

function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= Math.min(k, n - k); i++) sum += Math.log((n - i + 1) / i);
  return sum;
}

/**
 * How many comparisons count when so many are made at once. What could not come out as more than chance however the
 * boots were split takes no part (R. E. Tarone, Biometrics 46, 1990).
 */
export function comparisonsThatCount(leastPs: readonly number[]): number {
  const sorted = [...leastPs].sort((x, y) => x - y);
  for (let count = 1; count <= sorted.length; count++) {
    const next = sorted[count];
    if (next === undefined || next > (1 - CONFIDENCE) / count) return count;
  }
  return Math.max(1, sorted.length);
}

/** Boots that each of two groups needs for a fact of all of one and none of the other to be more than chance. */
export function bootsNeeded(comparisons: number): number {
  for (let n = 2; ; n++)
    if (fisherP({ k: 0, n }, { k: n, n }) <= (1 - CONFIDENCE) / Math.max(1, comparisons)) return n;
}
