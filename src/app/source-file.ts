import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { InputError } from '../base/input-error.ts';

const STANDARD_INPUT = '-';

const bytesOf = (text: string): number[] => [...text].map((char) => char.charCodeAt(0));

/** First bytes of files that people hand over by mistake. */
const NO_TEXT: readonly { magic: readonly number[]; what: string }[] = [
  { magic: bytesOf('SQLite format 3'), what: 'an SQLite database' },
  { magic: [0x1f, 0x8b], what: 'compressed by gzip: unpack it first' },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], what: 'compressed by xz: unpack it first' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], what: 'compressed by zstd: unpack it first' },
  { magic: bytesOf('BZh'), what: 'compressed by bzip2: unpack it first' },
  { magic: bytesOf('PK\u0003\u0004'), what: 'a zip archive: unpack it first' },
  { magic: [0xff, 0xfe], what: 'UTF-16 text: convert it to UTF-8 first' },
  { magic: [0xfe, 0xff], what: 'UTF-16 text: convert it to UTF-8 first' },
  {
    magic: [0x17, 0x08, 0x44, ...bytesOf('tracing')],
    what: 'a trace.dat: give the output of trace-cmd report',
  },
];

/** A log to import: a file, or standard input as `-`. */
export class SourceFile {
  /** As the user named it. */
  readonly path: string;
  /** Name kept in the history: without folders, which say nothing on another machine. */
  readonly name: string;
  /** Bytes in it, when that is known beforehand. */
  readonly size: number | undefined;
  /** Device and inode: the same for all names of one file. */
  readonly identity: string;
  private readonly fd: number;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.fd = fd;
    this.name = path === STANDARD_INPUT ? 'stdin' : basename(path);
    const stat = fstatSync(fd);
    this.size = stat.isFile() ? stat.size : undefined;
    this.identity = `${stat.dev}:${stat.ino}`;
  }

  /** Opens a file to read; a path that is none is an {@link InputError}. */
  static open(path: string): SourceFile {
    if (path === STANDARD_INPUT) return new SourceFile(path, 0);
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch (error) {
      throw new InputError(reasonNotToOpen(error), { file: path });
    }
    if (fstatSync(fd).isDirectory()) {
      closeSync(fd);
      throw new InputError('is a folder; expected a kernel log or ftrace text', { file: path });
    }
    return new SourceFile(path, fd);
  }

  /** Throws an {@link InputError} when the first bytes say that this is no text that could be read. */
  checkIsText(head: Uint8Array): void {
    const found = NO_TEXT.find(({ magic }) => magic.every((byte, index) => head[index] === byte));
    if (found !== undefined) {
      throw new InputError(`is ${found.what}; expected a kernel log or ftrace text`, { file: this.path });
    }
  }

  get isStandardInput(): boolean {
    return this.path === STANDARD_INPUT;
  }

  /** Reads on; 0 at the end. */
  read(buffer: Uint8Array, offset: number): number {
    for (;;) {
      try {
        return readSync(this.fd, buffer, offset, buffer.length - offset, null);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EOF') return 0;
        // A pipe or terminal that is set not to block has nothing yet: wait a little and look again.
        if (code !== 'EAGAIN')
          throw new InputError(`cannot be read: ${(error as Error).message}`, { file: this.path });
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      }
    }
  }

  /** SHA-256 of a regular file, without moving the position that {@link read} reads from. */
  contentId(): string {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(1 << 20);
    for (let position = 0; ; ) {
      const count = readSync(this.fd, buffer, 0, buffer.length, position);
      if (count === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, count));
      position += count;
    }
  }

  close(): void {
    if (!this.isStandardInput) closeSync(this.fd);
  }
}

/** Whether reading it may wait for somebody to write: standard input, a pipe, a device. */
export function mayBlock(path: string): boolean {
  if (path === STANDARD_INPUT) return true;
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && !stat.isFile() && !stat.isDirectory();
}

function reasonNotToOpen(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'no such file';
    case 'EACCES':
      return 'cannot be read: permission denied';
    default:
      return `cannot be read: ${(error as Error).message}`;
  }
}
