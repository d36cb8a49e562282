import { decodeText } from '../ascii.ts';
import type { FramedLine } from '../framing/framed-line.ts';

const CAPITAL_B = 0x42;
const CAPITAL_L = 0x4c;
/**
 * Lines after which a console prints the log from its beginning: the one that was in its place is gone.
 * Source: kernel/printk/printk.c (register_console, CON_PRINTBUFFER).
 */
const HANDOVER = /console \[\w+\] (?:enabled|disabled)$/;
/** Between the lines of a handover and what the console prints again there may be so many others. */
const LINES_AFTER_HANDOVER = 3;
/** Lines of a boot that are remembered, to know them again: consoles come early. */
const LINES_TO_KNOW = 4096;
const ENTRY = /^Booting Linux on physical CPU/;
const BANNER = /^Linux version \d/;

/**
 * Finds the lines at which another boot begins: what firmware says first after a reset, the kernel's entry or its banner
 * once it has been running, another boot id in a journal. A clock that steps back is no sign: clocks do that.
 */
export class BootBoundary {
  private bootId: string | undefined;
  private hasEntry = false;
  private hasBanner = false;
  /** The kernel or a program has printed a line, and the kernel one that is later than its first moment. */
  private hasKernel = false;
  private hasTime = false;
  private readonly known = new Set<string>();
  private sinceHandover = Number.POSITIVE_INFINITY;
  private isRepeating = false;

  /** Whether a line begins another boot than the lines before it. Where it does not, it is taken note of. */
  isCrossedBy(framed: FramedLine): boolean {
    if (framed.bootId !== undefined && this.bootId !== undefined && framed.bootId !== this.bootId)
      return true;
    if (framed.startsBoot && this.hasKernel) return true;
    if (framed.voice !== 'linux') {
      this.bootId ??= framed.bootId;
      if (framed.voice === 'userspace') this.hasKernel = true;
      return false;
    }
    if (this.opensKernel(framed)) {
      if (this.sinceHandover > LINES_AFTER_HANDOVER || !this.known.has(keyOf(framed))) return true;
      this.isRepeating = true;
    }
    this.noteRepetition(framed);
    this.note(framed);
    return false;
  }

  /** A line that a console prints for the second time is told by it, not by the kernel. */
  private noteRepetition(framed: FramedLine): void {
    this.sinceHandover++;
    if (this.known.size >= LINES_TO_KNOW && !this.isRepeating) return;
    const key = keyOf(framed);
    if (this.isRepeating) {
      if (this.known.has(key)) framed.voice = 'recorder';
      // A handover that is printed again is none, and where it stands the repetition ends.
      else if (HANDOVER.test(key)) this.isRepeating = false;
      return;
    }
    this.known.add(key);
    if (HANDOVER.test(key)) this.sinceHandover = 0;
  }

  /** A boot begins with this line. */
  startBoot(framed: FramedLine): void {
    this.bootId = undefined;
    this.known.clear();
    this.sinceHandover = Number.POSITIVE_INFINITY;
    this.isRepeating = false;
    this.hasEntry = this.hasBanner = this.hasKernel = this.hasTime = false;
    if (framed.voice === 'linux') {
      this.noteRepetition(framed);
      this.note(framed);
    } else this.bootId = framed.bootId;
  }

  private opensKernel({ bytes, textStart, textEnd, tNs }: FramedLine): boolean {
    const first = bytes[textStart];
    if (first !== CAPITAL_B && first !== CAPITAL_L) return false;
    // Where lines have times, one without is what a program printed about the kernel.
    if (this.hasTime && Number.isNaN(tNs)) return false;
    const text = decodeText(bytes, textStart, Math.min(textEnd, textStart + 40));
    if (ENTRY.test(text)) return this.hasEntry || this.hasBanner || this.hasTime;
    return BANNER.test(text) && (this.hasBanner || (this.hasTime && !this.hasEntry));
  }

  private note({ bytes, textStart, textEnd, tNs, bootId }: FramedLine): void {
    this.bootId ??= bootId;
    if (tNs > 0) this.hasTime = true;
    this.hasKernel = true;
    const first = bytes[textStart];
    if (first !== CAPITAL_B && first !== CAPITAL_L) return;
    const text = decodeText(bytes, textStart, Math.min(textEnd, textStart + 40));
    if (ENTRY.test(text)) this.hasEntry = true;
    if (BANNER.test(text)) this.hasBanner = true;
  }
}

/** Time and text: what is the same when a line is printed again. */
function keyOf({ bytes, textStart, textEnd, tNs }: FramedLine): string {
  return `${tNs} ${decodeText(bytes, textStart, textEnd)}`;
}
