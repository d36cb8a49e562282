/** One way in which a boot goes wrong that the model can produce; ids are those of the failure-mode catalogue. */
export interface FaultSpec {
  readonly id: string;
  readonly title: string;
  /** Who it befalls: a remote processor (all of them unless one is named), or the machine. */
  readonly scope: 'processor' | 'machine';
  /** The fault is that the machine boots in this mode, whichever was asked for. */
  readonly mode?: string;
  /** It lies in the description of the machine, before anything runs. */
  readonly isDescribed?: true;
}

const processor = (id: string, title: string): FaultSpec => ({ id, title, scope: 'processor' });
const machine = (id: string, title: string): FaultSpec => ({ id, title, scope: 'machine' });
const wrongMode = (id: string, mode: string, title: string): FaultSpec => ({ ...machine(id, title), mode });
const described = (spec: FaultSpec): FaultSpec => ({ ...spec, isDescribed: true });

/**
 * Failure modes that `--fault` takes. Each is data here and a question that the agent it concerns asks. Ids that
 * begin with `smc-` are no failure modes: they are what firmware may do with any call.
 */
export const FAULTS: readonly FaultSpec[] = [
  wrongMode('F-01', 'el2-plain-dt', 'Linux at EL2 with the plain device tree'),
  wrongMode('F-02', 'el1-el2-dt', 'Linux at EL1 under QHEE with the EL2 device tree'),
  wrongMode('F-03', 'el2-plain-dt', 'Linux at EL2 on a board that has no EL2 device tree'),
  wrongMode('F-04', 'qhee', 'EL2 was expected, but the hypervisor is still there'),
  processor('F-05', 'overlay applied partly: the node has no iommus'),
  machine('F-06', 'TrustZone does not know PAS_GET_RSCTABLE'),
  machine('F-07', 'kernel built without SHM bridges'),
  machine('F-08', 'SHM_BRIDGE_ENABLE answers something unexpected'),
  machine('F-09', 'the SMMU driver is missing: its consumers defer'),
  processor('F-10', 'resource table stays too big for the buffer'),
  processor('F-11', 'resource table bigger than the pool'),
  processor('F-12', 'resource table of more than 1 GiB'),
  processor('F-13', 'resource table bigger than the buffer, returned as a success'),
  processor('F-14', 'resource table of no bytes, returned as a success'),
  processor('F-15', 'malformed resource table: an offset past its end'),
  processor('F-16', 'smem is missing from the resource table'),
  processor('F-17', 'a devmem entry is not 4 KiB aligned'),
  processor('F-18', 'a devmem entry overlaps another'),
  processor('F-19', 'a devmem entry overlaps the carveout'),
  processor('F-20', 'a devmem entry has neither READ nor WRITE'),
  processor('F-21', 'smem is read-only in the resource table'),
  described(processor('F-22', 'the carveout lies above what the SMMU can address')),
  processor('F-23', 'a devmem entry covers memory of Linux'),
  processor('F-24', 'an entry of an unsupported type'),
  processor('F-30', 'the core already runs when its stream gets an empty domain'),
  processor('F-31', 'the core uses a stream ID that the device tree does not name'),
  processor('F-32', 'the device tree gives the stream ID of another device'),
  processor('F-33', 'stream mask overlaps another entry partly'),
  processor('F-34', 'stream mask covers another device: shared group'),
  machine('F-35', 'other devices hold all context banks but those of the default domains'),
  processor('F-36', 'the carveout is not mapped before release'),
  processor('F-37', 'only the image is mapped, not its whole region'),
  processor('F-38', 'the carveout of the dtb image is not mapped'),
  processor('F-39', 'a stop leaves the carveout mapped'),
  processor('F-41', 'PAS_SHUTDOWN fails, Linux unmaps all the same'),
  processor('F-43', 'a FastRPC compute context faults'),
  processor('F-50', 'metadata lies outside any bridge at EL2'),
  processor('F-51', 'metadata lies in a bridge of Linux under a hypervisor'),
  processor('F-52', 'metadata is freed and overwritten before authentication'),
  processor('F-53', 'SHM_BRIDGE_CREATE over the carveout is refused'),
  described(processor('F-54', 'the carveout overlaps that of the next core')),
  processor('F-55', 'the carveout bridge is never deleted'),
  processor('F-56', 'the carveout bridge is deleted before authentication'),
  processor('F-57', 'authentication without a bridge over the carveout at EL2'),
  machine('F-58', 'the TrustZone memory pool is exhausted'),
  processor('F-59', 'MP_ASSIGN of the FastRPC heap is refused for want of a hypervisor'),
  processor('F-60', 'Linux touches a heap that it assigned away'),
  processor('F-61', 'MP_ASSIGN names owners that are none'),
  processor('F-62', 'a VM above 31 is lost from the owners that Linux remembers'),
  processor('F-63', 'Linux touches the carveout while TrustZone locks it'),
  processor('F-64', 'a core without an SMMU in front that needs bridges all the same'),
  processor('F-65', 'the FastRPC heap is not mapped for the ADSP at EL2'),
  described(machine('F-66', 'a carveout overlaps memory of the boot firmware')),
  processor('F-70', 'firmware signed for another SoC'),
  processor('F-71', 'wait-queue context out of range'),
  processor('F-72', 'no segment is relocatable: no PAS_MEM_SETUP'),
  processor('F-73', 'PAS_MEM_SETUP of more than the region'),
  processor('F-74', 'a segment is corrupted: its hash does not match'),
  processor('F-75', 'PAS_AUTH_AND_RESET twice without a shutdown'),
  processor('F-76', 'PAS_AUTH_AND_RESET before PAS_INIT_IMAGE'),
  processor('F-77', 'the dtb image fails to authenticate'),
  processor('F-78', 'the dtb firmware is left running after the main image failed'),
  processor('F-79', 'the lite firmware is not stopped before the load'),
  processor('F-80', 'firmware file missing'),
  processor('F-81', 'image without a hash segment'),
  processor('F-82', 'PAS id that TrustZone does not know'),
  machine('F-83', 'video enabled at EL2'),
  machine('F-84', 'zap shader of the GPU enabled at EL2'),
  processor('F-86', 'firmware answers with a positive result code'),
  processor('F-100', 'the core never becomes ready'),
  processor('F-101', 'the first PAS call never comes back'),
  processor('F-102', 'handover signalled three times'),
  processor('F-103', 'handover never signalled'),
  processor('F-104', 'watchdog bite after each of the first three starts'),
  processor('F-105', 'fatal error after the first start, which takes another core along'),
  processor('F-106', 'new firmware at recovery needs a device that the old resource table lacks'),
  processor('F-107', 'recovery fails: the image is refused the second time'),
  processor('F-108', 'the core does not answer the stop request'),
  described(processor('F-109', 'PAS_SHUTDOWN is refused while TrustZone encrypts the memory')),
  processor('F-110', 'the core touches unmapped memory while running, and hangs'),
  processor('F-111', 'FastRPC answers a call of before the recovery'),
  processor('F-112', 'PAS_SHUTDOWN of the main image fails, that of the dtb image does not'),
  processor('F-113', 'the dtb image is refused at every recovery, which leaks its metadata'),
  processor('F-120', 'handover signalled, but the core never becomes ready'),
  processor('F-121', 'a devmem entry of one page lies where the carveout has a block'),
  processor('smc-interrupted', 'PAS_AUTH_AND_RESET is interrupted once'),
  processor('smc-busy', 'PAS_AUTH_AND_RESET finds the firmware busy twice'),
  processor('smc-busy-forever', 'PAS_AUTH_AND_RESET finds the firmware busy each time'),
  processor('smc-sleep', 'PAS_INIT_IMAGE sleeps on a wait queue and is woken'),
];

/** Fault to inject: `ID[:TARGET][@N]`, into the target's N-th start only. */
export interface InjectedFault {
  readonly id: string;
  /** Remote processor; null for all, or for the machine. */
  readonly target: string | null;
  /** Start of the target that it befalls, counted from 1; null for every one. */
  readonly attempt: number | null;
}

const PATTERN = /^(F-\d+|smc-[a-z-]+)(?::([a-z][a-z0-9-]*))?(?:@(\d+))?$/;

export function findFault(id: string): FaultSpec | undefined {
  return FAULTS.find((fault) => fault.id === id);
}

/** Undefined where the text has another form, or names a fault that the model cannot produce. */
export function parseFault(text: string): InjectedFault | undefined {
  const match = PATTERN.exec(text);
  if (match === null || findFault(match[1] ?? '') === undefined) return undefined;
  return {
    id: match[1] ?? '',
    target: match[2] ?? null,
    attempt: match[3] === undefined ? null : Number(match[3]),
  };
}

/** Whether some fault of a list may befall a remote processor, whenever that is. */
export function mayBefall(faults: readonly InjectedFault[], id: string, target: string): boolean {
  return faults.some((fault) => fault.id === id && (fault.target === null || fault.target === target));
}
