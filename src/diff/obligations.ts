/**
 * What somebody has to do before, while and after a remote processor is started, in the order in which it is due.
 * Under a hypervisor most of it is done in Linux's place; with Linux at EL2 all of it is Linux's. Source: qcom_pas_load,
 * qcom_pas_start and qcom_pas_stop of drivers/remoteproc/qcom_q6v5_pas.c, Linux 7.2.
 */
export const DUTIES = [
  { duty: 'resource-table', title: 'resource table' },
  { duty: 'devmem-mapping', title: 'SMMU map of devmem' },
  { duty: 'metadata-bridge', title: 'bridge over metadata' },
  { duty: 'memory-assign', title: 'memory assign' },
  { duty: 'carveout-mapping', title: 'SMMU map of carveout' },
  { duty: 'carveout-bridge', title: 'bridge over carveout' },
  { duty: 'authenticate', title: 'authenticate' },
  { duty: 'reset', title: 'release from reset' },
  { duty: 'unmap', title: 'unmap' },
] as const;

export type Duty = (typeof DUTIES)[number]['duty'];

/**
 * Who met a duty. `nobody`: it was due, the sources would show it, and it was not done, or was refused. `unknown`: the
 * sources could not show it. `not reached`: the start ended before it was due. `not due`: nothing asked for it.
 */
export type Doer = 'linux' | 'hypervisor' | 'trustzone' | 'nobody' | 'unknown' | 'not reached' | 'not due';

export interface Performance {
  readonly by: Doer;
  /** What else there is to say: an error number, how many ranges, why it is unknown. */
  readonly note: string | null;
  /** The event that shows it: what met the duty, or where it would have been needed. */
  readonly seq: number | null;
}

/** One start of one remote processor, and who met each duty of it. */
export interface StartDuties {
  readonly processor: string;
  /** 1 for the first start that the boot shows. */
  readonly start: number;
  readonly duties: Readonly<Record<Duty, Performance>>;
}

export interface ObligationRow {
  readonly duty: Duty;
  readonly title: string;
  /** On which sides it was due and nobody met it. */
  readonly unmetIn: 'a' | 'b' | 'both' | null;
  /** Null where that boot has no such start. */
  readonly a: Performance | null;
  readonly b: Performance | null;
}

/** The duties of one start, side by side. */
export interface ObligationAccount {
  readonly processor: string;
  readonly start: number;
  readonly rows: readonly ObligationRow[];
}

/** Pairs the starts of two boots by processor and number; duties that are due on neither side are left out. */
export function compareObligations(
  a: readonly StartDuties[],
  b: readonly StartDuties[],
): ObligationAccount[] {
  const keyOf = ({ processor, start }: StartDuties) => `${processor} ${start}`;
  const ofA = new Map(a.map((start) => [keyOf(start), start]));
  const ofB = new Map(b.map((start) => [keyOf(start), start]));
  const all = [...a, ...b.filter((start) => !ofA.has(keyOf(start)))].sort(
    (x, y) => (x.processor < y.processor ? -1 : x.processor > y.processor ? 1 : 0) || x.start - y.start,
  );
  return all
    .map((one) => {
      const inA = ofA.get(keyOf(one)) ?? null;
      const inB = ofB.get(keyOf(one)) ?? null;
      const rows = DUTIES.map(({ duty, title }) => {
        const a = inA?.duties[duty] ?? null;
        const b = inB?.duties[duty] ?? null;
        return { duty, title, unmetIn: unmetIn(a, b), a, b };
      }).filter((row) => isDue(row.a) || isDue(row.b));
      return { processor: one.processor, start: one.start, rows };
    })
    .filter(({ rows }) => rows.length > 0);
}

function isDue(performance: Performance | null): boolean {
  return performance !== null && performance.by !== 'not due';
}

function unmetIn(a: Performance | null, b: Performance | null): ObligationRow['unmetIn'] {
  const inA = a?.by === 'nobody';
  const inB = b?.by === 'nobody';
  if (inA && inB) return 'both';
  return inA ? 'a' : inB ? 'b' : null;
}
