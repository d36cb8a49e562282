import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

/**
 * How source bytes are kept. Brotli at its lowest quality reads text at half a gigabyte a second here,
 * twice as fast as deflate's fastest level and about as cheap as writing the bytes uncompressed.
 */
export const SOURCE_CODEC = 'brotli';

/** Formats of sources that no line is read from: files as they were given, whose unpacked text is a source too. */
export const CONTAINER_FORMATS: readonly string[] = [
  'gzip',
  'xz',
  'zstd',
  'bzip2',
  'zip',
  'trace.dat',
  'utf-16le',
  'utf-16be',
];

/** Block size before compression; also what one line of a source costs to read back. */
const SOURCE_BLOCK_BYTES = 256 * 1024;

const OPTIONS = {
  chunkSize: SOURCE_BLOCK_BYTES,
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 0,
    [constants.BROTLI_PARAM_LGWIN]: 18,
  },
};

export function compressSource(bytes: Uint8Array): Buffer {
  return brotliCompressSync(bytes, OPTIONS);
}

/** Throws when the payload is damaged, or holds more than `byteCount` bytes. */
export function decompressSource(codec: string, payload: Uint8Array, byteCount: number): Buffer {
  if (codec !== SOURCE_CODEC) throw new Error(`unknown codec ${codec}`);
  const bytes = brotliDecompressSync(payload, { maxOutputLength: Math.max(byteCount, 1) });
  if (bytes.length !== byteCount) throw new Error(`holds ${bytes.length} bytes, expected ${byteCount}`);
  return bytes;
}
