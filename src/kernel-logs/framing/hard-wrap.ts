import { isStamped, quoteOf, unquoted } from './mail-wrap.ts';

/** Widths at which terminals and their logs cut lines. */
const NARROWEST = 60;
const WIDEST = 300;
/** Terminals keep no blanks at the end of a row: a cut before or behind one leaves the row so much shorter. */
const LOST_BLANKS = 1;
/** As many rows are full where that says something by itself. */
const FEWEST_FULL = 3;
/** Of rows without a time, so large a part goes on with a full one. */
const GOING_ON_SHARE = 0.5;
const TAB_STOP = 8;

/**
 * The width at which a terminal, or a program that folds, cut the lines of a log, in the middle of a word or not: no row
 * is longer, rows that go on with another have that length, and rows without a time follow on such. Undefined where the
 * lines do not show that.
 */
export function cutWidthOf(lines: readonly string[]): number | undefined {
  const widths = lines.map(widthOf);
  const width = widths.reduce((most, each) => Math.max(most, each), 0);
  if (width < NARROWEST || width > WIDEST) return undefined;
  let goingOn = 0;
  let ending = 0;
  let others = 0;
  let isInLog = false;
  lines.forEach((line, index) => {
    const isFull = (widths[index - 1] ?? 0) === width;
    if (isStamped(line)) {
      if (isFull && isInLog) ending++;
      isInLog = true;
    } else if (isInLog) {
      if (isFull) goingOn++;
      else if (!goesOnAt(width, lines[index - 1] ?? '', line)) others++;
    }
  });
  if (goingOn < (others + ending === 0 ? 2 : FEWEST_FULL)) return undefined;
  return ending * 4 <= goingOn && goingOn >= (goingOn + others) * GOING_ON_SHARE ? width : undefined;
}

/** Whether a row goes on with the one before it, which was cut at this width. */
export function goesOnAt(width: number, before: string, line: string): boolean {
  if (isStamped(line) || unquoted(line) === '') return false;
  if (quoteOf(before).trimEnd() !== quoteOf(line).trimEnd()) return false;
  const full = widthOf(before);
  return full <= width && full >= width - LOST_BLANKS && widthOf(line) <= width;
}

/** What was one line before it was cut behind the row `last`: blanks at the cut are there, or were lost. */
export function joinedAt(width: number, text: string, last: string, line: string): string {
  return `${text}${' '.repeat(Math.max(0, width - widthOf(last)))}${unquoted(line)}`;
}

/** Columns that a row takes on a terminal. */
function widthOf(line: string): number {
  if (!line.includes('\t')) return line.length;
  let width = 0;
  for (const character of line) width += character === '\t' ? TAB_STOP - (width % TAB_STOP) : 1;
  return width;
}
