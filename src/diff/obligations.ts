import { subtractRanges } from '../replay/address-range.ts';

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

/** Memory beside its firmware that is mapped for a processor, as its resource table asks for it. */
export interface DeviceMemory {
  readonly iova: number;
  readonly pa: number;
  readonly size: number;
  /** Name of the reserved region in it, if it is one. */
  readonly region: string | null;
  /** The event that mapped it. */
  readonly seq: number;
}

/** One start of one remote processor, and who met each duty of it. */
export interface StartDuties {
  readonly processor: string;
  /** 1 for the first start that the boot shows. */
  readonly start: number;
  readonly duties: Readonly<Record<Duty, Performance>>;
  /** All that was mapped when it was released; null where the sources may not show all of it. */
  readonly devmem: readonly DeviceMemory[] | null;
}

export interface ObligationRow {
  readonly duty: Duty;
  readonly title: string;
  /** On which sides it was due and nobody met it. */
  readonly unmetIn: 'a' | 'b' | 'both' | null;
  /** What was mapped on one side only, though both sides met the duty. */
  readonly onlyIn: Readonly<Record<'a' | 'b', readonly DeviceMemory[]>>;
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
        const onlyIn = duty === 'devmem-mapping' ? mappedOnlyIn(inA, inB) : NOTHING;
        return { duty, title, unmetIn: unmetIn(a, b), onlyIn, a, b };
      }).filter((row) => isDue(row.a) || isDue(row.b));
      return { processor: one.processor, start: one.start, rows };
    })
    .filter(({ rows }) => rows.length > 0);
}

const NOTHING: ObligationRow['onlyIn'] = { a: [], b: [] };

/** Device memory that was mapped in one boot only: what the resource table of the other lacks, or its hypervisor's list. */
function mappedOnlyIn(a: StartDuties | null, b: StartDuties | null): ObligationRow['onlyIn'] {
  const [ofA, ofB] = [a?.devmem ?? [], b?.devmem ?? []];
  if (ofA.length === 0 || ofB.length === 0) return NOTHING;
  return { a: outside(ofA, ofB), b: outside(ofB, ofA) };
}

/** Those of which not all is mapped by others, however it is cut up there. */
function outside(some: readonly DeviceMemory[], others: readonly DeviceMemory[]): DeviceMemory[] {
  const rangesOf = (all: readonly DeviceMemory[]) =>
    all.map(({ iova, pa, size, seq }) => ({ iova, pa, size, protection: null, since: seq }));
  const missing = new Set(subtractRanges(rangesOf(some), rangesOf(others)).map(({ since }) => since));
  return some.filter(({ seq }) => missing.has(seq));
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
