import { decodeText } from '../ascii.ts';
import type { FramedLine } from '../framing/framed-line.ts';

const CAPITAL_B = 0x42;
const CAPITAL_L = 0x4c;
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

  /** Whether whoever wrote a line says that another boot is on than the lines before it are from. */
  isLeftBy(framed: FramedLine): boolean {
    if (framed.bootId !== undefined && this.bootId !== undefined && framed.bootId !== this.bootId)
      return true;
    return framed.startsBoot && this.hasKernel;
  }

  /** A boot begins with this line. */
  startBoot(framed: FramedLine): void {
    this.bootId = undefined;
    this.hasEntry = this.hasBanner = this.hasKernel = this.hasTime = false;
    this.note(framed);
  }

  /** Whether a kernel says that it was entered where one has been running. A console may print that again. */
  opensKernel({ bytes, textStart, textEnd, tNs, voice }: FramedLine): boolean {
    if (voice !== 'linux') return false;
    const first = bytes[textStart];
    if (first !== CAPITAL_B && first !== CAPITAL_L) return false;
    // Where lines have times, one without is what a program printed about the kernel.
    if (this.hasTime && Number.isNaN(tNs)) return false;
    const text = decodeText(bytes, textStart, Math.min(textEnd, textStart + 40));
    if (ENTRY.test(text)) return this.hasEntry || this.hasBanner || this.hasTime;
    return BANNER.test(text) && (this.hasBanner || (this.hasTime && !this.hasEntry));
  }

  /** Takes note of a line that begins no other boot. */
  note({ bytes, textStart, textEnd, tNs, bootId, voice }: FramedLine): void {
    this.bootId ??= bootId;
    if (voice === 'userspace') this.hasKernel = true;
    if (voice !== 'linux') return;
    if (tNs > 0) this.hasTime = true;
    this.hasKernel = true;
    const first = bytes[textStart];
    if (first !== CAPITAL_B && first !== CAPITAL_L) return;
    const text = decodeText(bytes, textStart, Math.min(textEnd, textStart + 40));
    if (ENTRY.test(text)) this.hasEntry = true;
    if (BANNER.test(text)) this.hasBanner = true;
  }
}
