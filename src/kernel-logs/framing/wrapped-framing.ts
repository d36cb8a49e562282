import { decodeBytewise, LESS_THAN, OPEN_BRACKET, OPEN_PARENTHESIS, SPACE } from '../ascii.ts';
import { isDigit } from '../digits.ts';
import { hasControls, withoutControls } from './clean-text.ts';
import { ConsoleVoices, KERNEL_ENTRY } from './console-voices.ts';
import { type ClockAnchor, FramedLine, type Framing, type Voice } from './framed-line.ts';
import { type LineWrapper, VENDOR_COLUMNS } from './line-wrappers.ts';
import { readPrintkPrefix } from './printk-prefix.ts';
import { WallClock, type WallStamp, wallNs } from './wall-clock.ts';

export interface WrappedFormat {
  readonly wrappers: readonly LineWrapper[];
  /** Lines of others stand between those of the kernel, and escape sequences and NULs in them. */
  readonly isConsole?: boolean;
  /** Lines that whoever recorded the log wrote himself. */
  readonly recorded?: RegExp;
  /** A message may have several lines, of which only the first has a prefix. */
  readonly hasMessagesOfLines?: boolean;
}

/** How many wrappers a line may have around its message. */
const MOST_WRAPPERS = 3;

/** What logcat cuts to milliseconds is no stamp of a record. */
const MICROSECONDS = /\.\d{6}$/;

/** What columns of vendors begin with behind their bracket: `(CPU:`, `[pid:`. */
const LETTER_C = 0x43;
const LETTER_P = 0x70;

/** As much of a line as prefixes may take. */
const LONGEST_PREFIX = 400;

/** Levels by name and by Android's letter. Source: include/linux/kern_levels.h; Android liblog, log.h. */
const LEVEL_OF_WORD = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'];
/** Daemons write two of them out. */
const LEVEL_WRITTEN_OUT: Readonly<Record<string, string>> = { error: 'err', warning: 'warn' };
const LEVEL_OF_LETTER: Readonly<Record<string, number>> = { F: 2, E: 3, W: 4, I: 6, D: 7, V: 7 };

/**
 * The kernel's prefix in the middle of a line, or what is left of it where the other line was printed over its
 * beginning: what follows was a line of its own before two were glued.
 */
const GLUED =
  /(?:<\d{1,3}>)?\[ *\d{1,7}\.\d{6}\](?:\[ *[TC]\d+\])? | {2,}(?<torn>\d{1,7}\.\d{6})\](?:\[ *[TC]\d+\])? /g;

/** What journalctl puts between two boots. Source: systemd src/journal/journalctl-show.c. */
const JOURNAL_BOOT = /^-- (?:Boot [0-9a-f]{32}|Reboot) --$/;

type Groups = Readonly<Record<string, string | undefined>>;

/** Kernel log lines inside of prefixes that other tools put before them, one within another. */
export class WrappedFraming implements Framing {
  private readonly format: WrappedFormat;
  private readonly framed = new FramedLine();
  private readonly voices: ConsoleVoices | undefined;
  private readonly clock = new WallClock();
  private anchor: ClockAnchor | undefined;
  private isAnchored = false;
  /** Nothing but a guess says where the boot's zero is. */
  private isGuess = false;
  private upNs = Number.NaN;
  /** Of the line that is read: a reading of a wall clock, and whether its year is known. */
  private reading = Number.NaN;
  private readingText = '';
  private hasYear = false;
  private hasUptime = false;
  /** The kernel's own prefix, with a time, stood before the message. */
  private isStamped = false;
  private message: Uint8Array | undefined;
  /** Of the last line with a prefix, where messages may go on. */
  private lastVoice: Voice = 'linux';
  private lastContext: string | undefined;

  constructor(format: WrappedFormat) {
    this.format = format;
    this.voices = format.isConsole === true ? new ConsoleVoices() : undefined;
  }

