import { renderKernelSeconds } from '../base/time.ts';
import type { BootEvent } from '../events/catalog.ts';
import { CarriageOfBoot } from './carriage.ts';
import type { SelectedEvent, TextPiece } from './selected-event.ts';

type LogPrinted = BootEvent & { readonly kind: 'log.printed' };

export interface DmesgOptions {
  /** Begin each line with its level, `<6>`, as `dmesg -r` does. */
  readonly withLevel?: boolean | undefined;
  /** At most so many lines of the log. */
  readonly limit?: number | undefined;
}

/**
 * Events as the kernel log. A line is wanted as well when something that follows from it is, before the next
 * line: what a log says of a remote processor is in those events.
 *
 * Lost are times below a microsecond, levels unless asked for, contexts that are no printk caller, and all events
 * that no line stands for.
 */
export function* dmesgText(events: Iterable<SelectedEvent>, options?: DmesgOptions): Generator<string> {
  for (const { text } of dmesgPieces(events, options)) yield text;
}

/** The same, each piece with the event that it shows. */
export function* dmesgPieces(
  events: Iterable<SelectedEvent>,
  { withLevel = false, limit = Number.POSITIVE_INFINITY }: DmesgOptions = {},
): Generator<TextPiece> {
  let left = limit;
  for (const line of logLines(events)) {
    if (left-- <= 0) return;
    yield { shown: line, text: renderLogLine(line, withLevel) };
  }
}

function* logLines(events: Iterable<SelectedEvent>): Generator<LogPrinted> {
  const carriage = new CarriageOfBoot();
  let held: LogPrinted | undefined;
  let isHeldWanted = false;
  for (const { event, isWanted } of events) {
    const carried = carriage.next(event);
    if (carried?.format !== 'dmesg') continue;
    if (event.kind === 'log.printed') {
      if (held !== undefined && isHeldWanted) yield held;
      held = event;
      isHeldWanted = isWanted;
    } else if (event.cause === held?.seq) {
      isHeldWanted ||= isWanted;
    }
  }
  if (held !== undefined && isHeldWanted) yield held;
}

const PRINTK_CALLER = /^[TC]\d+$/;

/** `<6>[    2.850021][   T207] text`. The kernel begins each line of a message of several with all of that. */
function renderLogLine({ payload, t_ns, context }: LogPrinted, withLevel: boolean): string {
  const level = withLevel && payload.level !== null ? `<${payload.level}>` : '';
  const time = t_ns === null || t_ns < 0 ? '' : `[${renderKernelSeconds(t_ns)}]`;
  const caller =
    time !== '' && context !== null && PRINTK_CALLER.test(context) ? `[${context.padStart(6)}]` : '';
  const prefix = `${level}${time}${caller}${time === '' ? '' : ' '}`;
  return payload.text
    .split('\n')
    .map((line) => `${prefix}${line}\n`)
    .join('');
}
