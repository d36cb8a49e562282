import { decodeText } from '../ascii.ts';
import { FramedLine, type Framing } from './framed-line.ts';
import { frameEntry, JOURNAL_FIELDS } from './journal-entry.ts';
import { membersOf } from './json-values.ts';

/** What stands before an entry: a mark of RFC 7464 (json-seq), of an event stream (json-sse), or of an array. */
const BEFORE_ENTRY = new RegExp(`^(?:${String.fromCharCode(0x1e)}|data: |\\[)`);
/** What a log of entries begins with. */
export const JSON_BEGINS = new RegExp(`${BEFORE_ENTRY.source}?\\s*\\{`);
const AFTER_ENTRY = /[\],]+$/;
const ENTRY_BEGINS = /^\s*\{$/;
const ENTRY_ENDS = /^\s*\}$/;
const MESSAGE_MEMBER = /^\s*"MESSAGE" ?: /;
/** The boot is named before the message, by a member of its own and in the cursor. */
const BOOT_MEMBER = /^\s*"(?:_BOOT_ID" ?: "|__CURSOR" ?: ".*;b=)([0-9a-f]{32})/;
/** An entry of more lines is taken for damage. */
const MOST_LINES = 1000;

/** An entry that takes a line for each member, as far as it was read. */
interface OpenEntry {
  readonly members: string[];
  bootId: string | undefined;
  /** The line that the message stands on, and its text. */
  message: { readonly line: number; readonly text: string } | undefined;
}

/**
 * `journalctl -o json`: an object on each line; json-seq and json-sse, which mark each, and json-pretty, where an entry
 * takes several lines and is told when it is complete. Source: systemd src/shared/logs-show.c (output_json).
 */
export class JournalJsonFraming implements Framing {
  private readonly framed = new FramedLine();
  private readonly fields = new Map<string, string>();
  private open: OpenEntry | undefined;

  read(
    bytes: Uint8Array,
    start: number,
    end: number,
    line: number,
    visit: (framed: FramedLine) => void,
  ): void {
    const { framed } = this;
    const text = decodeText(bytes, start, end);
    const bare = entryOf(text);
    const { open } = this;
    if (open !== undefined) {
      open.members.push(bare);
      open.bootId ??= BOOT_MEMBER.exec(text)?.[1];
      const isOver = ENTRY_ENDS.test(bare) || open.members.length > MOST_LINES;
      if (open.message === undefined && MESSAGE_MEMBER.test(text)) open.message = { line, text };
      // The line of a message is told by the message.
      else this.annotate(bytes, start, end, visit);
      if (isOver) this.finish(visit);
      return;
    }
    if (ENTRY_BEGINS.test(bare)) {
      this.open = { members: [bare], bootId: undefined, message: undefined };
      this.annotate(bytes, start, end, visit);
      return;
    }
    const message = this.parse(bare);
    if (message === undefined) framed.reset(bytes, start, end);
    else this.frame(message);
    visit(framed);
  }

  timeOf(bytes: Uint8Array, start: number, end: number): number {
    if (this.parse(entryOf(decodeText(bytes, start, end))) === undefined) return Number.NaN;
    this.framed.reset(bytes, start, end);
    frameEntry(this.framed, this.fields);
    return this.framed.tNs;
  }

  /** Tells the message of the entry that ends here; of one that is damaged, the line that it stands on. */
  finish(visit: (framed: FramedLine) => void): void {
    const { open, framed } = this;
    this.open = undefined;
    if (open?.message === undefined) return;
    const message = this.parse(open.members.join('\n'));
    if (message === undefined) {
      const line = new TextEncoder().encode(open.message.text);
      framed.reset(line, 0, line.length);
    } else this.frame(message);
    framed.line = open.message.line;
    visit(framed);
  }

  private frame(message: Uint8Array): void {
    this.framed.reset(message, 0, message.length);
    frameEntry(this.framed, this.fields);
  }

  private annotate(bytes: Uint8Array, start: number, end: number, visit: (framed: FramedLine) => void): void {
    const { framed } = this;
    framed.reset(bytes, start, end);
    framed.voice = 'recorder';
    framed.bootId = this.open?.bootId;
    visit(framed);
  }

  /** Takes the fields of an entry and returns its message; undefined when the text is no entry. */
  private parse(text: string): Uint8Array | undefined {
    this.fields.clear();
    const members = membersOf(text);
    if (members === undefined) return undefined;
    for (const [name, value] of Object.entries(members)) {
      if (JOURNAL_FIELDS.has(name) && typeof value === 'string') this.fields.set(name, value);
    }
    const message = members['MESSAGE'];
    // Messages that are no UTF-8 are arrays of bytes.
    if (Array.isArray(message)) return Uint8Array.from(message, (byte) => Number(byte));
    return typeof message === 'string' ? new TextEncoder().encode(message) : undefined;
  }
}

/** A line without the marks around an entry; a member in the middle of one keeps what it ends with. */
function entryOf(text: string): string {
  const bare = text.trim().replace(BEFORE_ENTRY, '');
  return bare.startsWith('{') || bare.startsWith('}') ? bare.replace(AFTER_ENTRY, '') : bare;
}
