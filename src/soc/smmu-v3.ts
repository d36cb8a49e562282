/** Events of an SMMUv3 and the lines that Linux prints of them (drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c). */
import { hex } from '../base/word.ts';
import type { Access, WalkFault } from './walk.ts';

/** Names and numbers of events that a faulting transaction leaves (event_str, EVT_ID_*). */
export const SMMU_V3_EVENTS = {
  F_TRANSLATION: 0x10,
  F_ADDR_SIZE: 0x11,
  F_ACCESS: 0x12,
  F_PERMISSION: 0x13,
} as const;

export type SmmuV3EventName = keyof typeof SMMU_V3_EVENTS;

/** No stream table entry is there for the stream (EVT_ID_BAD_STREAMID_CONFIG, `C_BAD_STREAMID` of event_str). */
export const BAD_STREAM = { name: 'C_BAD_STREAMID', id: 0x02, reason: 'unmatched-stream' } as const;

const NAME_OF_FAULT: Readonly<Record<WalkFault, SmmuV3EventName>> = {
  translation: 'F_TRANSLATION',
  'access-flag': 'F_ACCESS',
  permission: 'F_PERMISSION',
};

/** Name of an event by its number; the number where nobody named it here (EVT_ID_*). */
export function smmuV3EventName(id: number): string {
  if (id === BAD_STREAM.id) return BAD_STREAM.name;
  const found = Object.entries(SMMU_V3_EVENTS).find(([, number]) => number === id);
  return found?.[0] ?? `event 0x${id.toString(16)}`;
}

/** Why a transaction was stopped, by the name of its event; null for one that is neither of a walk nor of its stream. */
export function reasonOfSmmuV3Event(event: string): string | null {
  if (event === BAD_STREAM.name) return BAD_STREAM.reason;
  if (event === 'F_ADDR_SIZE') return 'address-size';
  return Object.entries(NAME_OF_FAULT).find(([, name]) => name === event)?.[0] ?? null;
}

/** What the transaction wanted, by the second word of the record: RnW is bit 35, InD bit 34 (EVTQ_1_RnW, EVTQ_1_InD). */
export function accessOfSmmuV3Record(second: bigint): Access {
  if (((second >> 35n) & 1n) === 0n) return 'write';
  return ((second >> 34n) & 1n) === 1n ? 'fetch' : 'read';
}

/** Class 2: the address that came in caused the fault (event_class_str). */
const CLASS_INPUT_ADDRESS = 2n;

/** The event of a walk's fault: `F_TRANSLATION` … */
export function smmuV3EventOf(fault: WalkFault): SmmuV3EventName {
  return NAME_OF_FAULT[fault];
}

export interface SmmuV3Event {
  readonly event: SmmuV3EventName;
  /** Device that the stream belongs to; null prints as a stream that belongs to none. */
  readonly client: string | null;
  readonly streamId: number;
  readonly iova: number;
  readonly access: Access;
  readonly isPrivileged?: boolean;
}

/** The four words of the event record (EVTQ_0_*, EVTQ_1_*; address in word 2, intermediate address in word 3). */
export function smmuV3EventRecord(fault: SmmuV3Event): [bigint, bigint, bigint, bigint] {
  const { event, streamId, iova, access, isPrivileged = false } = fault;
  const bit = (isSet: boolean, position: bigint) => (isSet ? 1n << position : 0n);
  return [
    BigInt(SMMU_V3_EVENTS[event]) | (BigInt(streamId) << 32n),
    (CLASS_INPUT_ADDRESS << 40n) |
      bit(isPrivileged, 33n) |
      bit(access === 'fetch', 34n) |
      bit(access !== 'write', 35n),
    BigInt(iova),
    0n,
  ];
}

/** All lines of an event, without device (arm_smmu_dump_raw_event, arm_smmu_dump_event). */
export function smmuV3EventLines(fault: SmmuV3Event): string[] {
  const { event, client, streamId, iova, access, isPrivileged = false } = fault;
  const record = smmuV3EventRecord(fault).map((word) => `\t0x${word.toString(16).padStart(16, '0')}`);
  return [
    `event 0x${SMMU_V3_EVENTS[event].toString(16).padStart(2, '0')} received:`,
    ...record,
    `event: ${event} client: ${client ?? '(unassigned sid)'} sid: ${hex(streamId)} ssid: 0x0 iova: ${hex(iova)} ipa: 0x0`,
    `${isPrivileged ? 'priv' : 'unpriv'} ${access === 'fetch' ? 'inst' : 'data'} ${access === 'write' ? 'write' : 'read'} s1 "Input address caused fault" stag: 0x0`,
  ];
}

/** The lines for a stream that has no entry: the record has no address, so the driver tells none (arm_smmu_dump_event). */
export function smmuV3BadStreamLines(streamId: number): string[] {
  const words = [BigInt(BAD_STREAM.id) | (BigInt(streamId) << 32n), 0n, 0n, 0n];
  return [
    `event 0x${BAD_STREAM.id.toString(16).padStart(2, '0')} received:`,
    ...words.map((word) => `\t0x${word.toString(16).padStart(16, '0')}`),
    `event: ${BAD_STREAM.name} client: (unassigned sid) sid: ${hex(streamId)} ssid: 0x0`,
  ];
}
