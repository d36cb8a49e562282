import { DIGIT } from './digits.ts';

/** Byte values and small readers for text that is parsed without making strings of it. */
export const TAB = 0x09;
export const NEWLINE = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const SPACE = 0x20;
export const HASH = 0x23;
const DASH = 0x2d;
export const DOT = 0x2e;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_PARENTHESIS = 0x28;
export const LESS_THAN = 0x3c;
export const GREATER_THAN = 0x3e;

/** A fixed text that is compared four bytes at a time. */
export class Literal {
  readonly length: number;
  /** Words at 0, 4, 8 …, and where the length is no multiple of four the last four bytes once more. */
  readonly words: Int32Array;
  readonly bytes: Uint8Array;

  constructor(text: string | Uint8Array) {
    this.bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text.slice();
    this.length = this.bytes.length;
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.length);
    const offsets: number[] = [];
    for (let at = 0; at + 4 <= this.length; at += 4) offsets.push(at);
    if (this.length > 4 && this.length % 4 !== 0) offsets.push(this.length - 4);
    this.words = Int32Array.from(offsets, (at) => view.getInt32(at, true));
  }
}

/**
 * A cursor over one line. Its readers move it on and return NaN, never throw, where something else stands;
 * a caller checks once at the end of what it expects.
 */
export class Cursor {
  bytes: Uint8Array = new Uint8Array(0);
  /** The same memory, for reads of several bytes. */
  view: DataView = new DataView(new ArrayBuffer(0));
  at = 0;
  end = 0;
  /** Upper and lower half of what {@link word} read last. */
  high = 0;
  low = 0;

  reset(bytes: Uint8Array, at: number, end: number): void {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    this.at = at;
    this.end = end;
  }

  /** Skips `text` when it stands here; says whether it did. */
  literal(text: Literal): boolean {
    if (this.at + text.length > this.end || !this.standsAt(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  /** Whether `text` stands at a position of the buffer. */
  standsAt(text: Literal, at: number): boolean {
    const { view } = this;
    const { length, words } = text;
    if (length < 4) {
      for (let i = 0; i < length; i++) if (this.bytes[at + i] !== text.bytes[i]) return false;
      return true;
    }
    const whole = length >> 2;
    for (let i = 0; i < whole; i++) if (view.getInt32(at + 4 * i, true) !== words[i]) return false;
    return whole === words.length || view.getInt32(at + length - 4, true) === words[whole];
  }

  skipSpaces(): void {
    while (this.at < this.end && this.bytes[this.at] === SPACE) this.at++;
  }

  /** A decimal number of either sign; NaN when there is none or it is not exact. */
  decimal(): number {
    const { bytes, end } = this;
    let { at } = this;
    const negative = bytes[at] === DASH;
    if (negative) at++;
    const start = at;
    let value = 0;
    while (at < end) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      at++;
    }
    if (at === start || at - start > 15) return Number.NaN;
    this.at = at;
    return negative ? -value : value;
  }

  /** `0x…` or a decimal number, below 2^51; NaN otherwise. */
  number(): number {
    if (this.bytes[this.at] !== 0x30 || this.bytes[this.at + 1] !== 0x78) return this.decimal();
    if (!this.word()) return Number.NaN;
    if (this.high >= 2 ** 19) return Number.NaN;
    return this.high * 2 ** 32 + this.low;
  }

  /** `0x…` of up to 16 digits into {@link high} and {@link low}; false when none stands here. */
  word(): boolean {
    const { bytes, end } = this;
    let { at } = this;
    if (bytes[at] !== 0x30 || bytes[at + 1] !== 0x78) return false;
    at += 2;
    const start = at;
    let low = 0;
    const short = Math.min(end, start + 8);
    while (at < short) {
      const digit = DIGIT[bytes[at] as number] as number;
      if (digit > 15) break;
      low = (low << 4) | digit;
      at++;
    }
    let high = 0;
    // More than eight digits are rare: only they pay for carrying into the upper half.
    while (at < end) {
      const digit = DIGIT[bytes[at] as number] as number;
      if (digit > 15) break;
      high = (high << 4) | (low >>> 28);
      low = (low << 4) | digit;
      at++;
    }
    if (at === start || at - start > 16) return false;
    this.at = at;
    this.high = high >>> 0;
    this.low = low >>> 0;
    return true;
  }
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  return utf8.decode(bytes.subarray(start, end));
}

const latin1 = new TextDecoder('latin1');
/**
 * What stands in place of the bytes 0x80 to 0x9f. By the Encoding Standard a decoder takes latin1 for windows-1252; Node 20
 * does not, newer ones do.
 */
const BYTE_OF_LETTER = new Map(
  Array.from({ length: 0x20 }, (_, index) => [
    latin1.decode(Uint8Array.of(0x80 + index)),
    String.fromCharCode(0x80 + index),
  ]),
);
const NO_BYTE = /[^\0-\xff]/g;

/** A character for each byte, with its value, whatever the bytes encode: offsets into it are offsets into the bytes. */
export function decodeBytewise(bytes: Uint8Array, start: number, end: number): string {
  return latin1
    .decode(bytes.subarray(start, end))
    .replace(NO_BYTE, (letter) => BYTE_OF_LETTER.get(letter) ?? letter);
}
