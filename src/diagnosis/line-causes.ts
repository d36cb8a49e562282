import type { BootEvent, PayloadOf } from '../events/catalog.ts';
import { STORAGE_STEPS } from '../events/kernel-messages/storage-messages.ts';
import type { SocDescription } from '../soc/description.ts';
import { remoteProcessorOfFirmware } from '../soc/remote-processor.ts';
import { isProcessorName } from './processor-names.ts';

/** Where an I/O address is on a SoC, as far as that is known. */
export interface AddressPlace {
  readonly region: string | null;
  readonly devmem: string | null;
  /** Processor and part whose carveout it is in. */
  readonly carveout: { readonly processor: string; readonly part: 'main' | 'dtb' } | null;
}

/** Where an address is by the device tree and the resource tables of a SoC. */
export function placeOfAddress(
  soc: SocDescription | undefined,
  owner: string | null,
  iova: number,
): AddressPlace {
  const covers = ({ pa, size }: { pa: number; size: number }) => pa <= iova && iova < pa + size;
  const region = soc?.reservedMemory.find(covers)?.name ?? null;
  const holder = soc?.remoteprocs.find(
    ({ carveout, dtbCarveout }) => region !== null && (carveout === region || dtbCarveout === region),
  );
  const core = soc?.remoteprocs.find(({ name }) => name === owner);
  return {
    region,
    devmem: core?.resourceTable.find(covers)?.name ?? null,
    carveout:
      holder === undefined
        ? null
        : { processor: holder.name, part: holder.dtbCarveout === region ? 'dtb' : 'main' },
  };
}

/** Rules that may stand behind failures, by step; `step errno` comes before the step alone. The likeliest first. */
const BY_STEP: Readonly<Record<string, readonly string[]>> = {
  'firmware-initialise': [
    'el2-plain-devicetree',
    'el1-el2-devicetree',
    'signature-refused',
    'metadata-not-bridged',
    'metadata-bridged-at-el1',
    'pas-id-unknown',
    'wait-queue-out-of-range',
    'dtb-left-running',
  ],
  'firmware-initialise -12': ['metadata-leak', 'tzmem-pool-exhausted'],
  'firmware-memory-setup': ['image-outside-region'],
  'firmware-request': ['firmware-missing'],
  'request-firmware': ['firmware-missing'],
  'firmware-hash-segment': ['image-malformed'],
  'firmware-metadata': ['image-malformed'],
  // With a file or an error it is about the file: causesOf says so.
  'firmware-segment': ['image-outside-region'],
  'firmware-segment-size': ['image-malformed'],
  'resource-table': ['rsctable-malformed'],
  'resource-entry': ['rsctable-malformed'],
  'resource-table -5': ['tz-without-rsctable'],
  'resource-table -95': ['tz-without-rsctable'],
  'resource-table -22': ['no-shm-bridges', 'el1-el2-devicetree'],
  'resource-table -12': ['rsctable-exceeds-pool', 'tzmem-pool-exhausted'],
  'resource-table -75': ['rsctable-too-big'],
  'resource-table -7': ['rsctable-unbelievable'],
  'map-devmem -17': ['devmem-overlap'],
  'map-devmem -22': ['devmem-unaligned', 'devmem-without-access'],
  resources: ['rsctable-malformed', 'devmem-overlap', 'devmem-unaligned', 'devmem-without-access'],
  map: ['devmem-unaligned'],
  authenticate: [
    'image-corrupted',
    'carveout-bridge-refused',
    'carveout-not-bridged',
    'carveout-bridge-deleted-early',
    'memory-setup-missing',
    'metadata-freed-early',
    'lite-not-stopped',
  ],
  'authenticate-dtb': ['dtb-refused', 'carveout-bridge-refused', 'carveout-not-bridged'],
  'shm-bridge-create': ['carveout-bridge-leaked', 'carveout-overlap', 'carveout-bridge-refused'],
  'assign-memory': ['assign-without-hypervisor', 'assign-wrong-owners', 'assign-owner-lost'],
  'assign-memory -95': ['assign-without-hypervisor'],
  'assign-memory -5': ['assign-without-hypervisor'],
  'fastrpc-assign-memory': ['assign-wrong-owners', 'assign-owner-lost'],
  'fastrpc-return-memory': ['assign-owner-lost', 'assign-wrong-owners'],
  'fastrpc-assign-memory -95': ['assign-without-hypervisor'],
  ready: ['never-ready', 'devmem-missing', 'stream-unknown'],
  'start -110': ['never-ready', 'devmem-missing', 'stream-unknown'],
  'start -17': ['devmem-over-carveout', 'carveout-still-mapped'],
  'start -34': ['carveout-beyond-smmu'],
  'start -16': ['firmware-busy'],
  'start -5': ['lite-not-stopped', 'authenticated-twice'],
  'start -22': ['el2-plain-devicetree', 'el1-el2-devicetree', 'signature-refused', 'image-corrupted'],
  'alloc-iommu-domain': ['stream-mask-conflict'],
  'enable-iommu -19': ['stream-mask-conflict'],
  'enable-iommu -22': ['stream-group-shared'],
  'enable-iommu -28': ['context-banks-exhausted'],
  'attach-iommu -22': ['stream-group-shared'],
  'attach-iommu -28': ['context-banks-exhausted'],
  shutdown: ['shutdown-failed', 'mapping-removed'],
  'stop-ack': ['stop-timeout', 'core-touched-unmapped'],
  'sysmon-timeout': ['stop-timeout'],
  'fastrpc-response': ['fastrpc-answer-of-before'],
  'interrupt-missed': ['pcie-without-msi'],
  ...Object.fromEntries([...STORAGE_STEPS.keys()].map((step) => [step, ['storage-fails']])),
  'region-overlap': ['region-overlap', 'carveout-overlap'],
  'assign-memory -22': ['assign-wrong-owners', 'assign-owner-lost'],
  'rmtfs-assign-memory': ['assign-without-hypervisor', 'assign-wrong-owners'],
  'protect-video-memory': ['video-at-el2'],
  'firmware-download': ['video-at-el2'],
  load: ['image-malformed', 'image-outside-region', 'firmware-missing'],
  'load -22': ['el2-plain-devicetree', 'el1-el2-devicetree', 'signature-refused', 'image-malformed'],
};

