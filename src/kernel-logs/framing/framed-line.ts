/** Who wrote a line of a log: the kernel, what ran before it, what ran on it, or the tool that recorded it. */
export type Voice = 'linux' | 'firmware' | 'userspace' | 'recorder';

/** What a framing found in a line: everything that is not the message, and where the message is. */
export class FramedLine {
  /** The line's own bytes, or a cleaned copy of them. */
  bytes: Uint8Array = new Uint8Array(0);
  textStart = 0;
  textEnd = 0;
  /** NaN when the line does not tell. */
  tNs = Number.NaN;
  /** The time is what the kernel itself stamped the record with, to the microsecond. */
  hasKernelTime = false;
  level = Number.NaN;
  /** First and last + 1 byte of the printk caller; the same when there is none. */
  callerStart = 0;
  callerEnd = 0;
  /** Task or program where no printk caller tells it. */
  context: string | undefined = undefined;
  voice: Voice = 'linux';
  /** Where the line ended before what may go on with it was joined; undefined where nothing was. */
  brokenAt: number | undefined = undefined;
  /** Nothing but its meaning tells the line from what people write beside a log. */
  mayBeProse = false;
  /** The first line that a board says after a reset. */
  startsBoot = false;
  /** What a journal calls the boot that the line is from. */
  bootId: string | undefined = undefined;
  /** Line that the message stands on, where that is not the one that was read last. */
  line: number | undefined = undefined;

  reset(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.textStart = start;
    this.textEnd = end;
    this.tNs = Number.NaN;
    this.hasKernelTime = false;
    this.level = Number.NaN;
    this.callerStart = this.callerEnd = 0;
    this.context = undefined;
    this.voice = 'linux';
    this.mayBeProse = false;
    this.brokenAt = undefined;
    this.startsBoot = false;
    this.bootId = undefined;
    this.line = undefined;
  }
}

/** A clock of a source that is not the kernel's, and what of it stands for what moment of the boot. */
export interface ClockAnchor {
  readonly clock: string;
  readonly reading: string;
  readonly evidence: string;
  /** Nothing tells where the boot's zero is: it was put where the source begins. */
  readonly isGuess: boolean;
}

/**
 * What turns the lines of a format into messages. Total: a line that is not in the format is a message without time.
 * It may remember what earlier lines said.
 */
export interface Framing {
  /** Reads a line; `visit` is called for each message in it, in order, at least once. */
  read(
    bytes: Uint8Array,
    start: number,
    end: number,
    line: number,
    visit: (framed: FramedLine) => void,
  ): void;
  /** Time of a line in ns, NaN when it has none; changes nothing. */
  timeOf(bytes: Uint8Array, start: number, end: number): number;
  /** The line that is being visited turned out to begin another boot: clocks begin anew. */
  startBoot?(): void;
  /** A clock that has been anchored since this was asked last. */
  takeAnchor?(): ClockAnchor | undefined;
  /** What is left when there are no more lines. */
  finish?(visit: (framed: FramedLine) => void): void;
}
