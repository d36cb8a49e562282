import { CARRIAGE_RETURN, decodeBytewise, NEWLINE } from '../ascii.ts';
import { voiceSign } from './console-voices.ts';
import {
  CONSOLE_WRAPPERS,
  DMESG_WRAPPERS,
  JOURNAL_WRAPPERS,
  type LineWrapper,
  LOGCAT_WRAPPERS,
} from './line-wrappers.ts';
import { isDated } from './mail-wrap.ts';

/** What was done to a log by those through whose hands it went: mail programs, bug trackers, chats, pagers. */
export interface Paste {
  /** `&lt;6&gt;` and `&nbsp;`: somebody copied the source of a page. */
  readonly hasEntities: boolean;
  /** `ESC[32m` of less, `^[[32m` and `^M` of cat -v: what a terminal would have taken for itself. */
  readonly hasCaretNotation: boolean;
  /** Blanks that were made hard. */
  readonly hasHardBlanks: boolean;
  /** Lines of a reply, `> ` before them. */
  readonly isQuoted: boolean;
  /** What stands before nearly every line; in markdown a tick stands behind it too, in Python the end of a string. */
  readonly margin: RegExp | undefined;
  /** The log stands in ticks that begin within a line of people. */
  readonly isTicked: boolean;
  /** Logs stand between marks, text of people outside of them. */
  readonly isFenced: boolean;
  /** The kernel's lines have stamps: what has none, beside them, may be text of people. */
  readonly isStamped: boolean;
}

/** Lines that are looked at. */
const MOST_LINES = 400;
const LONGEST_LOOK = 400;
/** A quotation has so many lines at least, and so large a part of all. */
const FEWEST_QUOTED = 2;
const QUOTED_SHARE = 0.2;
const CARET_M_SHARE = 0.5;
/** Where fewer lines have stamps, those without may be the kernel's as well. */
const STAMPED_SHARE = 0.2;

