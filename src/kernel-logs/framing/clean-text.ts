const ESCAPE = 0x1b;
const NUL = 0;
const CARRIAGE_RETURN = 0x0d;
const BACKSPACE = 0x08;

/** Whether a line holds what a terminal would not show: escape sequences, NULs, carriage returns. */
export function hasControls(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === ESCAPE || byte === NUL || byte === CARRIAGE_RETURN || byte === BACKSPACE) return true;
  }
  return false;
}

/** The line as a terminal shows it; the bytes of the source stay as they are. */
export function withoutControls(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const clean = new Uint8Array(end - start);
  let length = 0;
  for (let at = start; at < end; ) {
    const byte = bytes[at] as number;
    if (byte === ESCAPE) {
      at = afterEscape(bytes, at + 1, end);
      continue;
    }
    if (byte !== NUL && byte !== CARRIAGE_RETURN && byte !== BACKSPACE) clean[length++] = byte;
    at++;
  }
  return clean.subarray(0, length);
}

/** Source: ECMA-48, control sequences (`ESC [ … final`) and command strings (`ESC ] … BEL`). */
function afterEscape(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  if (bytes[at] === 0x5b) {
    at++;
    while (at < end && (bytes[at] as number) >= 0x20 && (bytes[at] as number) < 0x40) at++;
    return Math.min(at + 1, end);
  }
  if (bytes[at] === 0x5d) {
    while (at < end && bytes[at] !== 0x07) at++;
    return Math.min(at + 1, end);
  }
  return Math.min(at + 1, end);
}
