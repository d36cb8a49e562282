/** What is said by one source and perhaps by others: how often by each, and the event that it was told by. */
interface Heard {
  tNs: number;
  seq: number;
  readonly counts: Map<number, number>;
}

/** Things said lately that are remembered: more than what is said within the tolerance. */
const MOST_HEARD = 50_000;

/** Clocks that print microseconds cut off what is below. */
export const SAME_CLOCK_NS = 1_000;

/** What the stamps of one line by different clocks are apart at most, once their offset is taken out. */
export const OTHER_CLOCK_NS = 10_000_000_000;

/**
 * Finds lines that several sources of one boot have in common. A boot is often captured twice, by a serial console
 * and by `dmesg`, or as a trace and as its report: what happened once must not be told twice. The n-th time that
 * one source says something is the n-th time of another.
 */
export class HeardLines {
  private readonly toleranceNs: number;
  private readonly heard = new Map<string, Heard>();
  private latest: Heard | undefined;

  /** `toleranceNs`: how far apart two sources may say that the same line was. */
  constructor(toleranceNs: number) {
    this.toleranceNs = toleranceNs;
  }

  /**
   * A source says something at a time. Where another source has said it already: the seq of the event that tells of
   * it. Otherwise undefined, and {@link told} expects the seq of that event.
   */
  hear(what: string, source: number, tNs: number): number | undefined {
    const known = this.heard.get(what);
    if (known !== undefined && Math.abs(tNs - known.tNs) <= this.toleranceNs) {
      const count = (known.counts.get(source) ?? 0) + 1;
      known.counts.set(source, count);
      this.latest = known;
      for (const [other, otherCount] of known.counts) {
        if (other !== source && otherCount >= count) return known.seq;
      }
      return undefined;
    }
    this.latest = { tNs, seq: Number.NaN, counts: new Map([[source, 1]]) };
    // Again behind the others: the oldest are forgotten first.
    this.heard.delete(what);
    this.heard.set(what, this.latest);
    if (this.heard.size > MOST_HEARD) {
      for (const oldest of this.heard.keys()) {
        this.heard.delete(oldest);
        break;
      }
    }
    return undefined;
  }

  /** What was heard last was not understood: another source may say it better. */
  forget(): void {
    if (this.latest !== undefined) this.latest.tNs = Number.NaN;
  }

  /** The event that tells of what was heard last. */
  told(seq: number): void {
    if (this.latest !== undefined) this.latest.seq = seq;
  }
}