  read(
    source: Uint8Array,
    start: number,
    end: number,
    _line: number,
    visit: (framed: FramedLine) => void,
  ): void {
    const { framed } = this;
    if (this.voices !== undefined && hasControls(source, start, end)) {
      const clean = withoutControls(source, start, end);
      this.readClean(clean, 0, clean.length);
    } else this.readClean(source, start, end);
    this.settleTime();
    this.lastVoice = framed.voice;
    this.lastContext = framed.context;
    if (this.voices === undefined) visit(framed);
    else this.visitPieces(visit);
  }

  timeOf(bytes: Uint8Array, start: number, end: number): number {
    this.readClean(bytes, start, end);
    if (!Number.isNaN(this.framed.tNs)) return this.framed.tNs;
    return this.upNs;
  }

  startBoot(): void {
    this.clock.reset();
    this.isAnchored = false;
    this.anchor = undefined;
    this.upNs = Number.NaN;
    if (!Number.isNaN(this.reading) && !this.isStamped && !this.hasUptime) this.framed.tNs = Number.NaN;
    this.settleTime();
  }

  takeAnchor(): ClockAnchor | undefined {
    const taken = this.anchor;
    this.anchor = undefined;
    return taken;
  }

  /** Whether what stands behind the kernel's prefix could be one of the columns that some kernels add. */
  mayHaveVendorColumn({ bytes, textStart, textEnd }: FramedLine): boolean {
    let at = textStart;
    if (bytes[at] === SPACE) at++;
    if (at >= textEnd) return false;
    const next = bytes[at + 1];
    if (bytes[at] === OPEN_PARENTHESIS) return isDigit(next) || next === LETTER_C;
    if (bytes[at] === LESS_THAN) return isDigit(next);
    return (
      bytes[at] === OPEN_BRACKET &&
      (isDigit(next) || next === SPACE || next === LETTER_P || next === LESS_THAN)
    );
  }

  /** Finds the prefixes; what they say of wall clocks is settled later. */
  private readClean(bytes: Uint8Array, start: number, end: number): void {
    const { framed } = this;
    framed.reset(bytes, start, end);
    this.reading = Number.NaN;
    this.hasUptime = false;
    this.message = undefined;
    this.isStamped = readPrintkPrefix(framed);
    if (this.isStamped) {
      // A journal with monotonic times looks like this as well.
      if (!this.readMonotonicJournal(bytes, start, end)) this.readVendorColumn();
      return;
    }
    const hasPriority = framed.textStart > start;
    const head = decodeBytewise(bytes, framed.textStart, Math.min(end, start + LONGEST_PREFIX));
    const base = framed.textStart;
    let at = 0;
    for (let count = 0; count < MOST_WRAPPERS; count++) {
      const groups = this.wrapperAt(head, at);
      if (groups === undefined) break;
      at = groups.next;
      framed.textStart = base + at;
      this.takeGroups(groups.groups);
      this.isStamped = readPrintkPrefix(framed);
      if (this.isStamped) {
        this.readVendorColumn();
        break;
      }
      at = framed.textStart - base;
    }
    if (this.hasUptime && !this.isStamped) this.readVendorColumn();
    if (this.message !== undefined) this.useMessage(this.message);
    if (at === 0 && !hasPriority) this.classify();
  }

  private wrapperAt(head: string, at: number): { groups: Groups; next: number } | undefined {
    for (const { pattern } of this.format.wrappers) {
      pattern.lastIndex = at;
      const match = pattern.exec(head);
      if (match !== null && match[0] !== '') return { groups: match.groups ?? {}, next: pattern.lastIndex };
    }
    return undefined;
  }

  private readMonotonicJournal(bytes: Uint8Array, start: number, end: number): boolean {
    const journal = this.format.wrappers.find(({ name }) => name === 'monotonic time');
    if (journal === undefined) return false;
    const { framed } = this;
    const head = decodeBytewise(bytes, start, Math.min(end, start + LONGEST_PREFIX));
    journal.pattern.lastIndex = 0;
    const match = journal.pattern.exec(head);
    if (match === null) return false;
    framed.textStart = start + journal.pattern.lastIndex;
    this.takeGroups(match.groups ?? {});
    return true;
  }

