interface Sign {
  readonly what: string;
  /** Whether a byte, after another one, is one of them. */
  readonly isMet: (byte: number, before: number) => boolean;
}

const SIGNS: readonly Sign[] = [
  { what: 'lines that end with CR LF', isMet: (byte, before) => byte === 0x0a && before === 0x0d },
  { what: 'NUL bytes', isMet: (byte) => byte === 0 },
  { what: 'escape sequences', isMet: (byte) => byte === 0x1b },
];

/** Lines longer than this are read in pieces. */
const LONGEST_LINE = 256 * 1024;

/** What is odd in the bytes of a source, whatever they mean. */
export function inspectSource(blocks: Iterable<Uint8Array>): { what: string; count: number }[] {
  const counts = SIGNS.map(() => 0);
  let before = 0x0a;
  let length = 0;
  let long = 0;
  for (const block of blocks) {
    for (const byte of block) {
      SIGNS.forEach(({ isMet }, index) => {
        if (isMet(byte, before)) counts[index] = (counts[index] ?? 0) + 1;
      });
      if (byte === 0x0a) length = 0;
      else if (++length === LONGEST_LINE) long++;
      before = byte;
    }
  }
  const found = SIGNS.map(({ what }, index) => ({ what, count: counts[index] ?? 0 }));
  found.push({ what: 'lines too long to be read in one piece', count: long });
  found.push({ what: 'last line without an end: cut off', count: before === 0x0a ? 0 : 1 });
  return found.filter(({ count }) => count > 0);
}
