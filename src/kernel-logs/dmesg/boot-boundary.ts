import { decodeText } from '../ascii.ts';
import type { FramedLine } from '../framing/framed-line.ts';

const CAPITAL_B = 0x42;
const CAPITAL_L = 0x4c;
const ENTRY = /^Booting Linux on physical CPU/;
const BANNER = /^Linux version \d/;
const LONGEST_COMMAND = 200;
const ASKS_FOR_BANNER = /\/proc\/version\b/;

/**
 * Finds the lines at which another boot begins: what firmware says first after a reset, the kernel's entry or its banner
 * once it has been running, another boot id in a journal. A clock that steps back is no sign: clocks do that.
 */
export class BootBoundary {
  private bootId: string | undefined;
  private hasEntry = false;
  private hasBanner = false;
  /** A banner was printed without a stamp: where later lines have stamps, it was none of the kernel's. */
  private hasBareBanner = false;
  private isAskedForBanner = false;
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
    this.hasEntry =
      this.hasBanner =
      this.hasBareBanner =
      this.isAskedForBanner =
      this.hasKernel =
      this.hasTime =
        false;
    this.note(framed);
  }

  /** Whether a kernel says that it was entered where one has been running. A console may print that again. */
  opensKernel({ bytes, textStart, textEnd, tNs, voice }: FramedLine): boolean {
    if (voice !== 'linux') return false;
    const first = bytes[textStart];
    if (first !== CAPITAL_B && first !== CAPITAL_L) return false;
    const text = decodeText(bytes, textStart, Math.min(textEnd, textStart + 40));
    const isBare = Number.isNaN(tNs);
    if (this.hasTime && isBare) return false;
    const hasBanner = this.hasBanner || (isBare && this.hasBareBanner);
    if (ENTRY.test(text)) return this.hasEntry || hasBanner || this.hasTime;
    return BANNER.test(text) && (hasBanner || (this.hasTime && !this.hasEntry));
  }

  /**
   * Whether a line is a banner that a program printed: somebody asked for it, or the kernel's lines have times and this one
   * has none.
   */
  isBannerOfProgram({ bytes, textStart, textEnd, tNs, voice }: FramedLine): boolean {
    if (bytes[textStart] !== CAPITAL_L || !Number.isNaN(tNs)) {
      if (Number.isNaN(tNs) && voice !== 'recorder')
        this.isAskedForBanner = asksForBanner(bytes, textStart, textEnd);
      return false;
    }
    const isAsked = this.isAskedForBanner || this.hasTime;
    this.isAskedForBanner = false;
    return isAsked && BANNER.test(decodeText(bytes, textStart, Math.min(textEnd, textStart + 40)));
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
    if (!BANNER.test(text)) return;
    if (Number.isNaN(tNs)) this.hasBareBanner = true;
    else this.hasBanner = true;
  }
}

function asksForBanner(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start < LONGEST_COMMAND && ASKS_FOR_BANNER.test(decodeText(bytes, start, end));
}
