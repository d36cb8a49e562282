import { assert } from '../base/assert.ts';
import type { DevmemDescription } from './description.ts';

/**
 * The binary resource table that tells Linux what a remote processor needs (include/linux/rsc_table.h): all words
 * are 32 bits, little endian and packed, so what lies above 4 GiB cannot be told.
 */
export type ResourceEntry =
  | {
      readonly type: 'carveout' | 'devmem';
      readonly deviceAddress: number;
      readonly pa: number;
      readonly size: number;
      /** IOMMU_* bits: 1 read, 2 write, 4 cache, 8 noexec, 16 mmio, 32 privileged. */
      readonly flags: number;
      readonly name: string;
    }
  | {
      readonly type: 'trace';
      readonly deviceAddress: number;
      readonly size: number;
      readonly name: string;
    }
  | {
      readonly type: 'vdev';
      readonly id: number;
      readonly notifyId: number;
      readonly deviceFeatures: number;
      readonly guestFeatures: number;
      readonly status: number;
      readonly vrings: readonly Vring[];
      readonly config: Uint8Array;
    }
  /** Of a type that is not in the table of handlers, vendors' types among them. */
  | { readonly type: 'other'; readonly typeNumber: number; readonly payload: Uint8Array };

export interface Vring {
  readonly deviceAddress: number;
  readonly align: number;
  readonly bufferCount: number;
  readonly notifyId: number;
  readonly pa: number;
}

/** What rproc_handle_resources() does at an entry. */
export type ResourceStep =
  | { readonly kind: 'handled'; readonly entry: Exclude<ResourceEntry, { type: 'other' }> }
  /** Goes on after a warning. */
  | { readonly kind: 'skipped'; readonly logLine: string }
  /** The last step: `Failed to process resources` follows. */
  | { readonly kind: 'refused'; readonly errno: number; readonly logLines: readonly string[] };

/** `struct resource_table` without offsets: also what Linux sends to TrustZone in place of a table, all zero. */
export const RESOURCE_TABLE_HEADER_SIZE = 16;

const TYPE = { carveout: 0, devmem: 1, trace: 2, vdev: 3 } as const;
const VENDOR_FIRST = 128;
const VENDOR_LAST = 512;
const ENTRY_HEADER_SIZE = 4;
const REGION_SIZE = 52;
const TRACE_SIZE = 44;
const VDEV_SIZE = 24;
const VRING_SIZE = 20;
const VRINGS_MAX = 2;
const NAME_SIZE = 32;
const EINVAL = 22;

/** Entries as TrustZone lists them for a core: identity mapped (OP-TEE). */
export function devmemEntries(regions: readonly DevmemDescription[]): ResourceEntry[] {
  return regions.map(({ name, pa, size, flags }) => ({
    type: 'devmem',
    deviceAddress: pa,
    pa,
    size,
    flags,
    name,
  }));
}

/** Bytes of the table: what PAS_GET_RSCTABLE returns as its second result. */
export function resourceTableSize(entries: readonly ResourceEntry[]): number {
  return entries.reduce(
    (sum, entry) => sum + 4 + ENTRY_HEADER_SIZE + payloadSize(entry),
    RESOURCE_TABLE_HEADER_SIZE,
  );
}

/** A table of version 1 with its entries in order, one after the other. */
export function encodeResourceTable(entries: readonly ResourceEntry[]): Uint8Array {
  const bytes = new Uint8Array(resourceTableSize(entries));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 1, true);
  view.setUint32(4, entries.length, true);
  let at = RESOURCE_TABLE_HEADER_SIZE + 4 * entries.length;
  entries.forEach((entry, index) => {
    view.setUint32(RESOURCE_TABLE_HEADER_SIZE + 4 * index, at, true);
    view.setUint32(at, entry.type === 'other' ? entry.typeNumber : TYPE[entry.type], true);
    encodePayload(bytes, at + ENTRY_HEADER_SIZE, entry);
    at += ENTRY_HEADER_SIZE + payloadSize(entry);
  });
  return bytes;
}

/**
 * rproc_handle_resources() with the checks of its handlers (drivers/remoteproc/remoteproc_core.c), one step an
 * entry, so that whoever maps the entries can stop between them. Neither version nor reserved words of the table
 * are looked at. A table that ends within its own header or offsets is refused (model assumption: Linux reads on).
 * `hasDomain`: whether the core has an IOMMU domain, without which a devmem entry is refused in silence.
 */
export function* walkResourceTable(
  table: Uint8Array,
  { hasDomain }: { readonly hasDomain: boolean },
): Generator<ResourceStep, void, undefined> {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  if (table.length < RESOURCE_TABLE_HEADER_SIZE) {
    yield refuse('rsc table is truncated');
    return;
  }
  const count = view.getUint32(4, true);
  for (let index = 0; index < count; index++) {
    const step = readStep(table, view, RESOURCE_TABLE_HEADER_SIZE + 4 * index, hasDomain);
    yield step;
    if (step.kind === 'refused') return;
  }
}

function readStep(table: Uint8Array, view: DataView, offsetAt: number, hasDomain: boolean): ResourceStep {
  if (offsetAt + 4 > table.length) return refuse('rsc table is truncated');
  const offset = view.getUint32(offsetAt, true);
  if (offset < RESOURCE_TABLE_HEADER_SIZE || offset + ENTRY_HEADER_SIZE > table.length)
    return refuse('rsc table is truncated');
  const type = view.getUint32(offset, true);
  const payload = new DataView(table.buffer, table.byteOffset + offset + ENTRY_HEADER_SIZE);
  const available = table.length - offset - ENTRY_HEADER_SIZE;
  switch (type) {
    case TYPE.carveout:
      return readRegion('carveout', payload, available);
    case TYPE.devmem:
      return hasDomain ? readRegion('devmem', payload, available) : refuse();
    case TYPE.trace:
      return readTrace(payload, available);
    case TYPE.vdev:
      return readVdev(payload, available);
    default: {
      const what = type >= VENDOR_FIRST && type <= VENDOR_LAST ? 'vendor resource' : 'resource';
      // Printed as a signed number.
      return { kind: 'skipped', logLine: `unsupported ${what} ${type | 0}` };
    }
  }
}

