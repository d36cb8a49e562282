import { Lzma2Decoder } from './lzma2-decoder.ts';
import { CHECK_BYTES, startChecksum } from './xz-checksum.ts';

const STREAM_MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const LZMA2_FILTER = 0x21;

/** Bytes that have come and have not been read. A reader that runs out of them gives up its turn. */
class Inbox {
  private bytes = new Uint8Array(0);
  private at = 0;
  /** Bytes taken since the last block began: blocks are padded to four. */
  taken = 0;

  add(bytes: Uint8Array): void {
    const rest = this.bytes.subarray(this.at);
    const joined = new Uint8Array(rest.length + bytes.length);
    joined.set(rest);
    joined.set(bytes, rest.length);
    this.bytes = joined;
    this.at = 0;
  }

  get available(): number {
    return this.bytes.length - this.at;
  }

  take(count: number): Uint8Array {
    const taken = this.bytes.subarray(this.at, this.at + count);
    this.at += count;
    this.taken += count;
    return taken;
  }

  peek(): number {
    return this.bytes[this.at] as number;
  }
}

/**
 * Unpacks .xz files: streams of blocks that are compressed by LZMA2, which is what `xz` writes unless it is told
 * otherwise. Where the checksum of a block is wrong, its content is given all the same, and `end` says so: what kernel
 * logs are worth is not lost by a flipped bit.
 * Source: The .xz File Format, version 1.2.0.
 */
export class XzDecoder {
  private readonly inbox = new Inbox();
  private readonly steps: Generator<void, void, void>;
  private readonly give: (bytes: Uint8Array) => void;
  private isBetweenStreams = false;
  /** The first block whose checksum is wrong. */
  private flaw: string | undefined;
  private blocks = 0;
  /** The chunk that has not come whole. */
  private unfinished: { readonly decoder: Lzma2Decoder; readonly unpackedBytes: number } | undefined;

  constructor(give: (bytes: Uint8Array) => void) {
    this.give = give;
    this.steps = this.decode();
    this.steps.next();
  }

  push(bytes: Uint8Array): void {
    this.inbox.add(bytes);
    this.steps.next();
  }

  end(): void {
    if (this.isBetweenStreams) {
      if (this.flaw !== undefined) throw new Error(this.flaw);
      return;
    }
    if (this.unfinished !== undefined) {
      const { decoder, unpackedBytes } = this.unfinished;
      decoder.decode(this.inbox.take(this.inbox.available), unpackedBytes, true);
      decoder.flush();
    }
    throw new Error('unexpected end of data');
  }

  private *need(count: number): Generator<void, Uint8Array, void> {
    while (this.inbox.available < count) yield;
    return this.inbox.take(count);
  }

  private *byte(): Generator<void, number, void> {
    return (yield* this.need(1))[0] as number;
  }

  private *decode(): Generator<void, void, void> {
    for (;;) {
      const header = (yield* this.need(12)).slice();
      if (STREAM_MAGIC.some((byte, index) => header[index] !== byte)) throw new Error('no xz stream');
      this.isBetweenStreams = false;
      const check = (header[7] as number) & 15;
      let blocks = 0;
      for (;;) {
        this.inbox.taken = 0;
        const headerSize = yield* this.byte();
        if (headerSize === 0) break;
        yield* this.block((headerSize + 1) * 4, check);
        blocks++;
      }
      yield* this.index(blocks);
      yield* this.need(12);
      this.isBetweenStreams = true;
      // Padding between streams: zeros.
      for (;;) {
        while (this.inbox.available === 0) yield;
        if (this.inbox.peek() !== 0) break;
        this.inbox.take(1);
      }
    }
  }

  private *block(headerBytes: number, check: number): Generator<void, void, void> {
    const header = (yield* this.need(headerBytes - 1)).slice();
    const flags = header[0] as number;
    let at = 1;
    const number = () => {
      let value = 0;
      for (let shift = 1; ; shift *= 128) {
        const byte = header[at++] ?? 0;
        value += (byte & 127) * shift;
        if (byte < 128) return value;
      }
    };
    if ((flags & 0x40) !== 0) number();
    if ((flags & 0x80) !== 0) number();
    if ((flags & 3) !== 0 || number() !== LZMA2_FILTER) throw new Error('a filter other than LZMA2');
    number();
    const checksum = startChecksum(check);
    const decoder = new Lzma2Decoder(dictionaryBytes(header[at] ?? 0), (bytes) => {
      checksum?.update(bytes);
      this.give(bytes);
    });
    yield* this.chunks(decoder);
    decoder.flush();
    while (this.inbox.taken % 4 !== 0) yield* this.byte();
    const told = yield* this.need(CHECK_BYTES[check] as number);
    this.blocks++;
    if (checksum === undefined) return;
    const found = checksum.digest();
    if (told.every((byte, index) => byte === found[index])) return;
    this.flaw ??= `the ${checksum.name} of block ${this.blocks} is not that of its content`;
  }

  /** Source: the LZMA2 chunk header, as xz-embedded's xz_dec_lzma2.c describes it. */
  private *chunks(decoder: Lzma2Decoder): Generator<void, void, void> {
    for (;;) {
      const control = yield* this.byte();
      if (control === 0) return;
      if (control < 0x80) {
        if (control > 2) throw new Error('damaged LZMA2 chunk');
        const [high = 0, low = 0] = yield* this.need(2);
        if (control === 1) decoder.resetDictionary();
        decoder.copy(yield* this.need(high * 256 + low + 1));
        continue;
      }
      const head = (yield* this.need(4)).slice();
      const [a = 0, b = 0, c = 0, d = 0] = head;
      const unpackedBytes = (control & 31) * 65536 + a * 256 + b + 1;
      const packedBytes = c * 256 + d + 1;
      if (control >= 0xe0) decoder.resetDictionary();
      if (control >= 0xc0) decoder.setProperties(yield* this.byte());
      else if (control >= 0xa0) decoder.resetState();
      this.unfinished = { decoder, unpackedBytes };
      decoder.decode(yield* this.need(packedBytes), unpackedBytes);
      this.unfinished = undefined;
    }
  }

  /** Skips the index: a list of the blocks' sizes. */
  private *index(blocks: number): Generator<void, void, void> {
    const count = yield* this.number();
    if (count !== blocks) throw new Error('damaged index');
    for (let i = 0; i < count; i++) {
      yield* this.number();
      yield* this.number();
    }
    while (this.inbox.taken % 4 !== 0) yield* this.byte();
    yield* this.need(4);
  }

  private *number(): Generator<void, number, void> {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = yield* this.byte();
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  }
}

/** Source: The .xz File Format, 5.3.1. */
function dictionaryBytes(bits: number): number {
  if (bits > 40) throw new Error('damaged block header');
  return bits === 40 ? 2 ** 32 - 1 : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
}
