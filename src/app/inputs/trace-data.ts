import { spawnSync } from 'node:child_process';
import { InputError } from '../../base/input-error.ts';
import type { ReadBytes } from '../line-feed.ts';
import type { SourceFile } from '../source-file.ts';

/** The most that a report may hold: it is taken whole. */
const LARGEST_REPORT = 1 << 30;

/**
 * The text of a trace.dat, by the program that knows the format: `trace-cmd report`. It needs the events' own print
 * formats, which are in the file.
 */
export function reportOfTraceData(file: SourceFile): () => ReadBytes {
  if (file.path === '-') {
    throw new InputError('is a trace.dat: give it as a file, because trace-cmd cannot read a pipe', {
      file: file.path,
    });
  }
  const { error, status, stdout, stderr } = spawnSync('trace-cmd', ['report', '-i', file.path], {
    maxBuffer: LARGEST_REPORT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (error !== undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') {
    throw new InputError(
      'is a trace.dat, and trace-cmd, which reads those, is not installed: install it, or give the output of `trace-cmd report`',
      { file: file.path },
    );
  }
  // Where not even the head of the file is whole, it prints nothing and says that all went well.
  if (error !== undefined || status !== 0 || stdout.length === 0) {
    const said = String(stderr)
      .trim()
      .replaceAll(/\s*\n\s*/g, '; ');
    const reason = error?.message ?? (said === '' ? 'it prints nothing' : said);
    throw new InputError(`trace-cmd cannot read it: ${reason}`, { file: file.path });
  }
  return () => {
    let at = 0;
    return (buffer, offset) => {
      const count = stdout.copy(buffer, offset, at, at + buffer.length - offset);
      at += count;
      return count;
    };
  };
}
