/** What a fact is of, the most telling first. */
export const FACT_SORTS = ['finding', 'duty', 'failure', 'step', 'noise', 'line'] as const;
export type FactSort = (typeof FACT_SORTS)[number];

/** Something that may be so in a boot, as one of the boots shows it. */
export interface FactExample {
  /** Index of the boot. */
  readonly boot: number;
  readonly seq: number | null;
  readonly place: string | null;
}

export interface Fact {
  readonly sort: FactSort;
  readonly lane: string;
  readonly text: string;
  /** Boots in which it is so, in order. */
  readonly boots: readonly number[];
  readonly example: FactExample;
  /** Where the example stands in its boot, from 0 to 1: what comes earlier says more. */
  readonly position: number;
}

/** What is to be said of a fact once, by the boot that shows it first. */
export interface FactDescription extends Pick<Fact, 'sort' | 'lane' | 'text' | 'position'> {
  readonly seq: number | null;
  readonly place: string | null;
}

/** What the sources of a boot can show: names of channels; null for everything. */
export type Sight = ReadonlySet<string> | null;

/** Channels of which a fact needs all. */
export type Needs = readonly string[];

interface Row {
  readonly description: FactDescription;
  readonly boots: number[];
  /** Ways in which it may be shown, by name. */
  readonly ways: Map<string, Needs>;
  readonly unknown: Set<number>;
}

/** Ways of a fact that are remembered; what is shown in more is shown by nearly anything. */
const WAYS_KEPT = 16;

/** Which facts are so in which of many boots: what is kept of a boot once the next one is read. */
export class FactTable {
  private readonly rows = new Map<string, Row>();
  private readonly sights: Sight[] = [];
  /** Duties and the like of which a boot says that it does not know, before any boot says that they are so. */
  private readonly unknown = new Map<string, Set<number>>();

  get bootCount(): number {
    return this.sights.length;
  }

  /** Begins the next boot, and returns its index. */
  begin(sight: Sight): number {
    return this.sights.push(sight) - 1;
  }

  /** The fact is so in the boot that was begun last. */
  add(key: string, needs: Needs, describe: () => FactDescription): void {
    const boot = this.sights.length - 1;
    let row = this.rows.get(key);
    if (row === undefined) {
      row = { description: describe(), boots: [], ways: new Map(), unknown: this.unknownOf(key) };
      this.rows.set(key, row);
    }
    if (row.boots.at(-1) !== boot) row.boots.push(boot);
    if (row.ways.size < WAYS_KEPT) row.ways.set(needs.join(' '), needs);
  }

  /** The boot that was begun last does not tell whether the fact is so. */
  addUnknown(key: string): void {
    this.unknownOf(key).add(this.sights.length - 1);
  }

  private unknownOf(key: string): Set<number> {
    let boots = this.unknown.get(key);
    if (boots === undefined) {
      boots = new Set();
      this.unknown.set(key, boots);
    }
    return boots;
  }

  /**
   * Facts that are so in the same boots and unknown in the same, together: they cannot be told apart. By pattern: `1` so,
   * `0` not so, `?` unknown, boot by boot.
   */
  patterns(): ReadonlyMap<string, readonly Fact[]> {
    const patterns = new Map<string, Fact[]>();
    for (const { description, boots, ways, unknown } of this.rows.values()) {
      const { seq, place, ...rest } = description;
      const isSo = new Set(boots);
      const pattern = this.sights
        .map((sight, boot) => {
          if (isSo.has(boot)) return '1';
          return unknown.has(boot) || !canShow(sight, ways.values()) ? '?' : '0';
        })
        .join('');
      const fact = { ...rest, boots, example: { boot: boots[0] ?? 0, seq, place } };
      const known = patterns.get(pattern);
      if (known === undefined) patterns.set(pattern, [fact]);
      else known.push(fact);
    }
    return patterns;
  }
}

function canShow(sight: Sight, ways: Iterable<Needs>): boolean {
  if (sight === null) return true;
  for (const needs of ways) if (needs.every((need) => sight.has(need))) return true;
  return false;
}
