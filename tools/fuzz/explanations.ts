import { type FuzzCase, faultId } from './fuzz-case.ts';

/** Why a combination of faults breaks an invariant, where that is known. */
export type Explanation =
  /** The fault is the breach: a driver or a device tree that does wrong. */
  | { readonly type: 'injected' }
  /** A driver that does right otherwise leaves it so: a heading of docs/findings.md. */
  | { readonly type: 'finding'; readonly heading: string };

interface Rule {
  /** Heading of docs/findings.md; null where the fault is the breach. */
  readonly finding: string | null;
  readonly invariants: readonly string[];
  /** One of each list is needed; what brings a second start or a stop about may come on top. */
  readonly faults: readonly (readonly string[])[];
  /** Only a processor with dtb firmware shows it. */
  readonly needsDtb?: boolean;
}

/** Crash a core that is up, so that it is stopped and started once more. */
const CRASHES = ['F-30', 'F-102', 'F-104', 'F-105', 'F-110'];

/** Leave a core running in vain until Linux gives up. */
const NEVER_READY = [
  'F-16',
  'F-21',
  'F-22',
  'F-31',
  'F-32',
  'F-36',
  'F-37',
  'F-38',
  'F-100',
  'F-106',
  'F-120',
];

/** Make the start of the main image fail once the dtb image runs. */
const MAIN_FAILS = [
  ...NEVER_READY,
  'F-19',
  'F-39',
  'F-53',
  'F-54',
  'F-55',
  'F-58',
  'F-70',
  'F-72',
  'F-73',
  'F-74',
  'F-75',
  'F-76',
  'F-78',
  'F-79',
  'F-81',
  'F-86',
  'F-107',
];

const SHUTDOWN_REFUSED = ['F-41', 'F-112'];

/** Load an image the way that needs a hypervisor where there is none. */
const LEGACY_LOAD = ['F-01', 'F-03', 'F-64', 'F-83', 'F-84'];

const RULES: readonly Rule[] = [
  { finding: null, invariants: ['I1.el1'], faults: [['F-02']] },
  { finding: null, invariants: ['I12'], faults: [['F-05', 'F-50']] },
  { finding: null, invariants: ['I12'], faults: [LEGACY_LOAD] },
  { finding: null, invariants: ['I14'], faults: [['F-51'], ['F-05', ...LEGACY_LOAD]] },
  { finding: null, invariants: ['I4'], faults: [['F-75', 'F-76']] },
  { finding: null, invariants: ['I3', 'I23', 'I25'], faults: [['F-75']] },
  { finding: null, invariants: ['I3'], faults: [['F-36', 'F-37']] },
  { finding: null, invariants: ['I18'], faults: [['F-37']] },
  { finding: null, invariants: ['I6', 'I7.stop', 'I7.down', 'I17', 'I18'], faults: [['F-39']] },
  { finding: null, invariants: ['I16'], faults: [['F-55']] },
  { finding: null, invariants: ['I2'], faults: [['F-56']] },
  { finding: null, invariants: ['I14'], faults: [['F-56', 'F-57']] },
  { finding: null, invariants: ['I9'], faults: [['F-31']] },
  {
    finding: 'A failed start leaves the dtb image running',
    invariants: ['I3', 'I7.down', 'I23', 'I25'],
    faults: [MAIN_FAILS],
    needsDtb: true,
  },
  {
    finding: 'The metadata of a dtb image leaks when a recovery fails to authenticate it',
    invariants: ['I15'],
    faults: [['F-53', 'F-55', 'F-56', 'F-57', 'F-77', 'F-39', 'F-113', 'smc-busy-forever']],
    needsDtb: true,
  },
  {
    finding: 'The shutdown of the dtb image hides that of the main image',
    invariants: ['I7.down', 'I23'],
    faults: [['F-112']],
    needsDtb: true,
  },
  {
    finding: 'A refused shutdown takes memory and votes from a core that runs',
    invariants: ['I3', 'I18', 'I25'],
    faults: [SHUTDOWN_REFUSED],
  },
  {
    finding: 'A start that times out does not look whether the core was stopped',
    invariants: ['I3', 'I7.down', 'I23', 'I25'],
    faults: [[...SHUTDOWN_REFUSED, 'F-109'], NEVER_READY],
  },
  {
    finding: 'Result codes of the firmware pass for error numbers',
    invariants: ['I24'],
    faults: [['F-41', 'F-86']],
  },
  {
    finding: 'A handover before a timeout gives clocks and power domains back twice',
    invariants: ['I26'],
    faults: [['F-120']],
  },
  {
    finding: 'A devmem entry inside a carveout is replaced without an error',
    invariants: ['I6', 'I18'],
    faults: [['F-121']],
  },
  {
    // A start that fails cleans up as a stop does.
    finding: 'A devmem entry inside a carveout is replaced without an error',
    invariants: ['I18'],
    faults: [['F-121'], [...MAIN_FAILS, 'F-52', 'F-56', 'F-57', 'smc-busy-forever']],
  },
];

/** Headings of docs/findings.md that rules name. */
export const FINDINGS: readonly string[] = RULES.flatMap(({ finding }) => finding ?? []);

export function explain(invariant: string, smallest: FuzzCase): Explanation | null {
  const faults = smallest.faults.map(faultId);
  const rule = RULES.find((candidate) => {
    const needed = candidate.faults.every((list) => list.some((fault) => faults.includes(fault)));
    const isRest = (fault: string) =>
      CRASHES.includes(fault) || candidate.faults.some((list) => list.includes(fault));
    const hasDtb = candidate.needsDtb !== true || smallest.soc === 'hamoa';
    return candidate.invariants.includes(invariant) && needed && hasDtb && faults.every(isRest);
  });
  if (rule === undefined) return null;
  return rule.finding === null ? { type: 'injected' } : { type: 'finding', heading: rule.finding };
}