/** rproc_handle_carveout(), rproc_handle_devmem(). */
function readRegion(type: 'carveout' | 'devmem', payload: DataView, available: number): ResourceStep {
  if (available < REGION_SIZE) return refuse(`${type} rsc is truncated`);
  if (payload.getUint32(16, true) !== 0) return refuse(`${type} rsc has non zero reserved bytes`);
  return handled({
    type,
    deviceAddress: payload.getUint32(0, true),
    pa: payload.getUint32(4, true),
    size: payload.getUint32(8, true),
    flags: payload.getUint32(12, true),
    name: readName(payload, 20),
  });
}

/** rproc_handle_trace(). */
function readTrace(payload: DataView, available: number): ResourceStep {
  if (available < TRACE_SIZE) return refuse('trace rsc is truncated');
  if (payload.getUint32(8, true) !== 0) return refuse('trace rsc has non zero reserved bytes');
  return handled({
    type: 'trace',
    deviceAddress: payload.getUint32(0, true),
    size: payload.getUint32(4, true),
    name: readName(payload, 12),
  });
}

/** rproc_handle_vdev(). */
function readVdev(payload: DataView, available: number): ResourceStep {
  if (available < VDEV_SIZE) return refuse('vdev rsc is truncated');
  const configSize = payload.getUint32(16, true);
  const vringCount = payload.getUint8(21);
  const configAt = VDEV_SIZE + VRING_SIZE * vringCount;
  if (configAt + configSize > available) return refuse('vdev rsc is truncated');
  if (payload.getUint16(22, true) !== 0) return refuse('vdev rsc has non zero reserved bytes');
  if (vringCount > VRINGS_MAX) return refuse(`too many vrings: ${vringCount}`);
  return handled({
    type: 'vdev',
    id: payload.getUint32(0, true),
    notifyId: payload.getUint32(4, true),
    deviceFeatures: payload.getUint32(8, true),
    guestFeatures: payload.getUint32(12, true),
    status: payload.getUint8(20),
    vrings: Array.from({ length: vringCount }, (_unused, index) => {
      const at = VDEV_SIZE + VRING_SIZE * index;
      return {
        deviceAddress: payload.getUint32(at, true),
        align: payload.getUint32(at + 4, true),
        bufferCount: payload.getUint32(at + 8, true),
        notifyId: payload.getUint32(at + 12, true),
        pa: payload.getUint32(at + 16, true),
      };
    }),
    config: new Uint8Array(payload.buffer, payload.byteOffset + configAt, configSize),
  });
}

function payloadSize(entry: ResourceEntry): number {
  switch (entry.type) {
    case 'carveout':
    case 'devmem':
      return REGION_SIZE;
    case 'trace':
      return TRACE_SIZE;
    case 'vdev':
      return VDEV_SIZE + VRING_SIZE * entry.vrings.length + entry.config.length;
    case 'other':
      return entry.payload.length;
  }
}

function encodePayload(bytes: Uint8Array, at: number, entry: ResourceEntry): void {
  switch (entry.type) {
    case 'carveout':
    case 'devmem':
      setWords(bytes, at, [entry.deviceAddress, entry.pa, entry.size, entry.flags, 0]);
      setName(bytes, at + 20, entry.name);
      return;
    case 'trace':
      setWords(bytes, at, [entry.deviceAddress, entry.size, 0]);
      setName(bytes, at + 12, entry.name);
      return;
    case 'vdev': {
      const { id, notifyId, deviceFeatures, guestFeatures, status, vrings, config } = entry;
      assert(vrings.length < 256, 'the number of vrings is a byte');
      setWords(bytes, at, [id, notifyId, deviceFeatures, guestFeatures, config.length]);
      bytes.set([status, vrings.length], at + 20);
      vrings.forEach((vring, index) => {
        const words = [vring.deviceAddress, vring.align, vring.bufferCount, vring.notifyId, vring.pa];
        setWords(bytes, at + VDEV_SIZE + VRING_SIZE * index, words);
      });
      bytes.set(config, at + VDEV_SIZE + VRING_SIZE * vrings.length);
      return;
    }
    case 'other':
      bytes.set(entry.payload, at);
  }
}

function setWords(bytes: Uint8Array, at: number, words: readonly number[]): void {
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => {
    assert(Number.isInteger(word) && word >= 0 && word < 2 ** 32, `${word} is no word of a resource table`);
    view.setUint32(at + 4 * index, word, true);
  });
}

function setName(bytes: Uint8Array, at: number, name: string): void {
  assert(name.length < NAME_SIZE && /^[\x20-\x7e]*$/.test(name), `${name} is no name of a resource`);
  for (let index = 0; index < name.length; index++) bytes[at + index] = name.charCodeAt(index);
}

function readName(payload: DataView, at: number): string {
  const bytes = new Uint8Array(payload.buffer, payload.byteOffset + at, NAME_SIZE);
  const end = bytes.indexOf(0);
  return String.fromCharCode(...(end < 0 ? bytes : bytes.subarray(0, end)));
}

function handled(entry: Exclude<ResourceEntry, { type: 'other' }>): ResourceStep {
  return { kind: 'handled', entry };
}

function refuse(...logLines: string[]): ResourceStep {
  return { kind: 'refused', errno: -EINVAL, logLines };
}
