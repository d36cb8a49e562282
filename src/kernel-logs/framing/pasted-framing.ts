import { decodeBytewise } from '../ascii.ts';
import { FramedLine, type Framing } from './framed-line.ts';
import { markOfPaste, type Paste, quoteLength, undressed } from './paste.ts';

/** The lines of another framing, as they were before somebody pasted them into a mail, a bug tracker or a chat. */
export class PastedFraming implements Framing {
  private readonly inner: Framing;
  private readonly paste: Paste;
  private readonly keepsQuote: boolean;
  private readonly mark = new FramedLine();
  private isInFence = false;
  /** People speak at the beginning, and where an empty line ended a log. */
  private isInText = true;

  /** `keepsQuote`: the framing itself looks at how deeply a line is quoted. */
  constructor(inner: Framing, paste: Paste, keepsQuote: boolean) {
    this.inner = inner;
    this.paste = paste;
    this.keepsQuote = keepsQuote;
  }

  read(
    source: Uint8Array,
    start: number,
    end: number,
    line: number,
    visit: (framed: FramedLine) => void,
  ): void {
    const text = this.undress(source, start, end);
    const found = markOfPaste(text);
    const bytes = bytesOf(text);
    if (found === undefined) {
      this.inner.read(bytes, 0, bytes.length, line, this.judged(visit));
      return;
    }
    this.inner.finish?.(this.judged(visit));
    if (found === 'fence') this.isInFence = !this.isInFence;
    this.isInText = true;
    this.mark.reset(bytes, 0, bytes.length);
    this.mark.line = line;
    this.mark.voice = 'recorder';
    visit(this.mark);
  }

  timeOf(source: Uint8Array, start: number, end: number): number {
    const bytes = bytesOf(this.undress(source, start, end));
    return this.inner.timeOf(bytes, 0, bytes.length);
  }

  startBoot(): void {
    this.inner.startBoot?.();
  }

  takeAnchor() {
    return this.inner.takeAnchor?.();
  }

  finish(visit: (framed: FramedLine) => void): void {
    this.inner.finish?.(this.judged(visit));
  }

  private undress(source: Uint8Array, start: number, end: number): string {
    return undressed(decodeBytewise(source, start, end), this.paste, this.keepsQuote);
  }

  /** Takes the quotation off what has no stamp behind it, and says what people may have written. */
  private judged(visit: (framed: FramedLine) => void): (framed: FramedLine) => void {
    return (framed) => {
      if (framed.voice === 'linux') this.judge(framed);
      visit(framed);
    };
  }

  private judge(framed: FramedLine): void {
    if (!Number.isNaN(framed.tNs)) {
      this.isInText = false;
      return;
    }
    const { paste } = this;
    const text = decodeBytewise(framed.bytes, framed.textStart, framed.textEnd);
    if (paste.isQuoted) framed.textStart += quoteLength(text);
    const isEmpty = text.slice(quoteLength(text)).trim() === '';
    if (isEmpty) this.isInText = true;
    else if (paste.isFenced) framed.mayBeProse = !this.isInFence;
    else framed.mayBeProse = paste.isStamped && this.isInText;
  }
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
