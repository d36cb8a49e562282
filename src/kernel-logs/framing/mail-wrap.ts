import { voiceSign } from './console-voices.ts';
import { DMESG_WRAPPERS, type LineWrapper } from './line-wrappers.ts';

/**
 * Columns that mail programs break long lines at: 72 is the least that is common (RFC 3676, 4.2: 78 or less, and most
 * use 72), less the marks of a quotation that were taken off since; 80 is the most (RFC 5322, 2.1.1).
 */
const NARROWEST = 69;
const WIDEST = 80;

/** Where the text behind a stamp begins at the latest, as far as stamps have blanks in them. */
const STAMP_WIDTH = 24;

const QUOTE = /^(?:> ?)*/;
/** Blanks may have become hard ones. */
const STAMP = /^\s*(?:<\d{1,3}>)?\[\s*\d{1,7}\.\d{6}\]/;
/** `Nov 27 16:43:00 board kernel: ` and the same with an ISO date. */
const DATE =
  /^\s*(?:[\w-]+: )?(?:[A-Z][a-z]{2} +\d{1,2} |\d{4}-\d\d-\d\d[T ])\d\d:\d\d:\d\d\S* [\w.-]+ (?:kernel|[^\s:[]+\[\d+\]):(?: |$)/;
/** What `dmesg -T`, `dmesg -x` and the like print before a message. */
const WITH_STAMP: ReadonlySet<string> = new Set([
  'facility and level',
  'record of the kernel',
  'place in memory',
  'date',
  'date in another language',
  'ISO date',
  'time and delta',
  'time and date',
  'time with its unit',
  'minute of a date',
  'delta',
]);
const OTHER_STAMPS = DMESG_WRAPPERS.filter(({ name }) => WITH_STAMP.has(name));
const BEGINNING_OF_STAMP = /^(?:\[|<|\d|[A-Z][a-z]{2}\b)/;
/** As much of a log in which nothing was broken may look as if it had been. */
const BROKEN_SHARE = 0.5;
const LONG_SHARE = 0.1;

/** The text of a line behind the marks of a quotation. */
export function unquoted(line: string): string {
  return line.slice(quoteOf(line).length);
}

/** The marks of a quotation that a line begins with. */
export function quoteOf(line: string): string {
  return (QUOTE.exec(line) as RegExpExecArray)[0];
}

/** Whether a line has a time, of the kernel or of a journal: a broken line goes on without. */
export function isStamped(line: string): boolean {
  const text = unquoted(line);
  return STAMP.test(text) || DATE.test(text) || OTHER_STAMPS.some((wrapper) => stands(wrapper, text));
}

function stands({ pattern }: LineWrapper, text: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(text);
}

/** Whether a line is one of a journal. */
export function isDated(line: string): boolean {
  return DATE.test(unquoted(line));
}

/**
 * Whether a line goes on with the one before it, because a mail program broke that: it has no time, is quoted as deeply,
 * and its first word would not have fitted any more.
 */
export function goesOn(before: string, line: string): boolean {
  const text = unquoted(line);
  const [, blanks, word] = /^(\s*)(\S+)/.exec(text) ?? [];
  if (blanks === undefined || word === undefined || isStamped(line)) return false;
  if (isTooWide(before) || isTooWide(line)) return false;
  if (quoteOf(before).trimEnd() !== quoteOf(line).trimEnd()) return false;
  // A line may have been broken within several blanks, as those between the flags of a taint and the release.
  const between = before.length - before.trimEnd().length + blanks.length;
  return before.trimEnd().length + Math.max(1, between) + word.length > NARROWEST;
}

/** A line that no mail program leaves so long: it has a blank to be broken at, behind its stamp. */
function isTooWide(line: string): boolean {
  if (line.length <= WIDEST) return false;
  const text = unquoted(line);
  return text
    .slice(isStamped(line) ? STAMP_WIDTH : 0)
    .trim()
    .includes(' ');
}

/** What was one line before it was broken: the blank at which that was done is there, or was left out. */
export function joined(before: string, line: string): string {
  return `${before}${before.endsWith(' ') ? '' : ' '}${unquoted(line)}`;
}

/** A line that would have been broken, had a mail program done that. */
function isUnbroken(line: string): boolean {
  return line.length > WIDEST && line.slice(STAMP_WIDTH, NARROWEST).trimEnd().includes(' ');
}

/** Whether a kernel log came through a mail program that breaks long lines. */
export function isBrokenByMail(lines: readonly string[]): boolean {
  let stamped = 0;
  let others = 0;
  let broken = 0;
  let long = 0;
  let isInLog = false;
  lines.forEach((line, index) => {
    if (isStamped(line)) {
      stamped++;
      if (isUnbroken(line)) long++;
      isInLog = true;
    } else if (isInLog) {
      others++;
      // What firmware and programs say on a console is no end of the line before it.
      const goes = goesOn(lines[index - 1] ?? '', line) && voiceSign(line) === undefined;
      // The last line may be cut off, and be no less stamped than the others.
      if (goes && (index < lines.length - 1 || !BEGINNING_OF_STAMP.test(unquoted(line)))) broken++;
      isInLog = goes;
    }
  });
  return broken > 0 && broken >= others * BROKEN_SHARE && long <= stamped * LONG_SHARE;
}