  private takeGroups(groups: Groups): void {
    const { framed } = this;
    if (groups['hour'] !== undefined) this.takeReading(wallNs(groups as WallStamp), groups);
    const seconds = groups['up'] ?? groups['elapsed'] ?? groups['epoch'];
    if (groups['up'] !== undefined) {
      framed.tNs = nanoseconds(groups['up']);
      framed.hasKernelTime = MICROSECONDS.test(groups['up']);
      this.hasUptime = true;
    } else if (seconds !== undefined) {
      this.reading = nanoseconds(seconds);
      this.readingText = seconds;
      this.hasYear = true;
    }
    const micros = groups['micros'];
    if (micros !== undefined) {
      framed.tNs = Number(micros) * 1000;
      framed.hasKernelTime = true;
      this.hasUptime = true;
    }
    const delta = groups['delta'] ?? groups['delta2'];
    if (delta !== undefined) this.upNs = (Number.isNaN(this.upNs) ? 0 : this.upNs) + nanoseconds(delta);
    if (delta !== undefined) framed.tNs = this.upNs;
    const { word, letter, who, tag, pid } = groups;
    if (word !== undefined) framed.level = LEVEL_OF_WORD.indexOf(LEVEL_WRITTEN_OUT[word] ?? word);
    if (groups['priority'] !== undefined) framed.level = Number(groups['priority']) & 7;
    if (letter !== undefined) framed.level = LEVEL_OF_LETTER[letter] ?? Number.NaN;
    if (who !== undefined) this.takeProgram(who, pid);
    if (tag !== undefined) this.takeTag(tag, pid);
  }

  private takeReading(reading: number, groups: Groups): void {
    this.reading = reading;
    this.hasYear = groups['year'] !== undefined;
    const { year, month, day, hour, minute, second, fraction } = groups;
    const date = [year, month, day].filter((part) => part !== undefined).join('-');
    const clock = [hour, minute, second].filter((part) => part !== undefined).join(':');
    this.readingText = `${date === '' ? '' : `${date} `}${clock}${fraction === undefined ? '' : `.${fraction}`}`;
  }

  /** In a journal, who wrote the line: the kernel, or a program. */
  private takeProgram(who: string, pid: string | undefined): void {
    if (who === 'kernel') return;
    this.framed.voice = 'userspace';
    this.framed.context = pid === undefined ? who : who === '' ? pid : `${who}-${pid}`;
  }

  /** logd cuts the first word off a kernel message and calls it the tag. */
  private takeTag(tag: string, pid: string | undefined): void {
    const { framed } = this;
    if (pid !== '0') {
      framed.voice = 'userspace';
      framed.context = `${tag}-${pid}`;
      return;
    }
    if (tag === '') return;
    const begin = new TextEncoder().encode(`${tag}: `);
    const rest = framed.bytes.subarray(framed.textStart, framed.textEnd);
    const message = new Uint8Array(begin.length + rest.length);
    message.set(begin);
    message.set(rest, begin.length);
    this.message = message;
  }

  private useMessage(message: Uint8Array): void {
    const { framed } = this;
    framed.bytes = message;
    framed.textStart = 0;
    framed.textEnd = message.length;
    framed.callerStart = framed.callerEnd = 0;
  }

  /** Takes off a column that names the task, behind the kernel's prefix. */
  private readVendorColumn(): void {
    const { framed } = this;
    if (!this.mayHaveVendorColumn(framed)) return;
    const head = decodeBytewise(
      framed.bytes,
      framed.textStart,
      Math.min(framed.textEnd, framed.textStart + LONGEST_PREFIX),
    );
    for (const { pattern } of VENDOR_COLUMNS) {
      pattern.lastIndex = 0;
      const match = pattern.exec(head);
      if (match === null) continue;
      framed.textStart += pattern.lastIndex;
      const { who, pid, priority } = match.groups ?? {};
      if (who !== undefined) framed.context = `${who.trim()}-${pid}`;
      if (priority !== undefined) framed.level = Number(priority) & 7;
      return;
    }
  }

