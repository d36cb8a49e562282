import { KERNEL_TEXT_FORMATS, type KernelTextFormat } from '../export/carriage.ts';
import { dmesgText } from '../export/dmesg-text.ts';
import { ftraceText } from '../export/ftrace-text.ts';
import type { SelectedEvent } from '../export/selected-event.ts';
import { findRange } from './find-moment.ts';
import { type EventFilter, eventSelector } from './list-events.ts';
import { openHistory } from './open-history.ts';

/** Formats that `--as` takes. */
export const PRINT_FORMATS = KERNEL_TEXT_FORMATS;

export interface KernelTextRequest {
  readonly file: string;
  readonly format: KernelTextFormat;
  readonly filter: EventFilter;
  /** At most so many lines, headers not counted. */
  readonly limit?: number | undefined;
  /** Levels before the lines of the kernel log. */
  readonly withLevel?: boolean | undefined;
}

/**
 * Prints a boot in a format of the kernel's own, piece by piece: the lines that show the events which a filter
 * lets through, or show what these follow from. `write` returns false to stop. Says whether there was any line.
 */
export function printAsKernelText(request: KernelTextRequest, write: (text: string) => boolean): boolean {
  const { file, format, filter, limit, withLevel } = request;
  const history = openHistory(file);
  try {
    const boot = history.chooseBoot(filter.boot);
    const range = findRange(history, boot, filter);
    const isWanted = eventSelector(filter, range);
    // From the first event on, whatever is wanted: earlier ones say what later ones follow from.
    function* select(): Generator<SelectedEvent> {
      for (const event of history.log.events(boot.bootId)) {
        if (event.seq > range.toSeq) return;
        yield { event, isWanted: isWanted(event) };
      }
    }
    const text = format === 'dmesg' ? dmesgText(select(), { withLevel, limit }) : ftraceText(select, limit);
    let isAnyShown = false;
    for (const piece of text) {
      isAnyShown = true;
      if (!write(piece)) break;
    }
    return isAnyShown;
  } finally {
    history.close();
  }
}