/** What is known of the boot that a line is of, and of its SoC. */
export interface LineSetting {
  readonly soc: SocDescription | undefined;
  readonly exceptionLevel: number | null;
}

/** Causes that there are at one exception level only. */
const LEVEL_OF: Readonly<Record<string, number>> = {
  // Under a hypervisor Linux maps nothing for a processor, and sees no fault of its streams.
  'devmem-missing': 2,
  'stream-unknown': 2,
  'carveout-not-mapped': 2,
  'carveout-partly-mapped': 2,
  'dtb-carveout-not-mapped': 2,
  'resources-stale-in-recovery': 2,
  'el2-plain-devicetree': 2,
  'metadata-not-bridged': 2,
  'carveout-not-bridged': 2,
  'carveout-bridge-deleted-early': 2,
  'no-shm-bridges': 2,
  'tz-without-rsctable': 2,
  'core-runs-before-attach': 2,
  'assign-without-hypervisor': 2,
  'video-at-el2': 2,
  'el1-el2-devicetree': 1,
  'metadata-bridged-at-el1': 1,
};

/** Leaves of the causes of a line those that can be of its boot, of its SoC and of its file. */
export function fittingCauses(
  ids: readonly string[],
  event: BootEvent,
  { soc, exceptionLevel }: LineSetting,
): string[] {
  const processor = soc?.remoteprocs.find(({ name }) => name === event.subject);
  const file = event.kind === 'firmware.refused' ? event.payload.name : null;
  return ids
    .filter((id) => {
      const level = LEVEL_OF[id];
      if (level !== undefined && exceptionLevel !== null && level !== exceptionLevel) return false;
      if (id === 'dtb-left-running') return file === null || /dtb/.test(file);
      return id !== 'lite-not-stopped' || processor === undefined || processor.litePasId !== null;
    })
    .map((id) => (id === 'el2-plain-devicetree' && soc?.el2Overlay === null ? 'el2-no-overlay' : id));
}

/** Rules that may stand behind what an event tells, the likeliest first; null for one that is no failure. */
export function causesOf(
  event: BootEvent,
  place: AddressPlace | null,
  isSocKnown = true,
): readonly string[] | null {
  switch (event.kind) {
    case 'smmu.faulted':
      return causesOfFault(event.payload, place, isSocKnown);
    case 'remoteproc.failed':
      return causesOfStep(event.payload.step, event.payload.errno);
    case 'device.failed':
      return (
        causesOfClient(event) ?? causesOfProbe(event) ?? causesOfStep(event.payload.step, event.payload.errno)
      );
    case 'device.probed':
      return event.payload.errno < 0 ? causesOfProbe(event) : null;
    case 'firmware.refused': {
      const { step, errno, name } = event.payload;
      if (step === 'segment' && (errno !== null || name !== null)) return ['image-malformed'];
      if (step === 'request' && !isOfProcessor(event)) return [];
      return causesOfClient(event) ?? causesOfStep(`firmware-${step}`, errno);
    }
    case 'remoteproc.crashed':
      return event.payload.type === 'mmufault'
        ? ['devmem-missing', 'carveout-not-mapped', 'core-touched-unmapped']
        : ['crash-loop', 'crash-cascade', 'processor-crashed'];
    case 'remoteproc.interrupted':
      return event.payload.interrupt === 'handover'
        ? ['handover-again']
        : ['crash-loop', 'crash-cascade', 'processor-crashed'];
    case 'device.deferred':
      return causesOfWait(`${event.payload.reason} ${event.payload.supplier ?? ''}`);
    case 'device.noted':
      return event.payload.note === 'shm-bridge-unsupported' ? ['no-shm-bridges'] : [];
    case 'kernel.oopsed':
      if (/external abort|SError/i.test(event.payload.reason))
        return ['foreign-memory-touched', 'kernel-died'];
      return event.payload.fault_address === 0x14n ? ['rsctable-empty', 'kernel-died'] : ['kernel-died'];
    default:
      return null;
  }
}