  /** A line that no prefix fits. */
  private classify(): void {
    const { recorded, hasMessagesOfLines } = this.format;
    const { framed } = this;
    if (hasMessagesOfLines === true && this.lastVoice === 'userspace') {
      framed.voice = this.lastVoice;
      framed.context = this.lastContext;
    }
    if (recorded === undefined) return;
    const text = decodeBytewise(
      framed.bytes,
      framed.textStart,
      Math.min(framed.textEnd, framed.textStart + LONGEST_PREFIX),
    );
    if (!recorded.test(text)) return;
    framed.voice = 'recorder';
    framed.context = undefined;
    framed.startsBoot = JOURNAL_BOOT.test(text);
  }

  /** Gives a line whose only clock is a wall clock its time, and learns where the boot's zero is from one with both. */
  private settleTime(): void {
    const { framed, clock } = this;
    if (!Number.isNaN(framed.tNs)) {
      this.upNs = framed.tNs;
      if (Number.isNaN(this.reading) || this.hasUptime) return;
      // Where a console went without the kernel's times until now, that was a guess.
      if (this.isAnchored && !(this.isGuess && this.voices !== undefined)) return;
      clock.bootTime(this.reading, this.hasYear);
      clock.anchor(this.reading, framed.tNs);
      this.setAnchor('is the time of this line by the kernel too', false);
      return;
    }
    if (Number.isNaN(this.reading)) return;
    // On a console the kernel's clock will come, unless its lines have none: what was said before has no time that
    // compares.
    if (this.voices !== undefined && !this.isAnchored && !this.isOfKernelWithoutClock()) return;
    const isFirst = !clock.isAnchored;
    framed.tNs = clock.bootTime(this.reading, this.hasYear);
    this.upNs = framed.tNs;
    if (isFirst) this.setAnchor('is taken for the zero: no line tells the time of the kernel', true);
  }

  /** The kernel has printed this line, for certain, and no time before it. */
  private isOfKernelWithoutClock(): boolean {
    const { bytes, textStart, textEnd } = this.framed;
    return KERNEL_ENTRY.test(decodeBytewise(bytes, textStart, Math.min(textEnd, textStart + LONGEST_PREFIX)));
  }

  private setAnchor(evidence: string, isGuess: boolean): void {
    this.isAnchored = true;
    this.isGuess = isGuess;
    this.anchor = { clock: 'wall clock', reading: this.readingText, evidence, isGuess };
  }

  /** The line, or the lines that it was glued from. */
  private visitPieces(visit: (framed: FramedLine) => void): void {
    const { framed } = this;
    const { bytes, textStart, textEnd } = framed;
    const text = decodeBytewise(bytes, textStart, textEnd);
    if (framed.voice === 'linux') this.giveVoice(text, this.isStamped);
    let from = textStart;
    // Whoever is told of a piece may look at the lines that follow, by the same pattern.
    let next = 1;
    const find = () => {
      GLUED.lastIndex = next;
      const match = GLUED.exec(text);
      next = GLUED.lastIndex;
      return match;
    };
    for (let match = find(); match !== null; match = find()) {
      framed.textStart = from;
      framed.textEnd = textStart + match.index;
      visit(framed);
      from = textStart + match.index;
      const torn = match.groups?.['torn'];
      if (torn !== undefined) from += match[0].length;
      framed.reset(bytes, from, textEnd);
      readPrintkPrefix(framed);
      if (torn !== undefined) {
        framed.tNs = nanoseconds(torn);
        framed.hasKernelTime = true;
      }
      from = framed.textStart;
      this.giveVoice('', true);
    }
    framed.textStart = from;
    framed.textEnd = textEnd;
    visit(framed);
  }

  private giveVoice(text: string, isStamped: boolean): void {
    const { framed } = this;
    if (this.format.recorded?.test(text) === true) {
      framed.voice = 'recorder';
      return;
    }
    if (this.voices === undefined) return;
    framed.voice = this.voices.of(text, isStamped);
    framed.startsBoot = framed.voice === 'firmware' && this.voices.isFirstAfterReset;
  }
}

function nanoseconds(seconds: string): number {
  const [whole = '', fraction = ''] = seconds.split('.');
  return Number(whole) * 1e9 + Number(fraction.slice(0, 9).padEnd(9, '0'));
}
