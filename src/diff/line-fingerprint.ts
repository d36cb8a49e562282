import type { Fingerprint } from './fingerprint.ts';

const [ZERO, NINE] = [0x30, 0x39];
const [DOT, HASH, MINUS, BLANK, LOW_LINE] = [0x2e, 0x23, 0x2d, 0x20, 0x5f];
/** Turns a letter of ASCII into a small one. */
const SMALL = 0x20;
const [A, F, X, Z] = [0x61, 0x66, 0x78, 0x7a];
/** Hexadecimal digits without `0x` that are a number. */
const BARE_HEX_MIN = 8;
/** What stands before the minus of a number that is negative. */
const BEFORE_MINUS: ReadonlySet<number> = new Set([...' (=:,'].map((char) => char.charCodeAt(0)));
const PREFIX = 'log ';

/**
 * Takes a line of a log as canonicalText does: what it says without its numbers identifies it, the numbers are its value.
 * The two fingerprints are those of the two texts, neither of which is made: a long log has millions of lines.
 */
export function fingerprintLine(line: string, identity: Fingerprint, value: Fingerprint): void {
  for (let i = 0; i < PREFIX.length; i++) identity.bits(PREFIX.charCodeAt(i));
  let identityLength = PREFIX.length;
  let valueLength = 0;
  for (let at = 0; at < line.length; ) {
    const end = endOfNumber(line, at);
    identityLength++;
    if (end === at) {
      identity.bits(line.charCodeAt(at++));
      continue;
    }
    identity.bits(HASH);
    if (valueLength > 0) {
      value.bits(BLANK);
      valueLength++;
    }
    valueLength += end - at;
    for (; at < end; at++) value.bits(line.charCodeAt(at));
  }
  identity.bits(identityLength);
  value.bits(valueLength);
}

/** Where a number ends that begins there, as NUMBERS of canonical.ts finds them; where it begins if none does. */
function endOfNumber(line: string, start: number): number {
  const first = line.charCodeAt(start);
  if (!isHex(first)) return start;
  if (first === ZERO && start + 2 < line.length && (line.charCodeAt(start + 1) | SMALL) === X) {
    const end = endOfHex(line, start + 2);
    if (end > start + 2) return end;
  }
  if (start > 0 && isWord(line.charCodeAt(start - 1))) return start;
  const end = endOfHex(line, start);
  if (end - start >= BARE_HEX_MIN && (end === line.length || !isWord(line.charCodeAt(end)))) return end;
  return isDigit(first) && !isNegative(line, start) ? endOfDecimal(line, start) : start;
}

function isNegative(line: string, start: number): boolean {
  return (
    start > 0 &&
    line.charCodeAt(start - 1) === MINUS &&
    (start === 1 || BEFORE_MINUS.has(line.charCodeAt(start - 2)))
  );
}

function endOfHex(line: string, start: number): number {
  let end = start;
  while (end < line.length && isHex(line.charCodeAt(end))) end++;
  return end;
}

/** `12`, `12.5`, `1.2.3`. */
function endOfDecimal(line: string, start: number): number {
  let end = start;
  for (;;) {
    while (end < line.length && isDigit(line.charCodeAt(end))) end++;
    if (end + 1 >= line.length || line.charCodeAt(end) !== DOT || !isDigit(line.charCodeAt(end + 1)))
      return end;
    end++;
  }
}

function isDigit(unit: number): boolean {
  return unit >= ZERO && unit <= NINE;
}

function isHex(unit: number): boolean {
  const letter = unit | SMALL;
  return isDigit(unit) || (letter >= A && letter <= F);
}

/** What `\w` is. */
function isWord(unit: number): boolean {
  const letter = unit | SMALL;
  return isDigit(unit) || (letter >= A && letter <= Z) || unit === LOW_LINE;
}
