import { CARRIAGE_RETURN, decodeBytewise, NEWLINE } from './ascii.ts';
import { cutWidthOfHead } from './detect-format.ts';
import type { Framing } from './framing/framed-line.ts';
import { MailFraming } from './framing/mail-framing.ts';
import { markOfPaste, type Paste, pasteOf, undressed } from './framing/paste.ts';
import { PastedFraming } from './framing/pasted-framing.ts';
import { FORMATS, type LogFormat } from './log-formats.ts';

/** Formats that people paste, and whose lines stand by themselves. */
const PASTED: ReadonlySet<LogFormat> = new Set(['dmesg', 'mail', 'journal', 'serial']);

/** Makes what reads the lines of a log. `ahead` gives what follows the line that is being read. */
type MakeFraming = (ahead?: () => Uint8Array) => Framing;

/** What makes that for a log, by its format and what was done to it; undefined for a trace. */
export function framingOfLog(format: LogFormat, head: Uint8Array): MakeFraming | undefined {
  const paste = PASTED.has(format) ? pasteOf(head) : undefined;
  const framing = format === 'mail' ? mailFraming(head, paste) : FORMATS[format].framing;
  if (framing === undefined || paste === undefined) return framing;
  return (ahead) => new PastedFraming(framing(ahead), pasteFor(format, paste), format === 'mail');
}

function mailFraming(head: Uint8Array, paste: Paste | undefined): MakeFraming {
  const cutWidth = cutWidthOfHead(head);
  return (ahead) =>
    new MailFraming(cutWidth, ahead === undefined ? undefined : () => linesOf(ahead(), paste));
}

/** Lines as they were before they were pasted; undefined for what is a mark of those who did. */
function* linesOf(bytes: Uint8Array, paste: Paste | undefined): Generator<string | undefined> {
  for (let start = 0; ; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    if (newline < 0) return;
    let end = newline;
    while (end > start && bytes[end - 1] === CARRIAGE_RETURN) end--;
    const line = decodeBytewise(bytes, start, end);
    const text = paste === undefined ? line : undressed(line, paste, true);
    yield paste !== undefined && markOfPaste(text) !== undefined ? undefined : text;
    start = newline + 1;
  }
}

/** On a console, what has no stamp is told apart by who speaks there. */
function pasteFor(format: LogFormat, paste: Paste): Paste {
  return format === 'serial' ? { ...paste, isStamped: false, isFenced: false } : paste;
}