const QUOTE = /^(?:> ?)+/;
const ENTITY = /&(lt|gt|amp|quot|apos|nbsp|#\d{1,3}|#x[0-9a-f]{1,2});/gi;
const CARET_NOTATION = /(?:ESC|\^\[)\[[\d;]{0,11}[mKJ]|\^M(?=(?:\^M)*$)/g;
/** U+00A0 in UTF-8, a character for each byte. */
const HARD_BLANK = '\u00c2\u00a0';
const HARD_STAMP = /\[[ \u00a0\u00c2]*\u00a0 *\d{1,7}\.\d{6}\]/;
/** An indented block, a list, a table, a patch, numbers of lines. A clock and a stamp are no such number. */
const MARGINS = [
  /^ *\d{1,7}(?:\t|:(?!\d\d:) ?| {2})/,
  /^[ \t]{1,16}(?=\S)/,
  /^[|+*-](?! ?\{) ?/,
  /^`(?=.*`$)/,
];
/** As much of the lines has it. */
const MARGIN_SHARE = 0.8;
const FEWEST_IN_MARGIN = 3;
const STAMP = /\[ *\d{1,7}\.\d{6}\]/;
/** What a recorder that nobody knows puts before the stamps of the kernel; what has strings is read by other means. */
const COLUMN_OF_RECORDER =
  /^(?!\s*(?:<\d{1,3}>)?\[ *\d{1,7}\.\d{6}\])[^"]{1,100}?(?=(?:<\d{1,3}>)?\[ *\d{1,7}\.\d{6}\](?:\[ *[TC]\d+\])? )/;
/** Other lines of a console may stand beside them. */
const COLUMN_SHARE = 0.5;
const KNOWN_COLUMNS: readonly LineWrapper[] = [
  ...DMESG_WRAPPERS,
  ...JOURNAL_WRAPPERS,
  ...CONSOLE_WRAPPERS,
  ...LOGCAT_WRAPPERS,
];
const BYTES_OF_PYTHON = /^b'/;
const END_OF_BYTES = /(?:\\r)*(?:\\n)?'$/;
const TICK_BEFORE_STAMP = /^[^`]*`(?=(?:<\d{1,3}>)?\[ *\d{1,7}\.\d{6}\])/;

/** Markdown, and the markup of trackers and boards: the line opens a block of code or closes it. */
const FENCE = /^\s*(?:(?:`{3,}|~{3,})[\w.+-]*\s*|\{(?:noformat|code)(?::[^}]*)?\}|\[\/?code(?:=\w+)?\])$/i;
/** A line of nothing but tags, the summary of what is folded away perhaps between them. */
const TAGS =
  /^\s*(?:<summary>.*<\/summary>|<\/?(?:pre|code|div|p|br|details|summary|html|body|span|blockquote|tt)\b[^<>]*>|\s)+$/i;
/** With the capitals of mail programs: `received: ` is the end of a line that was broken. */
const HEADER =
  /^(?:From|To|C[Cc]|B[Cc][Cc]|Date|Subject|Sender|Reply-[Tt]o|Message-I[Dd]|In-Reply-[Tt]o|References|User-Agent|Received|Return-Path|M[Ii][Mm][Ee]-Version|Content-[\w-]+|List-[\w-]+|X-[\w-]+|DKIM-Signature): /;
const TEXT = /^(?:[$#] \S|(?:hi|hello|hey|dear|good)\b[^:]*[,.!]?$|[a-z']+,?(?: [\w'(),.-]+){2,}[:,.]?$)/i;
/** What those that record terminals say of themselves, commands, and what stands for lines that were left out. */
const RECORDER =
  /^(?:OPTIONS: |Port \/dev\/|Compiled on |Press CTRL-A Z |Type \[C-a\] |(?:port|flowcontrol|baudrate|parity|databits|stopbits|escape|local echo|no\w+|hangup|\w+_cmd|[ioe]map|logfile|initstring|exit\w*) is +: |[$#] (?:sudo )?[\w./-]+.*$|[$#-]-?$|[[<(]?(?:\.{2,}|\u00e2\u0080\u00a6|snip(?:ped)?)[\])>]?$|Script (?:started|done) on |=(?:~=){5,}|picocom v\d|Terminal ready$|Terminating\.\.\.$|Thanks for using picocom|Welcome to minicom |\[screen is terminating\])/i;

/** What was done to a log, by its first bytes; undefined where nothing was, as with nearly all. */
export function pasteOf(head: Uint8Array): Paste | undefined {
  const lines = linesOf(head).filter((line) => line.trim() !== '');
  const some = (pattern: RegExp) => lines.some((line) => line.search(pattern) >= 0);
  const share = (test: (line: string) => boolean) => lines.filter(test).length / lines.length;
  const hasEntities = some(ENTITY);
  const unescaped = hasEntities ? lines.map(withoutEntities) : lines;
  const quoted = unescaped.filter((line) => QUOTE.test(line)).length;
  const paste: Paste = {
    hasEntities,
    hasCaretNotation:
      some(/(?:ESC|\^\[)\[[\d;]{0,11}m/) || share((line) => line.endsWith('^M')) >= CARET_M_SHARE,
    hasHardBlanks: some(HARD_STAMP),
    isQuoted: quoted >= FEWEST_QUOTED && quoted >= lines.length * QUOTED_SHARE,
    margin: marginOf(unescaped.filter((line) => markOfPaste(line) === undefined)),
    isTicked: lines.filter((line) => TICK_BEFORE_STAMP.test(line)).length === 1,
    isFenced: some(FENCE),
    isStamped:
      unescaped.filter((line) => STAMP.test(line) || isDated(line)).length >= lines.length * STAMPED_SHARE,
  };
  const { isStamped, margin, ...done } = paste;
  const isDone =
    margin !== undefined ||
    Object.values(done).includes(true) ||
    some(TAGS) ||
    some(RECORDER) ||
    some(HEADER);
  return isDone || (isStamped && beginsWithText(lines)) ? paste : undefined;
}

function marginOf(lines: readonly string[]): RegExp | undefined {
  const unquoted = lines.map((line) => line.slice(quoteLength(line)));
  const isBefore = (margin: RegExp, share: number): boolean => {
    const count = unquoted.filter((line) => margin.test(line)).length;
    return count >= FEWEST_IN_MARGIN && count >= lines.length * share;
  };
  const known = MARGINS.find((margin) => isBefore(margin, MARGIN_SHARE));
  if (known !== undefined || !isBefore(COLUMN_OF_RECORDER, COLUMN_SHARE)) return known;
  const others = unquoted.filter((line) => COLUMN_OF_RECORDER.test(line) && !hasKnownColumn(line));
  return others.length >= lines.length * COLUMN_SHARE ? COLUMN_OF_RECORDER : undefined;
}

function hasKnownColumn(stamped: string): boolean {
  const line = stamped.replace(/^<\d{1,3}>/, '');
  return KNOWN_COLUMNS.some(({ pattern }) => {
    pattern.lastIndex = 0;
    return pattern.test(line);
  });
}

/** Whether people say something before the log: a greeting, a command, or several words that are no name of a driver. */
function beginsWithText([first = '']: readonly string[]): boolean {
  return !STAMP.test(first) && !isDated(first) && TEXT.test(first);
}

function linesOf(head: Uint8Array): string[] {
  const lines: string[] = [];
  for (let start = 0; start < head.length && lines.length < MOST_LINES; ) {
    const newline = head.indexOf(NEWLINE, start);
    let end = newline < 0 ? head.length : newline;
    const next = end + 1;
    while (end > start && head[end - 1] === CARRIAGE_RETURN) end--;
    lines.push(decodeBytewise(head, start, Math.min(end, start + LONGEST_LOOK)));
    start = next;
  }
  return lines;
}

/** The line as it was before: the quotation is kept where it says how lines were broken. */
export function undressed(line: string, paste: Paste, keepsQuote: boolean): string {
  let text = line;
  if (paste.hasEntities) text = withoutEntities(text);
  if (paste.hasCaretNotation) text = text.replace(CARET_NOTATION, '');
  if (paste.hasHardBlanks) text = text.replaceAll(HARD_BLANK, ' ');
  if (paste.isQuoted && !keepsQuote) text = text.replace(QUOTE, '');
  if (paste.margin?.test(text) === true) {
    text = text.replace(paste.margin, '');
    if (line.startsWith('`')) text = text.slice(0, -1);
    else if (BYTES_OF_PYTHON.test(line)) text = text.replace(END_OF_BYTES, '');
  }
  return paste.isTicked ? withoutTick(text) : text;
}

/** Without the tick that begins a log within a line, or ends it. */
function withoutTick(text: string): string {
  const begun = text.replace(TICK_BEFORE_STAMP, '');
  return begun.indexOf('`') === begun.length - 1 ? begun.slice(0, -1) : begun;
}

/** How many characters the marks of a quotation take. */
export function quoteLength(text: string): number {
  return QUOTE.exec(text)?.[0].length ?? 0;
}

export type MarkOfPaste = 'fence' | 'other';

/** Whether a line is nothing but a mark of those who handed the log on. */
export function markOfPaste(line: string): MarkOfPaste | undefined {
  const text = line.slice(quoteLength(line));
  if (text.trim() === '') return undefined;
  if (FENCE.test(text)) return 'fence';
  return TAGS.test(text) || HEADER.test(text) || RECORDER.test(text) ? 'other' : undefined;
}

/** The lines of a log in a paste, one after another, for whoever wants to know what log it is. */
export class LogOfPaste {
  private readonly paste: Paste | undefined;
  private isInFence = false;
  private isInText = true;

  constructor(paste: Paste | undefined) {
    this.paste = paste;
  }

  /** The line as it was; undefined for what is no part of a log for certain. */
  lineOf(line: string): string | undefined {
    const { paste } = this;
    if (paste === undefined) return line;
    const text = undressed(line, paste, true);
    const mark = markOfPaste(text);
    if (mark === 'fence') this.isInFence = !this.isInFence;
    if (mark !== undefined) return undefined;
    if (STAMP.test(text) || isDated(text)) this.isInText = false;
    else if (text.slice(quoteLength(text)).trim() === '') this.isInText = true;
    const isText = paste.isFenced ? !this.isInFence && !STAMP.test(text) : paste.isStamped && this.isInText;
    // What firmware says on a console tells that it is one.
    return isText && !isDated(text) && voiceSign(text) === undefined ? undefined : text;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

function withoutEntities(line: string): string {
  return line.replace(ENTITY, (whole: string, name: string) => {
    const known = ENTITIES[name.toLowerCase()];
    if (known !== undefined) return known;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    if (code === 0xa0) return ' ';
    return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : whole;
  });
}
