/** Value of a hexadecimal digit by its byte; 0xff for any other byte. */
export const DIGIT = new Uint8Array(256).fill(0xff);
for (let d = 0; d < 10; d++) DIGIT[0x30 + d] = d;
for (let d = 0; d < 6; d++) {
  DIGIT[0x61 + d] = 10 + d;
  DIGIT[0x41 + d] = 10 + d;
}

/** Value of two hexadecimal digits by their bytes read as one little-endian word; -1 where one of them is none. */
const HEX_PAIR = new Int16Array(0x1_0000).fill(-1);
/** The same for two decimal digits. */
const DECIMAL_PAIR = new Int16Array(0x1_0000).fill(-1);
for (let first = 0; first < 256; first++) {
  for (let second = 0; second < 256; second++) {
    const high = DIGIT[first] as number;
    const low = DIGIT[second] as number;
    if ((high | low) > 15) continue;
    HEX_PAIR[(second << 8) | first] = (high << 4) | low;
    if (high < 10 && low < 10) DECIMAL_PAIR[(second << 8) | first] = high * 10 + low;
  }
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** Six decimal digits, as the fraction of a time has them; negative when one of them is none. */
export function sixDecimals(view: DataView, at: number): number {
  const high = DECIMAL_PAIR[view.getUint16(at, true)] as number;
  const middle = DECIMAL_PAIR[view.getUint16(at + 2, true)] as number;
  const low = DECIMAL_PAIR[view.getUint16(at + 4, true)] as number;
  return (high | middle | low) < 0 ? -1 : high * 10_000 + middle * 100 + low;
}

/** Eight hexadecimal digits as an unsigned number; -1 when one of them is none. */
function hex8(view: DataView, at: number): number {
  const a = HEX_PAIR[view.getUint16(at, true)] as number;
  const b = HEX_PAIR[view.getUint16(at + 2, true)] as number;
  const c = HEX_PAIR[view.getUint16(at + 4, true)] as number;
  const d = HEX_PAIR[view.getUint16(at + 6, true)] as number;
  if ((a | b | c | d) < 0) return -1;
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/** `0000`, as four bytes that are read at once. */
const FOUR_ZEROS = 0x30303030;

/** Sixteen hexadecimal digits as a number below 2^51; -1 when they are none or say more. */
export function hex16(view: DataView, at: number): number {
  const low = hex8(view, at + 8);
  // Addresses below 4 GiB are common: eight zeros need no arithmetic.
  if (view.getInt32(at, true) === FOUR_ZEROS && view.getInt32(at + 4, true) === FOUR_ZEROS) return low;
  const high = hex8(view, at);
  if (low < 0 || high < 0 || high >= 2 ** 19) return -1;
  return high * 2 ** 32 + low;
}
