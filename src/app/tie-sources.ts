import { CARRIAGE_RETURN, NEWLINE } from '../kernel-logs/ascii.ts';
import { BootsOfLog, stampedMessage } from '../kernel-logs/boots-of-log.ts';
import { framingOfLog } from '../kernel-logs/framing-of-log.ts';
import { FORMATS, type LogFormat } from '../kernel-logs/log-formats.ts';
import type { LogInput } from './inputs/log-input.ts';
import { LineFeed } from './line-feed.ts';

interface FormattedInput {
  readonly input: LogInput;
  readonly format: LogFormat;
}

/** Which boots of the one input that holds several the others are from, all counted from 1. */
export interface Ties {
  /** Index of the input that holds several. */
  readonly main: number;
  /** Boot of each input; that of the main input is its first. */
  readonly boots: readonly number[];
}

/** What a kernel says first, one of which each boot in a file has. */
const BEGINNINGS = ['Booting Linux on physical CPU', 'Linux version '].map((text) => Buffer.from(text));
const READ_BYTES = 1 << 18;

/** As many records have to be the same in an input and a boot, and none but half as many in any other boot. */
const FEWEST_RECORDS = 3;

/**
 * Finds out which boot each input is from, where one of several inputs holds more than one boot. A record has a stamp of
 * its own, so that a few which two logs share are proof. Undefined where nothing is to be parted, or where it is not evident
 * of each input where it belongs: a trace shares no record with a log.
 */
export function tieSources(inputs: readonly FormattedInput[]): Ties | undefined {
  if (inputs.length < 2 || inputs.some(({ format }) => FORMATS[format].framing === undefined))
    return undefined;
  const several = inputs
    .map((input, index) => ({ index, boots: bootsOf(input) }))
    .filter(({ boots }) => boots.length > 1);
  const [main, other] = several;
  if (main === undefined || other !== undefined) return undefined;
  const ties = inputs.map((input, index) => (index === main.index ? 1 : bootOf(input, main.boots)));
  const boots = ties.flatMap((boot) => boot ?? []);
  return boots.length === inputs.length ? { main: main.index, boots } : undefined;
}

/** The boots in an input, where a look at its bytes says that there may be several. */
function bootsOf({ input, format }: FormattedInput): readonly ReadonlySet<string>[] {
  if (!FORMATS[format].holdsBoots || !mayHoldSeveral(input)) return [];
  const feed = new LineFeed(
    input.open(() => {}),
    () => {},
  );
  const { parser, boots } = new BootsOfLog(format, input.head, () => feed.ahead());
  while (feed.advance()) parser.parse(feed.bytes, feed.start, feed.end, feed.line);
  parser.finish();
  return boots;
}

function mayHoldSeveral(input: LogInput): boolean {
  // What comes through a pipe can be read once.
  if (input.compression === null && input.file.size === undefined) return false;
  const read = input.open(() => {});
  const buffer = Buffer.alloc(READ_BYTES);
  const counts = BEGINNINGS.map(() => 0);
  const overlap = Math.max(...BEGINNINGS.map(({ length }) => length)) - 1;
  let kept = 0;
  for (let count = read(buffer, 0); count > 0; count = read(buffer, kept)) {
    const bytes = buffer.subarray(0, kept + count);
    for (const [index, beginning] of BEGINNINGS.entries()) {
      for (let at = bytes.indexOf(beginning); at >= 0; at = bytes.indexOf(beginning, at + 1)) {
        // One that lies in what was kept has been counted.
        if (at + beginning.length > kept) counts[index] = (counts[index] ?? 0) + 1;
      }
    }
    if (counts.some((found) => found > 1)) return true;
    const next = Math.min(overlap, bytes.length);
    bytes.copy(buffer, 0, bytes.length - next);
    kept = next;
  }
  return false;
}

/** The boot that has the records which an input begins with; undefined where that is not evident. */
function bootOf(
  { input, format }: FormattedInput,
  boots: readonly ReadonlySet<string>[],
): number | undefined {
  const { head } = input;
  const framing = framingOfLog(format, head)?.();
  if (framing === undefined) return undefined;
  const counts = boots.map(() => 0);
  let line = 0;
  for (let start = 0; start < head.length; ) {
    const newline = head.indexOf(NEWLINE, start);
    if (newline < 0) break;
    const end = newline > start && head[newline - 1] === CARRIAGE_RETURN ? newline - 1 : newline;
    framing.read(head, start, end, ++line, (framed) => {
      const message = stampedMessage(framed);
      if (message === undefined) return;
      for (const [index, boot] of boots.entries())
        if (boot.has(message)) counts[index] = (counts[index] ?? 0) + 1;
    });
    start = newline + 1;
  }
  const [best = 0, second = 0] = [...counts].sort((a, b) => b - a);
  return best >= FEWEST_RECORDS && best >= 2 * second ? counts.indexOf(best) + 1 : undefined;
}
