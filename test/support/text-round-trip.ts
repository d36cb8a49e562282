import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BootEvent } from '../../src/events/catalog.ts';
import { KERNEL_TEXT_FORMATS, type KernelTextFormat } from '../../src/export/carriage.ts';
import { type CarriedEvent, carriedBy, carriedPayload, printEvents } from './carried-events.ts';
import { firstDifference } from './first-difference.ts';
import { importedEvents } from './imported-boot.ts';
import { temporaryFolder } from './temp-folder.ts';
import { untoldSubjects } from './untold-subjects.ts';

/**
 * Prints a boot as the kernel would and imports that, all files together and each alone. Says where what comes back
 * differs from what was carried: an empty list where nothing does.
 */
export function roundTripDifferences(events: readonly BootEvent[]): unknown[] {
  const printed = KERNEL_TEXT_FORMATS.filter((format) => carriedBy(format, events).length > 0);
  const alone = printed.length > 1 ? printed.map((format) => [format]) : [];
  return [printed, ...alone].flatMap((formats) => differences(events, formats));
}

/** What must come back of the events that one file carries, in their order. Times are cut to microseconds. */
function comparable(events: readonly CarriedEvent[], untold: ReadonlySet<number>): unknown[] {
  return events.map(({ event, cause }) => {
    const { kind, agent, context, seq } = event;
    const time = event.t_ns === null ? null : Math.floor(event.t_ns / 1000);
    const subject = untold.has(seq) ? 'not told' : event.subject;
    return { kind, time, agent, subject, context, payload: carriedPayload(event), cause };
  });
}

/**
 * The events that an import made of one of its files, with causes by position. Left out are the header, and the
 * faults of the SMMU: one fault is several lines, or none. What lines mean is told once a report is over that they may
 * be part of, so the lines come first; here each stands with its line again.
 */
function readFrom(source: number, imported: readonly BootEvent[]): CarriedEvent[] {
  const positions = new Map<number, number>();
  return imported
    .filter((event) => event.source === source && !LEFT_OUT.has(event.kind))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || a.seq - b.seq)
    .map((event, index) => {
      positions.set(event.seq, index);
      return { event, cause: event.cause === null ? null : (positions.get(event.cause) ?? null) };
    });
}

const LEFT_OUT: ReadonlySet<string> = new Set(['trace.commented', 'trace.buffer_counted', 'smmu.faulted']);

/** Imports what a boot prints in some formats, as one boot, and says where that is another boot. */
function differences(events: readonly BootEvent[], formats: readonly KernelTextFormat[]): unknown[] {
  const folder = temporaryFolder();
  const files = formats.map((format) => {
    const path = join(folder, `${format}.txt`);
    writeFileSync(path, printEvents(format, events));
    return path;
  });
  const imported = importedEvents(files);
  const isTraceAlone = !formats.includes('dmesg');
  return formats.flatMap((format, index) => {
    const expected = comparable(carriedBy(format, events), untoldSubjects(events, isTraceAlone));
    const found = comparable(readFrom(index + 1, imported), untoldSubjects(imported, isTraceAlone));
    const difference = firstDifference(expected, found);
    return difference === undefined ? [] : [{ files: formats, format, difference }];
  });
}
