import type { LogReader } from '../store/boot-reader.ts';

const NEWLINE = 0x0a;

/** A line of a file that a boot was read from, and where it stands: `dmesg.txt:97`. */
export interface SourceLine {
  readonly place: string;
  readonly text: string;
}

/** The text of a line of a source, without its newline; undefined where the source has no such line. */
export function sourceText(log: LogReader, bootId: number, source: number, line: number): string | undefined {
  let left = line - 1;
  const pieces: Buffer[] = [];
  for (const bytes of log.sourceBytes(bootId, source)) {
    let start = 0;
    for (; left > 0; left--) {
      const newline = bytes.indexOf(NEWLINE, start);
      if (newline < 0) break;
      start = newline + 1;
    }
    if (left > 0) continue;
    const end = bytes.indexOf(NEWLINE, start);
    pieces.push(bytes.subarray(start, end < 0 ? bytes.length : end));
    if (end >= 0) break;
  }
  return pieces.length === 0 ? undefined : Buffer.concat(pieces).toString('utf8').replace(/\r$/, '');
}
