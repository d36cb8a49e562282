import type { BootEvent } from '../events/catalog.ts';
import { CARRIAGE, CarriageOfBoot, type Carried, type KernelTextFormat } from './carriage.ts';

/** An event as one of the kernel's formats would tell it. */
export interface CarriedPart {
  /** With its own seq; what the format has no place for is null. */
  readonly event: BootEvent;
  readonly format: KernelTextFormat;
  /** Level of the line of the kernel log that tells it; null for what a trace tells, and for lines without one. */
  readonly level: number | null;
}

/** What is left of a boot in some of the kernel's formats: the events that importing its text would bring back. */
export function* carriedPart(
  events: Iterable<BootEvent>,
  formats: ReadonlySet<KernelTextFormat>,
): Generator<CarriedPart> {
  const carriage = new CarriageOfBoot();
  const levels = new Map<number, number | null>();
  for (const event of events) {
    const carried = carriage.next(event);
    if (carried === undefined) continue;
    const { format, as } = carried;
    if (event.kind === 'log.printed') levels.set(event.seq, event.payload.level);
    if (!formats.has(format)) continue;
    const level = format === 'dmesg' ? (levels.get(event.cause ?? event.seq) ?? levelOf(event)) : null;
    yield { event: withoutLost(event, as), format, level };
  }
}

function levelOf(event: BootEvent): number | null {
  return event.kind === 'log.printed' ? event.payload.level : null;
}

/** Of a kind that has a line of its own, what a line of another kind tells has all that was told there. */
function withoutLost(event: BootEvent, as: Carried['as']): BootEvent {
  const { loses = [], line } = CARRIAGE[event.kind];
  const lost = as === 'consequence' && line !== undefined ? [] : loses;
  if (lost.length === 0) return event;
  const payload = { ...event.payload, ...Object.fromEntries(lost.map((field) => [field, null])) };
  // Fields that a format loses may be null in their kind: the catalog's types say so where they are read.
  return { ...event, payload } as BootEvent;
}
