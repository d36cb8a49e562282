import type { PlanRequest } from '../../src/app/plan-boot.ts';
import { FAULTS } from '../../src/simulator/faults.ts';

/** A boot that shows a fault, as it is asked for. */
export interface FaultExample extends PlanRequest {
  readonly id: string;
  readonly title: string;
}

interface Setting {
  readonly soc?: string;
  readonly mode?: string;
  readonly scenario?: string;
  /** Processors that boot. The fault befalls the first. */
  readonly processors?: readonly string[];
  readonly policies?: readonly string[];
}

const HAMOA = { soc: 'hamoa' } as const;
const QHEE = { mode: 'qhee' } as const;
const RECOVERY = { scenario: 'crash-recovery' } as const;

/** What a fault needs to be seen; the ADSP of Lemans boots at EL2 unless said otherwise. */
const SETTINGS: Readonly<Record<string, Setting>> = {
  'F-03': { soc: 'kodiak' },
  'F-05': { processors: ['cdsp', 'adsp'] },
  'F-35': { processors: ['cdsp', 'adsp'] },
  'F-38': HAMOA,
  'F-39': RECOVERY,
  'F-41': { scenario: 'stop' },
  'F-51': QHEE,
  'F-54': { processors: ['cdsp', 'cdsp1'] },
  'F-55': { scenario: 'stop-start' },
  'F-60': QHEE,
  'F-61': QHEE,
  'F-62': QHEE,
  'F-77': HAMOA,
  'F-78': { ...HAMOA, scenario: 'stop-start' },
  'F-79': HAMOA,
  'F-84': { policies: ['metadata-needs-bridge=no'] },
  'F-103': { scenario: 'stop' },
  'F-105': { processors: ['gpdsp0', 'adsp'] },
  'F-106': RECOVERY,
  'F-107': RECOVERY,
  'F-108': { scenario: 'stop' },
  'F-109': { soc: 'kodiak', ...QHEE, scenario: 'all-processors-stop', processors: ['modem'] },
  'F-111': RECOVERY,
  'F-112': { ...HAMOA, scenario: 'stop' },
  'F-113': { ...HAMOA, ...RECOVERY },
};

/** One boot for each fault, in the order of the faults. */
export const FAULT_EXAMPLES: readonly FaultExample[] = FAULTS.map(({ id, title, scope }) => {
  const { soc = 'lemans', mode = 'el2', processors = ['adsp'], ...rest } = SETTINGS[id] ?? {};
  const fault = scope === 'machine' ? id : `${id}:${processors[0]}`;
  return { id, title, soc, mode, processors, faults: [fault], ...rest };
});

/** The command that records the boot. */
export function commandOf(example: FaultExample): string {
  const { soc, mode, scenario, processors = [], faults = [], policies = [] } = example;
  const options = [
    `--soc ${soc}`,
    `--mode ${mode}`,
    ...(scenario === undefined ? [] : [`--scenario ${scenario}`]),
    ...processors.map((name) => `--processor ${name}`),
    ...faults.map((fault) => `--fault ${fault}`),
    ...policies.map((policy) => `--policy ${policy}`),
  ];
  return `trace record ${options.join(' ')}`;
}
