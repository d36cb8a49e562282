/** Byte values and small readers for text that is parsed without making strings of it. */
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

/** Value of a hexadecimal digit by its byte; 0xff for any other byte. */
const DIGIT = new Uint8Array(256).fill(0xff);
for (let d = 0; d < 10; d++) DIGIT[0x30 + d] = d;
for (let d = 0; d < 6; d++) {
  DIGIT[0x61 + d] = 10 + d;
  DIGIT[0x41 + d] = 10 + d;
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** Eight hexadecimal digits as an unsigned number; -1 when one of them is none. */
function hex8(bytes: Uint8Array, at: number): number {
  const a = DIGIT[bytes[at] as number] as number;
  const b = DIGIT[bytes[at + 1] as number] as number;
  const c = DIGIT[bytes[at + 2] as number] as number;
  const d = DIGIT[bytes[at + 3] as number] as number;
  const e = DIGIT[bytes[at + 4] as number] as number;
  const f = DIGIT[bytes[at + 5] as number] as number;
  const g = DIGIT[bytes[at + 6] as number] as number;
  const h = DIGIT[bytes[at + 7] as number] as number;
  if ((a | b | c | d | e | f | g | h) > 15) return -1;
  return ((a << 28) | (b << 24) | (c << 20) | (d << 16) | (e << 12) | (f << 8) | (g << 4) | h) >>> 0;
}

/** `0000`, as four bytes that are read at once. */
const FOUR_ZEROS = 0x30303030;

/** Sixteen hexadecimal digits as a number below 2^51; -1 when they are none or say more. */
function hex16(bytes: Uint8Array, view: DataView, at: number): number {
  const low = hex8(bytes, at + 8);
  // Addresses below 4 GiB are common: eight zeros need no arithmetic.
  if (view.getInt32(at, true) === FOUR_ZEROS && view.getInt32(at + 4, true) === FOUR_ZEROS) return low;
  const high = hex8(bytes, at);
  if (low < 0 || high < 0 || high >= 2 ** 19) return -1;
  return high * 2 ** 32 + low;
}

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

  /** Sixteen hexadecimal digits without a prefix, below 2^51; -1 where there are none. */
  hex16(): number {
    if (this.at + 16 > this.end) return -1;
    const value = hex16(this.bytes, this.view, this.at);
    this.at += 16;
    return value;
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
