import { Gunzip } from 'fflate';
import { Decompress } from 'fzstd';
import unbzip2 from 'unbzip2-stream';
import type { ReadBytes } from '../line-feed.ts';
import { XzDecoder } from './xz-decoder.ts';

/** Takes compressed bytes as they come. Throws when they are damaged. */
interface Unpacker {
  push(bytes: Uint8Array): void;
  /** There are no more bytes. */
  end(): void;
}

interface Codec {
  readonly name: string;
  readonly magic: readonly number[];
  /** Makes what unpacks; `give` gets each piece of the result, which it has to take at once. */
  readonly start: (give: (bytes: Uint8Array) => void) => Unpacker;
}

const NOTHING = new Uint8Array(0);

/** Text in UTF-16, as the shell of Windows redirects what a program prints. */
const utf16 = (name: string, magic: readonly number[], label: string): Codec => ({
  name,
  magic,
  start: (give) => {
    const decoder = new TextDecoder(label);
    const encoder = new TextEncoder();
    return {
      push: (bytes) => give(encoder.encode(decoder.decode(bytes, { stream: true }))),
      end: () => give(encoder.encode(decoder.decode())),
    };
  },
});

/** Compressions of a single file, and what else has to be turned into text first, known by their first bytes. */
const CODECS: readonly Codec[] = [
  {
    name: 'gzip',
    magic: [0x1f, 0x8b, 0x08],
    start: (give) => {
      const gunzip = new Gunzip(give);
      return { push: (bytes) => gunzip.push(bytes), end: () => gunzip.push(NOTHING, true) };
    },
  },
  {
    name: 'xz',
    magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
    start: (give) => new XzDecoder(give),
  },
  {
    name: 'zstd',
    magic: [0x28, 0xb5, 0x2f, 0xfd],
    start: (give) => {
      const zstd = new Decompress(give);
      return { push: (bytes) => zstd.push(bytes), end: () => zstd.push(NOTHING, true) };
    },
  },
  utf16('utf-16le', [0xff, 0xfe], 'utf-16le'),
  utf16('utf-16be', [0xfe, 0xff], 'utf-16be'),
  {
    name: 'bzip2',
    magic: [0x42, 0x5a, 0x68],
    start: (give) => {
      const bzip2 = unbzip2();
      let problem: Error | undefined;
      bzip2.on('data', give).on('error', (error) => {
        problem = error;
      });
      const check = () => {
        if (problem !== undefined) throw problem;
      };
      return {
        push: (bytes) => {
          bzip2.write(bytes);
          check();
        },
        end: () => {
          bzip2.end();
          check();
        },
      };
    },
  },
];

/** The compression, or the encoding, that a file begins like; undefined for none. */
export function compressionOf(head: Uint8Array): string | undefined {
  return CODECS.find(({ magic }) => magic.every((byte, index) => head[index] === byte))?.name;
}

/** Compressed bytes that are read at a time. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Reads what is compressed in what `read` gives, piece by piece. Where it is damaged or cut off, `onDamage` is told, and
 * what came before that is all there is.
 */
export function unpacked(
  compression: string,
  read: ReadBytes,
  onDamage: (message: string) => void,
): ReadBytes {
  const codec = CODECS.find(({ name }) => name === compression);
  if (codec === undefined) throw new Error(`no compression is called ${compression}`);
  const pieces: Uint8Array[] = [];
  const unpacker = codec.start((bytes) => {
    if (bytes.length > 0) pieces.push(bytes.slice());
  });
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let isOver = false;
  const pull = () => {
    const count = read(chunk, 0);
    isOver = count === 0;
    try {
      if (isOver) unpacker.end();
      else unpacker.push(Uint8Array.from(chunk.subarray(0, count)));
    } catch (error) {
      isOver = true;
      onDamage((error as Error).message);
    }
  };
  return fromPieces(pieces, () => {
    if (isOver) return false;
    pull();
    return true;
  });
}

/** Hands out pieces as a reader wants them; `more` puts further ones there, or says that there are none. */
export function fromPieces(pieces: Uint8Array[], more: () => boolean): ReadBytes {
  let at = 0;
  return (buffer, offset) => {
    while (pieces.length === 0) if (!more() && pieces.length === 0) return 0;
    const piece = pieces[0] as Uint8Array;
    const count = Math.min(piece.length - at, buffer.length - offset);
    buffer.set(piece.subarray(at, at + count), offset);
    at += count;
    if (at === piece.length) {
      pieces.shift();
      at = 0;
    }
    return count;
  };
}
