import { decodeText } from '../ascii.ts';
import { FramedLine, type Framing } from './framed-line.ts';
import { textOfLiteral } from './json-values.ts';

const MEMBER = /"(fac|pri|time|caller|msg)" *: *("(?:[^"\\]|\\.)*"|\[? *[\d.]+)/g;
const CALLER = /^[TC]\d+$/;
const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'];

/**
 * `dmesg --json`: an entry takes several lines, its message is the last. Read member by member, so that a file that is
 * cut off, or has a line broken, gives the entries that are whole. Source: util-linux sys-utils/dmesg.c (print_record).
 */
export class DmesgJsonFraming implements Framing {
  private readonly framed = new FramedLine();
  private level = Number.NaN;
  private tNs = Number.NaN;
  private caller: string | undefined;

  read(
    bytes: Uint8Array,
    start: number,
    end: number,
    _line: number,
    visit: (framed: FramedLine) => void,
  ): void {
    const { framed } = this;
    const text = decodeText(bytes, start, end);
    let messages = 0;
    for (const [, name, value = ''] of text.matchAll(MEMBER)) {
      if (name !== 'msg') {
        this.takeMember(name, value);
        continue;
      }
      const message = new TextEncoder().encode(textOfLiteral(value));
      framed.reset(message, 0, message.length);
      framed.level = this.level;
      framed.tNs = this.tNs;
      framed.context = this.caller;
      this.level = this.tNs = Number.NaN;
      this.caller = undefined;
      messages++;
      visit(framed);
    }
    if (messages > 0) return;
    framed.reset(bytes, start, end);
    framed.voice = 'recorder';
    visit(framed);
  }

  private takeMember(name: string | undefined, value: string): void {
    const text = value.startsWith('"') ? textOfLiteral(value) : value;
    if (name === 'pri') {
      const word = LEVELS.indexOf(text);
      this.level = word >= 0 ? word : Number(text) & 7;
    } else if (name === 'time') {
      const match = /(\d{1,7})\.(\d{6})/.exec(text);
      this.tNs = match === null ? Number.NaN : Number(match[1]) * 1e9 + Number(match[2]) * 1000;
    } else if (name === 'caller') this.caller = CALLER.test(text.trim()) ? text.trim() : undefined;
  }

  timeOf(): number {
    return this.tNs;
  }
}
