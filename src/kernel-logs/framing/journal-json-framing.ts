import { decodeText } from '../ascii.ts';
import { FramedLine, type Framing } from './framed-line.ts';
import { frameEntry, JOURNAL_FIELDS } from './journal-entry.ts';
import { membersOf } from './json-values.ts';

/** `journalctl -o json`: an object on each line. Source: systemd src/shared/logs-show.c (output_json). */
export class JournalJsonFraming implements Framing {
  private readonly framed = new FramedLine();
  private readonly fields = new Map<string, string>();

  read(
    bytes: Uint8Array,
    start: number,
    end: number,
    _line: number,
    visit: (framed: FramedLine) => void,
  ): void {
    const { framed, fields } = this;
    const message = this.parse(decodeText(bytes, start, end));
    if (message === undefined) framed.reset(bytes, start, end);
    else {
      framed.reset(message, 0, message.length);
      frameEntry(framed, fields);
    }
    visit(framed);
  }

  timeOf(bytes: Uint8Array, start: number, end: number): number {
    if (this.parse(decodeText(bytes, start, end)) === undefined) return Number.NaN;
    this.framed.reset(bytes, start, end);
    frameEntry(this.framed, this.fields);
    return this.framed.tNs;
  }

  /** Takes the fields of an entry and returns its message; undefined when the line is no entry. */
  private parse(text: string): Uint8Array | undefined {
    this.fields.clear();
    const members = membersOf(text.trim().replace(/,$/, ''));
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
