import type { BootEvent } from '../../src/events/catalog.ts';
import { CARRIAGE, CarriageOfBoot, type KernelTextFormat } from '../../src/export/carriage.ts';
import { dmesgText } from '../../src/export/dmesg-text.ts';
import { ftraceText } from '../../src/export/ftrace-text.ts';
import type { SelectedEvent } from '../../src/export/selected-event.ts';

export function select(
  events: readonly BootEvent[],
  isWanted: (event: BootEvent) => boolean = () => true,
): SelectedEvent[] {
  return events.map((event) => ({ event, isWanted: isWanted(event) }));
}

/** All of a boot in a format of the kernel's, with all that the format can say. */
export function printEvents(format: KernelTextFormat, events: readonly BootEvent[]): string {
  const selected = select(events);
  const text = format === 'dmesg' ? dmesgText(selected, { withLevel: true }) : ftraceText(() => selected);
  return [...text].join('');
}

/** What importing a printed boot must bring back of it. */
export interface CarriedEvent {
  readonly event: BootEvent;
  /** Position of the cause among the carried events; null when it has none there. */
  readonly cause: number | null;
}

/**
 * The events of a boot that a format carries, with causes by position: seqs move where others are left out.
 * The header of a trace is not among them, because it is written anew.
 */
export function carriedBy(format: KernelTextFormat, events: readonly BootEvent[]): CarriedEvent[] {
  const carriage = new CarriageOfBoot();
  const positions = new Map<number, number>();
  const carried: CarriedEvent[] = [];
  for (const event of events) {
    if (carriage.next(event)?.format !== format) continue;
    if (event.kind === 'trace.buffer_counted' || event.kind === 'trace.commented') continue;
    positions.set(event.seq, positions.size);
    carried.push({ event, cause: event.cause === null ? null : (positions.get(event.cause) ?? null) });
  }
  return carried;
}

/** The payload that comes back: what the line has no place for is unknown. */
export function carriedPayload(event: BootEvent): Readonly<Record<string, unknown>> {
  const lost = CARRIAGE[event.kind].loses ?? [];
  return { ...event.payload, ...Object.fromEntries(lost.map((field) => [field, null])) };
}

/** What counts of carried events: all but seq and place. */
export function withoutPlace(carried: readonly CarriedEvent[]): unknown[] {
  return carried.map(({ event, cause }) => {
    const { kind, t_ns, agent, subject, context } = event;
    return { kind, t_ns, agent, subject, context, payload: carriedPayload(event), cause };
  });
}
