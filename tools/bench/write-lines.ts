import { closeSync, openSync, writeSync } from 'node:fs';

const LINES_PER_WRITE = 16_384;

/** Writes what a generator makes, without holding all of it. */
export function writeLines<Line>(
  path: string,
  header: string,
  lines: Iterable<Line>,
  render: (line: Line) => string,
): void {
  const fd = openSync(path, 'w');
  try {
    let pending = [header];
    for (const line of lines) {
      pending.push(render(line));
      if (pending.length < LINES_PER_WRITE) continue;
      writeSync(fd, pending.join(''));
      pending = [];
    }
    writeSync(fd, pending.join(''));
  } finally {
    closeSync(fd);
  }
}
