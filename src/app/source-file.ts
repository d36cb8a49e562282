import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { InputError } from '../base/input-error.ts';
import { systemReason } from '../base/system-error.ts';
import type { ReadBytes } from './line-feed.ts';

const STANDARD_INPUT = '-';

/** As much of a file as is looked at before it is known what it is. */
const HEAD_BYTES = 64 * 1024;

/** What a file is called where its folders do not matter; `stdin` for standard input. */
export function nameOfFile(path: string): string {
  return path === STANDARD_INPUT ? 'stdin' : basename(path);
}

/** What a message calls a file that the user named. */
export function fileInMessage(path: string): string {
  return path === STANDARD_INPUT ? 'standard input' : path;
}

/** A file to import, or standard input as `-`: bytes, whatever they are. */
export class SourceFile {
  /** As the user named it. */
  readonly path: string;
  /** Name kept in the history: without folders, which say nothing on another machine. */
  readonly name: string;
  /** Bytes in it, when that is known beforehand. */
  readonly size: number | undefined;
  /** Device and inode: the same for all names of one file. */
  readonly identity: string;
  private readonly fd: number | undefined;
  /** Opens it once more, where it is no file but kept in a history. */
  private readonly kept: (() => ReadBytes) | undefined;
  /** What has been read of a pipe before anybody asked for it, in order. */
  private held: Buffer[] = [];
  private whole: Buffer | undefined;

  private constructor(
    path: string,
    name: string,
    from: { fd: number } | { kept: () => ReadBytes; size: number; identity: string },
  ) {
    this.path = path;
    this.name = name;
    if ('fd' in from) {
      const stat = fstatSync(from.fd);
      this.fd = from.fd;
      this.kept = undefined;
      this.size = stat.isFile() ? stat.size : undefined;
      this.identity = `${stat.dev}:${stat.ino}`;
      return;
    }
    this.fd = undefined;
    this.kept = from.kept;
    this.size = from.size;
    this.identity = from.identity;
  }

  /** A file that a history keeps. */
  static keptIn(history: SourceFile, name: string, size: number, kept: () => ReadBytes): SourceFile {
    const identity = `${history.identity}#${name}`;
    return new SourceFile(`${history.path}:${name}`, name, { kept, size, identity });
  }

  /** A text that nobody keeps in a file. */
  static inMemory(name: string, bytes: Buffer): SourceFile {
    const kept = (): ReadBytes => {
      let position = 0;
      return (buffer, offset) => {
        const count = bytes.copy(buffer, offset, position, position + buffer.length - offset);
        position += count;
        return count;
      };
    };
    return new SourceFile(name, name, { kept, size: bytes.length, identity: name });
  }

  /** Whether it is the file of an identity, or is kept in that. */
  liesIn(identity: string | undefined): boolean {
    return identity !== undefined && (this.identity === identity || this.identity.startsWith(`${identity}#`));
  }

  /** Opens a file to read; a path that is none is an {@link InputError}. */
  static open(path: string): SourceFile {
    if (path === STANDARD_INPUT) return new SourceFile(path, nameOfFile(path), { fd: 0 });
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch (error) {
      throw new InputError(reasonNotToOpen(error), { file: path });
    }
    return new SourceFile(path, nameOfFile(path), { fd });
  }

  /** The first bytes, as many as are looked at; all of them where there are fewer. */
  head(): Buffer {
    const head = Buffer.alloc(HEAD_BYTES);
    let length = 0;
    const read = this.isSeekable ? this.reader() : this.readOn;
    while (length < head.length) {
      const count = read(head, length);
      if (count === 0) break;
      length += count;
    }
    const bytes = head.subarray(0, length);
    if (!this.isSeekable && this.whole === undefined && length > 0) this.held.unshift(bytes);
    return bytes;
  }

  /** Reads the file from its beginning. What comes through a pipe can be read once, unless it was {@link hold held}. */
  reader(): ReadBytes {
    const { whole, kept } = this;
    if (kept !== undefined) return kept();
    if (!this.isSeekable && whole === undefined) return this.readOn;
    let position = 0;
    return (buffer, offset) => {
      const count =
        whole === undefined
          ? this.readAt(buffer, offset, position)
          : whole.copy(buffer, offset, position, position + buffer.length - offset);
      position += count;
      return count;
    };
  }

  /** Takes what comes through a pipe into memory, so that it can be read more than once. */
  hold(): void {
    if (this.isSeekable || this.whole !== undefined) return;
    const pieces: Buffer[] = [];
    for (;;) {
      const piece = Buffer.alloc(HEAD_BYTES);
      const count = this.readOn(piece, 0);
      if (count === 0) break;
      pieces.push(piece.subarray(0, count));
    }
    this.whole = Buffer.concat(pieces);
  }

  /** SHA-256 of the file; undefined for a pipe that is not held. */
  contentId(): string | undefined {
    if (!this.isSeekable && this.whole === undefined) return undefined;
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(1 << 20);
    const read = this.reader();
    for (;;) {
      const count = read(buffer, 0);
      if (count === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, count));
    }
  }

  close(): void {
    if (this.fd !== undefined && this.path !== STANDARD_INPUT) closeSync(this.fd);
  }

  private get isSeekable(): boolean {
    return this.size !== undefined;
  }

  private readonly readOn: ReadBytes = (buffer, offset) => {
    const [first] = this.held;
    if (first === undefined) return this.readAt(buffer, offset, null);
    const count = first.copy(buffer, offset, 0, Math.min(first.length, buffer.length - offset));
    if (count === first.length) this.held.shift();
    else this.held[0] = first.subarray(count);
    return count;
  };

  /** Reads on, or at a position; 0 at the end. */
  private readAt(buffer: Uint8Array, offset: number, position: number | null): number {
    for (;;) {
      try {
        return readSync(this.fd ?? 0, buffer, offset, buffer.length - offset, position);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EOF') return 0;
        // A pipe or terminal that is set not to block has nothing yet: wait a little and look again.
        if (code !== 'EAGAIN')
          throw new InputError(`cannot be read: ${systemReason(error)}`, { file: this.path });
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      }
    }
  }
}

/** Whether reading it may wait for somebody to write: standard input, a pipe, a device. */
export function mayBlock(path: string): boolean {
  if (path === STANDARD_INPUT) return true;
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && !stat.isFile() && !stat.isDirectory();
}

function reasonNotToOpen(error: unknown): string {
  const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return isMissing ? systemReason(error) : `cannot be read: ${systemReason(error)}`;
}
