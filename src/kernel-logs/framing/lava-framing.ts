import { decodeText } from '../ascii.ts';
import type { ClockAnchor, FramedLine, Framing } from './framed-line.ts';
import { membersOf } from './json-values.ts';
import { CONSOLE_WRAPPERS } from './line-wrappers.ts';
import { WrappedFraming } from './wrapped-framing.ts';

/** What LAVA's dispatcher writes between the lines of the board. */
const DISPATCHER =
  /^(?:start: \d+(?:\.\d+)* |end: \d+(?:\.\d+)* |lava-dispatcher, |Matched prompt |Received signal: <|Sending |Waiting (?:for|using) |case: |definition: |result: )/;

/** An entry of the log file of a job: YAML, each line of which is an object as JSON writes it. */
const ENTRY = '- {';

/** The log of a LAVA job: the board's console, as text or as entries of YAML. Source: LAVA, lava_dispatcher logging. */
export class LavaFraming implements Framing {
  private readonly console = new WrappedFraming({
    wrappers: CONSOLE_WRAPPERS,
    isConsole: true,
    recorded: DISPATCHER,
  });

  read(
    bytes: Uint8Array,
    start: number,
    end: number,
    line: number,
    visit: (framed: FramedLine) => void,
  ): void {
    const entry = entryOf(bytes, start, end);
    if (entry === undefined) {
      this.console.read(bytes, start, end, line, visit);
      return;
    }
    this.console.read(entry.bytes, 0, entry.bytes.length, line, (framed) => {
      if (!entry.isTarget) framed.voice = 'recorder';
      visit(framed);
    });
  }

  timeOf(bytes: Uint8Array, start: number, end: number): number {
    const entry = entryOf(bytes, start, end);
    return entry === undefined
      ? this.console.timeOf(bytes, start, end)
      : this.console.timeOf(entry.bytes, 0, entry.bytes.length);
  }

  startBoot(): void {
    this.console.startBoot();
  }

  takeAnchor(): ClockAnchor | undefined {
    return this.console.takeAnchor();
  }
}

/** The message of an entry with its date before it, as one would see it on a console; undefined for plain text. */
function entryOf(bytes: Uint8Array, start: number, end: number) {
  if (bytes[start] !== 0x2d || bytes[start + 2] !== 0x7b) return undefined;
  const text = decodeText(bytes, start, end);
  const members = text.startsWith(ENTRY) ? membersOf(text.slice(2)) : undefined;
  const message = members?.['msg'];
  if (members === undefined || typeof message !== 'string') return undefined;
  const date = typeof members['dt'] === 'string' ? `${members['dt']}  ` : '';
  return { bytes: new TextEncoder().encode(date + message), isTarget: members['lvl'] === 'target' };
}
