const ESCAPE = 0x1b;
const NUL = 0;
const CARRIAGE_RETURN = 0x0d;
const BACKSPACE = 0x08;
const BELL = 0x07;
const BACKSLASH = 0x5c;
const CONTROL_SEQUENCE = 0x5b;
/** DCS, SOS, OSC, PM and APC. */
const CONTROL_STRINGS: ReadonlySet<number> = new Set([0x50, 0x58, 0x5d, 0x5e, 0x5f]);

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

/**
 * Source: ECMA-48, control sequences (`ESC [ … final`), control strings (`ESC ] … ESC \\`, which xterm ends by BEL too)
 * and sequences with intermediate bytes (`ESC ( B`). A string that is not ended on its line is none: only its first bytes go.
 */
function afterEscape(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  const first = bytes[at] as number;
  if (first === CONTROL_SEQUENCE) {
    at++;
    while (at < end && (bytes[at] as number) >= 0x20 && (bytes[at] as number) < 0x40) at++;
    return Math.min(at + 1, end);
  }
  if (CONTROL_STRINGS.has(first)) {
    for (at++; at < end; at++) {
      if (bytes[at] === BELL) return at + 1;
      if (bytes[at] === ESCAPE) return bytes[at + 1] === BACKSLASH ? Math.min(at + 2, end) : at;
    }
    return Math.min(from + 1, end);
  }
  while (at < end && (bytes[at] as number) >= 0x20 && (bytes[at] as number) < 0x30) at++;
  return Math.min(at + 1, end);
}
