import type { SocDescription } from '../soc/description.ts';
import type { InjectedFault } from './faults.ts';
import type { PartName } from './parts.ts';
import type { Policies } from './policies.ts';

/** How the SoC is brought up: who sits at EL2, and which device tree Linux gets. */
export interface Mode {
  readonly name: string;
  readonly title: string;
  readonly exceptionLevel: 1 | 2;
  /** Hypervisor below Linux; null when Linux itself is at EL2. */
  readonly hypervisor: 'qhee' | 'gunyah' | null;
  /** Linux gets the device tree with the EL2 overlay. */
  readonly hasOverlay: boolean;
  /** TrustZone knows PAS_GET_RSCTABLE. */
  readonly hasResourceTableCall: boolean;
  /** The kernel's TrustZone memory allocator makes SHM bridges (CONFIG_QCOM_TZMEM_MODE_SHMBRIDGE). */
  readonly usesBridges: boolean;
}

const HEALTHY = { hasResourceTableCall: true, usesBridges: true } as const;

export const MODES: readonly Mode[] = [
  {
    name: 'qhee',
    title: 'Linux at EL1 under QHEE',
    exceptionLevel: 1,
    hypervisor: 'qhee',
    hasOverlay: false,
    ...HEALTHY,
  },
  {
    name: 'gunyah',
    title: 'Linux at EL1 under Gunyah',
    exceptionLevel: 1,
    hypervisor: 'gunyah',
    hasOverlay: false,
    ...HEALTHY,
  },
  {
    name: 'el2',
    title: 'Linux at EL2 with the EL2 device tree',
    exceptionLevel: 2,
    hypervisor: null,
    hasOverlay: true,
    ...HEALTHY,
  },
  {
    name: 'el2-plain-dt',
    title: 'wrong: Linux at EL2 with the plain device tree',
    exceptionLevel: 2,
    hypervisor: null,
    hasOverlay: false,
    ...HEALTHY,
  },
  {
    name: 'el1-el2-dt',
    title: 'wrong: Linux at EL1 under QHEE with the EL2 device tree',
    exceptionLevel: 1,
    hypervisor: 'qhee',
    hasOverlay: true,
    ...HEALTHY,
  },
  {
    name: 'el2-old-tz',
    title: 'wrong: Linux at EL2 with a TrustZone older than PAS_GET_RSCTABLE',
    exceptionLevel: 2,
    hypervisor: null,
    hasOverlay: true,
    hasResourceTableCall: false,
    usesBridges: true,
  },
  {
    name: 'el2-no-bridges',
    title: 'wrong: Linux at EL2 with a kernel built without SHM bridges',
    exceptionLevel: 2,
    hypervisor: null,
    hasOverlay: true,
    hasResourceTableCall: true,
    usesBridges: false,
  },
];

/** A kernel version, as far as the model knows a difference. */
export interface Kernel {
  readonly release: string;
  /** Has the series that this project is about. */
  readonly hasSeries: boolean;
}

export const KERNELS: readonly Kernel[] = [
  { release: '7.2.13', hasSeries: true },
  { release: '7.0.0', hasSeries: true },
  { release: '6.18.0', hasSeries: false },
];

/** Everything that decides a simulated boot: the same plan gives the same events, byte for byte. */
export interface BootPlan {
  readonly soc: SocDescription;
  readonly mode: Mode;
  readonly kernel: Kernel;
  /** Parts of the series that the kernel and the device tree have. */
  readonly parts: ReadonlySet<PartName>;
  readonly policies: Policies;
  readonly faults: readonly InjectedFault[];
  readonly scenario: string;
  readonly seed: number;
  /** Remote processors that boot; null for all of the SoC. */
  readonly processors: readonly string[] | null;
}

/** The processor that the boot loader has started, and Linux attaches to; null where there is none. */
export function preloadedProcessor({ soc, scenario, processors }: BootPlan): string | null {
  if (scenario !== 'attach') return null;
  return soc.remoteprocs.find(({ name }) => processors === null || processors.includes(name))?.name ?? null;
}
