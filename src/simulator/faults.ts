/** One way in which a boot goes wrong that the model can produce; ids are those of the failure-mode catalogue. */
export interface FaultSpec {
  readonly id: string;
  readonly title: string;
  /** Who it befalls: a remote processor (all of them unless one is named), or the machine. */
  readonly scope: 'processor' | 'machine';
}

const processor = (id: string, title: string): FaultSpec => ({ id, title, scope: 'processor' });
const machine = (id: string, title: string): FaultSpec => ({ id, title, scope: 'machine' });

/** Failure modes that `--fault` takes. Each is data here and a question that the agent it concerns asks. */
export const FAULTS = [
  processor('F-05', 'overlay applied partly: the node has no iommus'),
  machine('F-06', 'TrustZone does not know PAS_GET_RSCTABLE'),
  machine('F-07', 'kernel built without SHM bridges'),
  machine('F-08', 'SHM_BRIDGE_ENABLE answers something unexpected'),
  machine('F-09', 'the SMMU driver is missing: its consumers defer'),
  processor('F-10', 'resource table stays too big for the buffer'),
  processor('F-11', 'resource table bigger than the pool'),
  processor('F-12', 'resource table of more than 1 GiB'),
  processor('F-15', 'malformed resource table: an offset past its end'),
  processor('F-16', 'smem is missing from the resource table'),
  processor('F-17', 'a devmem entry is not 4 KiB aligned'),
  processor('F-18', 'a devmem entry overlaps another'),
  processor('F-19', 'a devmem entry overlaps the carveout'),
  processor('F-20', 'a devmem entry has neither READ nor WRITE'),
  processor('F-21', 'smem is read-only in the resource table'),
  processor('F-24', 'an entry of an unsupported type'),
  processor('F-30', 'the core already runs when its stream gets an empty domain'),
  processor('F-31', 'the core uses a stream ID that the device tree does not name'),
  processor('F-33', 'stream mask overlaps another entry partly'),
  processor('F-34', 'stream mask covers another device: shared group'),
  machine('F-35', 'no context banks left'),
  processor('F-36', 'the carveout is not mapped before release'),
  processor('F-37', 'only the image is mapped, not its whole region'),
  processor('F-39', 'a stop leaves the carveout mapped'),
  processor('F-41', 'PAS_SHUTDOWN fails, Linux unmaps all the same'),
  processor('F-50', 'metadata lies outside any bridge at EL2'),
  processor('F-53', 'SHM_BRIDGE_CREATE over the carveout is refused'),
  processor('F-55', 'the carveout bridge is never deleted'),
  processor('F-56', 'the carveout bridge is deleted before authentication'),
  processor('F-57', 'authentication without a bridge over the carveout at EL2'),
  machine('F-58', 'the TrustZone memory pool is exhausted'),
  processor('F-70', 'firmware signed for another SoC'),
  processor('F-71', 'wait-queue context out of range'),
  processor('F-72', 'no segment is relocatable: no PAS_MEM_SETUP'),
  processor('F-74', 'a segment is corrupted: its hash does not match'),
  processor('F-77', 'the dtb image fails to authenticate'),
  processor('F-79', 'the lite firmware is not stopped before the load'),
  processor('F-80', 'firmware file missing'),
  processor('F-81', 'image without a hash segment'),
  processor('F-82', 'PAS id that TrustZone does not know'),
  processor('F-86', 'firmware answers with a positive result code'),
  processor('F-100', 'the core never becomes ready'),
  processor('F-102', 'handover signalled twice'),
  processor('F-103', 'handover never signalled'),
  processor('F-104', 'watchdog bite after start'),
  processor('F-105', 'fatal error after start'),
  processor('F-107', 'recovery fails: the image is refused the second time'),
  processor('F-108', 'the core does not answer the stop request'),
  processor('F-110', 'the core touches unmapped memory while running'),
  processor('F-112', 'PAS_SHUTDOWN of the main image fails, that of the dtb image succeeds'),
  processor('F-120', 'handover signalled, but the core never becomes ready'),
] as const;

/** Fault to inject: `ID[:TARGET][@N]`, into the target's N-th start only. */
export interface InjectedFault {
  readonly id: string;
  /** Remote processor; null for all, or for the machine. */
  readonly target: string | null;
  /** Start of the target that it befalls, counted from 1; null for every one. */
  readonly attempt: number | null;
}

const PATTERN = /^(F-\d+)(?::([a-z][a-z0-9-]*))?(?:@(\d+))?$/;

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
