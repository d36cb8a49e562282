import { emitKeypressEvents, type Key as NodeKey } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';

/** A key that was pressed, or that the terminal has another size. */
export interface Key {
  /** `up`, `return`, `c`; empty for what has no name. */
  readonly name: string;
  /** What it types; empty for a key that types nothing. */
  readonly text: string;
  readonly ctrl: boolean;
}

/** Keys one by one, as long as it is open. */
export interface KeyInput {
  /** The next key; null when there will be none any more. */
  next(): Promise<Key | null>;
  /** Whether Ctrl-C is waiting to be read: for long work to stop. */
  isInterrupted(): boolean;
  /** Gives the terminal back as it was. */
  close(): void;
}

const RESIZED: Key = { name: 'resize', text: '', ctrl: false };

export function isInterruption({ name, ctrl }: Key): boolean {
  return ctrl && name === 'c';
}

/** Reads keys from a terminal in raw mode: each as it is pressed, none shown by the terminal itself. */
export class RawKeys implements KeyInput {
  private readonly input: ReadStream;
  private readonly output: WriteStream;
  private readonly waiting: Key[] = [];
  private wanted: ((key: Key | null) => void) | undefined;
  private hasEnded = false;

  constructor(input: ReadStream, output: WriteStream) {
    this.input = input;
    this.output = output;
    emitKeypressEvents(input);
    input.on('keypress', this.onKey).on('end', this.onEnd);
    output.on('resize', this.onResize);
    input.setRawMode(true);
    input.resume();
  }

  next(): Promise<Key | null> {
    const key = this.waiting.shift();
    if (key !== undefined) return Promise.resolve(key);
    if (this.hasEnded) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.wanted = resolve;
    });
  }

  isInterrupted(): boolean {
    return this.waiting.some(isInterruption);
  }

  close(): void {
    this.input.off('keypress', this.onKey).off('end', this.onEnd);
    this.output.off('resize', this.onResize);
    this.input.setRawMode(false);
    this.input.pause();
  }

  private readonly onKey = (text: string | undefined, key: NodeKey): void => {
    if (key.ctrl === true && key.name === 'z') this.suspend();
    else if (key.ctrl === true || key.meta === true || isEscape(key)) this.give(namedKey(key));
    else this.give({ ...namedKey(key), text: isPrintable(text) ? text : '' });
  };

  private readonly onEnd = (): void => {
    this.hasEnded = true;
    this.wanted?.(null);
    this.wanted = undefined;
  };

  private readonly onResize = (): void => this.give(RESIZED);

  private give(key: Key): void {
    const { wanted } = this;
    this.wanted = undefined;
    if (wanted === undefined) this.waiting.push(key);
    else wanted(key);
  }

  /** Ctrl-Z: raw mode keeps the terminal from doing it. The shell gets its own mode, and may have changed the screen. */
  private suspend(): void {
    this.input.setRawMode(false);
    process.once('SIGCONT', () => {
      this.input.setRawMode(true);
      this.onResize();
    });
    process.kill(0, 'SIGTSTP');
  }
}

function namedKey({ name, ctrl }: NodeKey): Key {
  return { name: name ?? '', text: '', ctrl: ctrl === true };
}

/** Cursor and function keys type nothing, whatever Node makes of them. */
function isEscape({ sequence }: NodeKey): boolean {
  return sequence?.startsWith('\x1b') === true;
}

function isPrintable(text: string | undefined): text is string {
  return text !== undefined && !/\p{Cc}/u.test(text);
}
