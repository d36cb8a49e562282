import { createHash } from 'node:crypto';
import type { FirmwareDescription } from '../../src/soc/description.ts';
import { type Verifier, verifyImage, verifyMetadata } from '../../src/soc/image-verification.ts';
import { loadSegments, type MdtFile, prepareImage } from '../../src/soc/mdt-file.ts';

export const SOC = 'sa8775p';
export const LOAD_ADDRESS = 0x8730_0000;
export const REGION_PA = 0x9590_0000;
/** What lay in the region before: neither zero nor anybody's code. */
const STALE = 0xa5;
const METADATA_PA = 0x4000_0000;

/** The image of the recorded machine (captures/el2-boot-stop-boot). */
export const RECORDED: FirmwareDescription = {
  path: 'qcom/sa8775p/adsp.mbn',
  fileSize: 434_176,
  memorySize: 0x50_0000,
  entryOffset: 0x100,
  metadataSize: 732,
};

export function sha384(bytes: Uint8Array): Uint8Array {
  return createHash('sha384').update(bytes).digest();
}

/** Stands for the bytes in a comparison: comparing large arrays themselves costs minutes where they differ. */
export function digestOf(bytes: Uint8Array | null): string {
  return bytes === null ? 'none' : Buffer.from(sha384(bytes)).toString('hex');
}

export function verifierOf(read: Verifier['read'], soc = SOC): Verifier {
  return { soc, sha384, read };
}

/** Reads `bytes` as memory from `base` on: fewer bytes where there are none. */
export function readFrom(base: number, bytes: Uint8Array): Verifier['read'] {
  return (pa, size) => (pa < base ? new Uint8Array(0) : bytes.subarray(pa - base, pa - base + size));
}

export interface Boot {
  /** `ok`, or what each step answered: log lines of Linux after the error number, or the reason of TrustZone. */
  readonly prepare: string;
  readonly init: string;
  readonly load: string;
  readonly auth: string;
  readonly metadata: Uint8Array | null;
  readonly memorySetupSize: number | null;
  readonly entryPa: number | null;
  readonly isSplit: boolean | null;
  readonly region: Uint8Array;
}

/** Boots an image as far as it gets, going on after TrustZone's refusals so that every check has its say. */
export function bootImage(file: MdtFile, regionSize: number, soc = SOC): Boot {
  const region = new Uint8Array(regionSize).fill(STALE);
  const boot = { init: '-', load: '-', auth: '-', metadata: null, memorySetupSize: null } as const;
  const none = { ...boot, entryPa: null, isSplit: null, region };
  const prepared = prepareImage(file);
  if (!prepared.ok) return { ...none, prepare: [prepared.errno, ...prepared.logLines].join('|') };

  const { metadata, memorySetupSize } = prepared;
  const checked = verifyMetadata(METADATA_PA, verifierOf(readFrom(METADATA_PA, metadata), soc));
  const init = checked.ok ? 'ok' : checked.reason;
  const loaded = loadSegments(file, { pa: REGION_PA, size: regionSize });
  for (const { offset, bytes, zeroFill } of loaded.segments) {
    region.set(bytes, offset);
    region.fill(0, offset + bytes.length, offset + bytes.length + zeroFill);
  }
  const { isSplit } = loaded;
  const begun = { ...none, prepare: 'ok', init, metadata, memorySetupSize, isSplit };
  if (!loaded.ok) return { ...begun, load: [loaded.errno, ...loaded.logLines].join('|') };

  const memory = memorySetupSize === null ? null : { pa: REGION_PA, size: memorySetupSize };
  const verified = verifyImage(metadata, memory, verifierOf(readFrom(REGION_PA, region), soc));
  if (!verified.ok) return { ...begun, load: 'ok', auth: verified.reason };
  return { ...begun, load: 'ok', auth: 'ok', entryPa: verified.entryPa };
}

export function outcomeOf({ prepare, init, load, auth }: Boot): string[] {
  return [prepare, init, load, auth];
}
