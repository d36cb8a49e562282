import { cutWidthOfHead } from './detect-format.ts';
import type { Framing } from './framing/framed-line.ts';
import { MailFraming } from './framing/mail-framing.ts';
import { type Paste, pasteOf } from './framing/paste.ts';
import { PastedFraming } from './framing/pasted-framing.ts';
import { FORMATS, type LogFormat } from './log-formats.ts';

/** Formats that people paste, and whose lines stand by themselves. */
const PASTED: ReadonlySet<LogFormat> = new Set(['dmesg', 'mail', 'journal', 'serial']);

/** Makes what reads the lines of a log, by its format and what was done to it; undefined for a trace. */
export function framingOfLog(format: LogFormat, head: Uint8Array): (() => Framing) | undefined {
  const framing = format === 'mail' ? mailFraming(head) : FORMATS[format].framing;
  if (framing === undefined) return undefined;
  const paste = PASTED.has(format) ? pasteOf(head) : undefined;
  if (paste === undefined) return framing;
  return () => new PastedFraming(framing(), pasteFor(format, paste), format === 'mail');
}

function mailFraming(head: Uint8Array): () => Framing {
  const cutWidth = cutWidthOfHead(head);
  return () => new MailFraming(cutWidth);
}

/** On a console, what has no stamp is told apart by who speaks there. */
function pasteFor(format: LogFormat, paste: Paste): Paste {
  return format === 'serial' ? { ...paste, isStamped: false, isFenced: false } : paste;
}