/** What a device may wait for in vain, by the words of the driver core. */
function causesOfWait(reason: string): readonly string[] {
  if (/scm/.test(reason)) return ['bridge-enable-refused', 'deferred-for-ever'];
  return /iommu|smmu/.test(reason) ? ['smmu-missing', 'deferred-for-ever'] : ['deferred-for-ever'];
}

/** Whether a file is a remote processor's, by whom it was asked for, or by its name. */
function isOfProcessor({ subject, payload }: BootEvent & { readonly kind: 'firmware.refused' }): boolean {
  if (subject !== null && (isProcessorName(subject) || /remoteproc/.test(subject))) return true;
  return payload.name !== null && remoteProcessorOfFirmware(payload.name) !== undefined;
}

/** Clients of PAS that are no remote processors: what refuses them at EL2 is one thing. */
function causesOfClient({ subject, kind, payload }: BootEvent): readonly string[] | null {
  const isRefused =
    kind === 'firmware.refused'
      ? payload.step === 'initialise'
      : kind === 'device.failed' && /^(?:authenticate|firmware-)/.test(payload.step);
  if (!isRefused || subject === null) return null;
  if (/video|venus|iris/.test(subject)) return ['video-at-el2', 'signature-refused'];
  return /gpu/.test(subject) ? ['zap-at-el2', 'signature-refused'] : null;
}

/** What keeps a driver from binding; null for what is no probe. */
function causesOfProbe(event: BootEvent): readonly string[] | null {
  if (event.kind !== 'device.probed' && (event.kind !== 'device.failed' || event.payload.step !== 'probe'))
    return null;
  const { device, driver } = event.payload;
  const detail = event.kind === 'device.failed' ? event.payload.detail : null;
  if (detail?.includes('TrustZone memory allocator') === true) return ['bridge-enable-refused'];
  if (device.endsWith('.remoteproc')) return ['processor-not-probed'];
  return driver === 'sbsa-gwdt' ? ['watchdog-of-hypervisor'] : [];
}

function causesOfStep(step: string, errno: number | null): readonly string[] {
  if (errno !== null && errno > 0) return ['positive-result'];
  return (errno === null ? undefined : BY_STEP[`${step} ${errno}`]) ?? BY_STEP[step] ?? [];
}

function causesOfFault(
  fault: PayloadOf<'smmu.faulted'>,
  place: AddressPlace | null,
  isSocKnown: boolean,
): readonly string[] {
  const { reason, iova, access, type } = fault;
  if (reason?.includes('unmatched') === true)
    return ['stream-unknown', 'el2-plain-devicetree', 'fault-of-other-stream'];
  if (reason?.includes('permission') === true) return ['mapping-read-only'];
  if (place?.carveout?.part === 'dtb') return ['dtb-carveout-not-mapped', 'mapping-removed'];
  if (place?.carveout?.part === 'main')
    return access === 'fetch'
      ? ['carveout-not-mapped', 'stream-of-other-device', 'core-runs-before-attach', 'mapping-removed']
      : ['core-runs-before-attach', 'carveout-partly-mapped', 'carveout-not-mapped', 'mapping-removed'];
  if (place?.region !== null && place !== null)
    return /heap/.test(place.region)
      ? ['heap-not-mapped', 'mapping-removed']
      : ['devmem-missing', 'resources-stale-in-recovery', 'core-runs-before-attach'];
  if (place?.devmem !== null && place !== null) return ['devmem-missing', 'resources-stale-in-recovery'];
  if (iova !== null && iova >= 0xf000_0000 && iova < 2 ** 32)
    return ['compute-stream-fault', 'fault-of-other-stream'];
  if (type === 'global') return ['stream-unknown', 'fault-of-other-stream'];
  // Whose stream and what address it is, only the SoC tells.
  return isSocKnown
    ? ['core-touched-unmapped', 'core-runs-before-attach', 'fault-of-other-stream']
    : ['devmem-missing', 'core-touched-unmapped', 'core-runs-before-attach', 'fault-of-other-stream'];
}
