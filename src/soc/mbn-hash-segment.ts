import { assert } from '../base/assert.ts';

/**
 * The hash segment of an MBN image, version 6: a header of sizes, metadata, a SHA-384 digest for each program
 * header, signatures and certificates. Source: OP-TEE, ta/qcom_pas/src/auth/pas_mbn.c.
 */
export const MBN_VERSION = 6;
export const DIGEST_SIZE = 48;
export const HASH_SEGMENT_HEADER_SIZE = 48;

/**
 * Size of the OEM metadata of images that are built here, and where it names the SoC. Model assumption: real
 * metadata says by hardware ids what it is signed for.
 */
export const OEM_METADATA_SIZE = 24;
const SOC_NAME_OFFSET = 8;
const SOC_NAME_SIZE = OEM_METADATA_SIZE - SOC_NAME_OFFSET;

/** Where the header tells the size of each part (pas_mbn.c), in the order of the parts. */
const PART_SIZE_OFFSET = {
  qcMetadata: 0x28,
  oemMetadata: 0x2c,
  hashTable: 0x14,
  qcSignature: 0x08,
  qcCertificates: 0x0c,
  oemSignature: 0x1c,
  oemCertificates: 0x24,
} as const;

type Part = keyof typeof PART_SIZE_OFFSET;
const PARTS = Object.keys(PART_SIZE_OFFSET) as Part[];
const VERSION_OFFSET = 4;

export interface HashSegment {
  readonly version: number;
  /** The SoC that the image is signed for; null when the metadata has no room for it. */
  readonly soc: string | null;
  /** One digest after the other, in the order of the program headers. */
  readonly hashTable: Uint8Array;
}

export interface HashSegmentContent {
  readonly version: number;
  readonly soc: string;
  readonly hashTable: Uint8Array;
  readonly oemSignature: Uint8Array;
  readonly oemCertificates: Uint8Array;
}

export function encodeHashSegment(content: HashSegmentContent): Uint8Array {
  const empty = new Uint8Array(0);
  const parts: Readonly<Record<Part, Uint8Array>> = {
    qcMetadata: empty,
    oemMetadata: encodeOemMetadata(content.soc),
    hashTable: content.hashTable,
    qcSignature: empty,
    qcCertificates: empty,
    oemSignature: content.oemSignature,
    oemCertificates: content.oemCertificates,
  };
  const size = PARTS.reduce((sum, part) => sum + parts[part].length, HASH_SEGMENT_HEADER_SIZE);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(VERSION_OFFSET, content.version, true);
  let at = HASH_SEGMENT_HEADER_SIZE;
  for (const part of PARTS) {
    view.setUint32(PART_SIZE_OFFSET[part], parts[part].length, true);
    bytes.set(parts[part], at);
    at += parts[part].length;
  }
  return bytes;
}

/** What a verifier looks at; null when the header or what it promises does not fit into `bytes`. */
export function parseHashSegment(bytes: Uint8Array): HashSegment | null {
  if (bytes.length < HASH_SEGMENT_HEADER_SIZE) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Partial<Record<Part, Uint8Array>> = {};
  let at = HASH_SEGMENT_HEADER_SIZE;
  for (const part of PARTS) {
    const size = view.getUint32(PART_SIZE_OFFSET[part], true);
    if (at + size > bytes.length) return null;
    found[part] = bytes.subarray(at, at + size);
    at += size;
  }
  const { oemMetadata, hashTable } = found;
  if (oemMetadata === undefined || hashTable === undefined) return null;
  return { version: view.getUint32(VERSION_OFFSET, true), soc: parseSocName(oemMetadata), hashTable };
}

/** The version alone: other versions lay the rest out otherwise. */
export function parseMbnVersion(bytes: Uint8Array): number | null {
  if (bytes.length < HASH_SEGMENT_HEADER_SIZE) return null;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(VERSION_OFFSET, true);
}

function encodeOemMetadata(soc: string): Uint8Array {
  assert(soc.length <= SOC_NAME_SIZE && /^[\x21-\x7e]*$/.test(soc), `${soc} does not fit as a SoC's name`);
  const bytes = new Uint8Array(OEM_METADATA_SIZE);
  for (let index = 0; index < soc.length; index++) bytes[SOC_NAME_OFFSET + index] = soc.charCodeAt(index);
  return bytes;
}

function parseSocName(metadata: Uint8Array): string | null {
  if (metadata.length < OEM_METADATA_SIZE) return null;
  const name = metadata.subarray(SOC_NAME_OFFSET, OEM_METADATA_SIZE);
  const end = name.indexOf(0);
  return String.fromCharCode(...(end < 0 ? name : name.subarray(0, end)));
}
