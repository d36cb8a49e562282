import { decodeText } from '../ascii.ts';
import { FramedLine, type Framing } from './framed-line.ts';
import { frameEntry, JOURNAL_FIELDS } from './journal-entry.ts';

const FIELD = /^([A-Z_][A-Z0-9_]{0,63})=/;
/** What `-o verbose` puts before a field, and what it begins an entry with. */
const INDENT = /^ {4}(?=[A-Z_])/;
export const VERBOSE_ENTRY =
  /^\S{2,12} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S* \S+ \[(s=[0-9a-f]+;i=[0-9a-f]+;b=[0-9a-f]{32};.*)\]$/;
const LONGEST_HEAD = 65;
const BARE_NAME = /^[A-Z_][A-Z0-9_]{0,63}$/;

/** A binary value longer than this is taken for damage. */
const LONGEST_VALUE = 1 << 20;

/** A field whose value may hold anything: its length comes first, in eight bytes, and then as many bytes. */
class BinaryValue {
  readonly name: string;
  readonly line: number;
  private readonly bytes: number[] = [];
  private readonly lengthBytes: number[] = [];
  private length = Number.NaN;

  constructor(name: string, line: number) {
    this.name = name;
    this.line = line;
  }

  /** Takes the bytes of a line and the newline after it; true when the value is complete, or cannot be. */
  take(bytes: Uint8Array, start: number, end: number): boolean {
    for (let at = start; at <= end; at++) {
      const byte = at < end ? (bytes[at] as number) : 0x0a;
      if (this.lengthBytes.length < 8) {
        this.lengthBytes.push(byte);
        if (this.lengthBytes.length === 8) {
          this.length = this.lengthBytes.reduceRight((sum, next) => sum * 256 + next, 0);
        }
        if (!(this.length > LONGEST_VALUE)) continue;
        return true;
      }
      if (this.bytes.length >= this.length) return true;
      this.bytes.push(byte);
    }
    return this.lengthBytes.length === 8 && this.bytes.length > this.length;
  }

  get value(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }
}

/**
 * `journalctl -o export`: a field on each line, an empty line after each entry; and `-o verbose`, which indents the fields
 * and begins an entry with its time. The message is told when the entry is
 * complete, because its level may stand behind it.
 * Source: systemd, docs/JOURNAL_EXPORT_FORMATS.md.
 */
export class JournalExportFraming implements Framing {
  private readonly framed = new FramedLine();
  private readonly fields = new Map<string, string>();
  private message: Uint8Array | undefined;
  private messageLine = 0;
  private binary: BinaryValue | undefined;

  read(
    bytes: Uint8Array,
    start: number,
    end: number,
    line: number,
    visit: (framed: FramedLine) => void,
  ): void {
    if (this.binary !== undefined) {
      if (this.binary.take(bytes, start, end)) this.endBinary(this.binary, visit);
      this.annotate(bytes, start, end, visit);
      return;
    }
    if (end === start) {
      this.annotate(bytes, start, end, visit);
      this.finish(visit);
      return;
    }
    const head = decodeText(bytes, start, Math.min(end, start + LONGEST_HEAD));
    const indent = INDENT.exec(head)?.[0].length ?? 0;
    const text = head.slice(indent);
    const name = FIELD.exec(text)?.[1];
    const entry = name === undefined && VERBOSE_ENTRY.exec(decodeText(bytes, start, end));
    if (entry) {
      this.finish(visit);
      this.takeCursor(entry[1] ?? '');
    }
    // Where the empty line between two entries is lost, the second one begins here.
    if (this.message !== undefined && (name === 'MESSAGE' || name === '__CURSOR')) this.finish(visit);
    if (name !== undefined) this.takeField(name, bytes, start + indent + name.length + 1, end, line);
    else if (end - start < LONGEST_HEAD && BARE_NAME.test(text)) this.binary = new BinaryValue(text, line);
    // The line of a message is told by the message.
    if (name === 'MESSAGE' || this.binary?.name === 'MESSAGE') return;
    this.annotate(bytes, start, end, visit);
  }

  timeOf(): number {
    return Number.NaN;
  }

  /** Tells the message of the entry that ends here. */
  finish(visit: (framed: FramedLine) => void): void {
    // At the very end a value may not be complete.
    if (this.binary !== undefined) this.endBinary(this.binary, visit);
    const { framed, message } = this;
    if (message !== undefined) {
      framed.reset(message, 0, message.length);
      frameEntry(framed, this.fields);
      framed.line = this.messageLine;
      visit(framed);
    }
    this.message = undefined;
    this.fields.clear();
  }

  private takeField(name: string, bytes: Uint8Array, start: number, end: number, line: number): void {
    if (name === 'MESSAGE') this.takeMessage(bytes.slice(start, end), line);
    else if (JOURNAL_FIELDS.has(name)) this.fields.set(name, decodeText(bytes, start, end));
    else if (name === '__CURSOR') this.takeCursor(decodeText(bytes, start, end));
  }

  /** The first field of an entry, which names the boot. */
  private takeCursor(cursor: string): void {
    const boot = /(?:^|;)b=([0-9a-f]{32})/.exec(cursor)?.[1];
    if (boot !== undefined) this.fields.set('_BOOT_ID', boot);
  }

  private takeMessage(message: Uint8Array, line: number): void {
    this.message = message;
    this.messageLine = line;
  }

  private endBinary(binary: BinaryValue, visit: (framed: FramedLine) => void): void {
    this.binary = undefined;
    if (binary.name !== 'MESSAGE') return;
    if (this.message !== undefined) this.finish(visit);
    this.takeMessage(binary.value, binary.line);
  }

  private annotate(bytes: Uint8Array, start: number, end: number, visit: (framed: FramedLine) => void): void {
    const { framed } = this;
    framed.reset(bytes, start, end);
    framed.voice = 'recorder';
    framed.bootId = this.fields.get('_BOOT_ID');
    visit(framed);
  }
}
