import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BootEvent } from '../../src/events/catalog.ts';
import { CarriageOfBoot, type KernelTextFormat } from '../../src/export/carriage.ts';
import { dmesgStreams, ftraceStreams } from '../support/arbitrary-kernel-lines.ts';
import { carriedBy, carriedPayload, printEvents, withoutPlace } from '../support/carried-events.ts';
import { parseText } from '../support/parse-text.ts';

/**
 * The events that have a line of their own. Of whom a line is about, an importer makes up its own mind; all
 * else must come back as it was.
 */
function lines(format: KernelTextFormat, events: readonly BootEvent[]): unknown[] {
  const carriage = new CarriageOfBoot();
  const seqs = new Map<number, number>();
  return events
    .filter((event) => {
      const carried = carriage.next(event);
      return carried?.format === format && carried.as === 'line' && !isHeader(event);
    })
    .map((event, index) => {
      seqs.set(event.seq, index);
      const { kind, t_ns, agent, context } = event;
      const cause = event.cause === null ? null : seqs.get(event.cause);
      return { kind, t_ns, agent, context, payload: carriedPayload(event), cause };
    });
}

function isHeader({ kind }: BootEvent): boolean {
  return kind === 'trace.commented' || kind === 'trace.buffer_counted';
}

describe.each([
  ['dmesg', dmesgStreams],
  ['ftrace', ftraceStreams],
] as const)('%s', (format, streams) => {
  it('brings every line back when what was printed is imported', () => {
    fc.assert(
      fc.property(streams, (events) => {
        expect(carriedBy(format, events)).toHaveLength(events.length);
        const again = parseText(format, printEvents(format, events));
        expect(lines(format, again)).toEqual(lines(format, events));
      }),
      { numRuns: 400 },
    );
  });

  it('prints what was imported from it as the same text again', () => {
    fc.assert(
      fc.property(streams, (events) => {
        const text = printEvents(format, events);
        const imported = parseText(format, text);
        const textAgain = printEvents(format, imported);
        expect(textAgain).toBe(text);
        expect(withoutPlace(carriedBy(format, parseText(format, textAgain)))).toEqual(
          withoutPlace(carriedBy(format, imported)),
        );
      }),
      { numRuns: 200 },
    );
  });
});
