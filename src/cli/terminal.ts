import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { isatty } from 'node:tty';
import { InputError } from '../base/input-error.ts';
import { systemReason } from '../base/system-error.ts';
import { type KeyInput, RawKeys } from './key-input.ts';

/** Where a command's output goes: real files in the program, strings in tests. */
export interface Terminal {
  /** Results. Returns false when nobody reads any more, and then there is no use in going on. */
  out(text: string): boolean;
  /** The same for what is no text. */
  outBytes(bytes: Uint8Array): boolean;
  /** Progress and problems. */
  err(text: string): void;
  readonly isOutTerminal: boolean;
  readonly isErrTerminal: boolean;
  /** Somebody types at standard input. */
  readonly isInTerminal: boolean;
  readonly columns: number;
  /** Lines that the terminal shows at once. */
  readonly rows: number;
  /** Somebody looks at so many columns: on a terminal, or where COLUMNS says so. A pipe has no width. */
  readonly isWidthKnown: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  flush(): void;
  /**
   * Lines that the user types, each after a prompt on stderr, until Ctrl-D or Ctrl-C, which `onInterrupt` is told of.
   * Without a prompt: lines of a file or pipe.
   */
  readLines(prompt?: () => string, onInterrupt?: () => void): AsyncIterable<string>;
  /** Keys that the user presses; both standard input and standard output have to be a terminal. */
  openKeys(): KeyInput;
  /** Calls back when the user presses Ctrl-C, once. Returns what ends the listening. */
  onInterrupt(listener: () => void): () => void;
}

const FLUSH_BYTES = 64 * 1024;
const DEFAULT_COLUMNS = 100;
const DEFAULT_ROWS = 24;

/**
 * The process's own output. Written synchronously and in large pieces: a million lines neither fill the
 * memory nor are lost when the process ends; a closed pipe (`trace log x.db | head`) ends output quietly.
 */
export class ProcessTerminal implements Terminal {
  readonly isOutTerminal = isatty(1);
  readonly isErrTerminal = isatty(2);
  readonly isInTerminal = isatty(0);
  readonly env = process.env;
  private pending: string[] = [];
  private pendingLength = 0;
  private closed = false;

  get columns(): number {
    return this.wantedColumns ?? this.actualColumns;
  }

  get rows(): number {
    return (this.isOutTerminal ? process.stdout.rows : undefined) || DEFAULT_ROWS;
  }

  get isWidthKnown(): boolean {
    return this.isOutTerminal || this.wantedColumns !== undefined;
  }

  private get wantedColumns(): number | undefined {
    const wanted = Number(this.env['COLUMNS']);
    return Number.isInteger(wanted) && wanted > 0 ? wanted : undefined;
  }

  private get actualColumns(): number {
    // A terminal that does not know its size, as on a serial line, says 0.
    return (this.isOutTerminal ? process.stdout.columns : undefined) || DEFAULT_COLUMNS;
  }

  out(text: string): boolean {
    if (this.closed) return false;
    this.pending.push(text);
    this.pendingLength += text.length;
    if (this.pendingLength >= FLUSH_BYTES) this.flush();
    return !this.closed;
  }

  outBytes(bytes: Uint8Array): boolean {
    this.flush();
    if (!this.closed) this.write(bytes);
    return !this.closed;
  }

  err(text: string): void {
    this.flush();
    try {
      writeAll(2, Buffer.from(text));
    } catch {
      // Nobody listens to problems: there is nowhere to say so.
    }
  }

  async *readLines(prompt?: () => string, onInterrupt?: () => void): AsyncGenerator<string> {
    if (prompt === undefined) {
      yield* createInterface({ input: process.stdin });
      return;
    }
    const reader = createInterface({ input: process.stdin, output: process.stderr });
    reader.on('SIGINT', () => {
      onInterrupt?.();
      reader.close();
    });
    const ask = () => {
      reader.setPrompt(prompt());
      reader.prompt();
    };
    ask();
    for await (const line of reader) {
      yield line;
      ask();
    }
    this.err('\n');
  }

  openKeys(): KeyInput {
    return new RawKeys(process.stdin, process.stdout);
  }

  onInterrupt(listener: () => void): () => void {
    process.once('SIGINT', listener);
    return () => void process.removeListener('SIGINT', listener);
  }

  flush(): void {
    if (this.pendingLength === 0 || this.closed) return;
    const text = this.pending.join('');
    this.pending = [];
    this.pendingLength = 0;
    this.write(Buffer.from(text));
  }

  private write(bytes: Uint8Array): void {
    try {
      writeAll(1, bytes);
    } catch (error) {
      this.closed = true;
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') {
        throw new InputError(`standard output cannot be written: ${systemReason(error)}`);
      }
    }
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      // A reader that is slower than us, on a pipe that is set not to block.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
