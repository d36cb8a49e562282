/** How months begin in languages with Latin letters, without those that are not ASCII, from January on. */
const MONTHS = [
  /^(?:jan|ene|gen)/,
  /^(?:feb|fev|fv)/,
  /^(?:mar|mr|maa)/,
  /^(?:apr|avr|abr)/,
  /^(?:ma[yigj]|mei)/,
  /^(?:jun|juin|giu)/,
  /^(?:jul|juil|lug)/,
  /^(?:aug|ago|aot)/,
  /^(?:sep|set)/,
  /^(?:oct|okt|out|ott)/,
  /^nov/,
  /^(?:dec|dez|dic|dc)/,
];

/** A leap year, for stamps without one: what counts is only how far apart they are. */
const SOME_YEAR = 2000;

/** Two stamps without a year that are further apart than this, backwards, are of two years. */
const HALF_A_YEAR_NS = 183 * 86_400 * 1e9;
const LEAP_YEAR_NS = 366 * 86_400 * 1e9;

/** Parts of a wall-clock stamp as they stand in a line; what is missing is undefined. */
export interface WallStamp {
  readonly year?: string | undefined;
  /** Number, or name in some language. */
  readonly month?: string | undefined;
  readonly day?: string | undefined;
  readonly hour?: string | undefined;
  readonly minute?: string | undefined;
  readonly second?: string | undefined;
  readonly fraction?: string | undefined;
  /** `+0200`, `+02:00` or `Z`. */
  readonly zone?: string | undefined;
}

/** Nanoseconds of a stamp, as near as a number holds them, from an epoch that all stamps of a format share; NaN for none. */
export function wallNs(stamp: WallStamp): number {
  const millis = Date.UTC(
    Number(stamp.year ?? SOME_YEAR),
    monthIndexOf(stamp.month ?? '1'),
    Number(stamp.day ?? 1),
    Number(stamp.hour ?? 0),
    Number(stamp.minute ?? 0),
    Number(stamp.second ?? 0),
  );
  const fraction = Number(`${(stamp.fraction ?? '').slice(0, 9)}`.padEnd(9, '0'));
  // Nanoseconds since 1970 are more than a number holds exactly: those since 2000 lose less than a microsecond.
  return (millis - Date.UTC(SOME_YEAR, 0, 1) - zoneMillis(stamp.zone)) * 1e6 + fraction;
}

/** One that is not known is taken for the first: the stamps of a log are of one month nearly always. */
function monthIndexOf(month: string): number {
  const number = Number.parseInt(month, 10);
  if (number > 0) return number - 1;
  const letters = month.toLowerCase().replaceAll(/[^a-z]/g, '');
  return Math.max(
    0,
    MONTHS.findIndex((beginning) => beginning.test(letters)),
  );
}

function zoneMillis(zone: string | undefined): number {
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(zone ?? '');
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === '-' ? -minutes : minutes) * 60_000;
}

/**
 * Turns readings of a wall clock into times of the boot. Its zero is the first reading, until a line tells both
 * clocks: from then on it is where that line puts it.
 */
export class WallClock {
  private zero = Number.NaN;
  private last = Number.NaN;
  private years = 0;

  /** Time of a reading; a reading without a year that steps back by more than half of one is of the next. */
  bootTime(reading: number, hasYear: boolean): number {
    if (!hasYear && reading + this.years - this.last < -HALF_A_YEAR_NS) this.years += LEAP_YEAR_NS;
    const continued = reading + this.years;
    if (Number.isNaN(this.zero)) this.zero = continued;
    this.last = continued;
    return microseconds(continued - this.zero);
  }

  get isAnchored(): boolean {
    return !Number.isNaN(this.zero);
  }

  reset(): void {
    this.zero = Number.NaN;
    this.last = Number.NaN;
    this.years = 0;
  }

  /** A line has this reading, and the kernel's clock says that it is this time. */
  anchor(reading: number, tNs: number): void {
    this.zero = reading + this.years - tNs;
  }
}

function microseconds(ns: number): number {
  return Math.round(ns / 1000) * 1000;
}
