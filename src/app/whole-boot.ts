import type { BootSource } from '../diff/boot-source.ts';
import type { BootEvent } from '../events/catalog.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import type { OpenHistory } from './open-history.ts';
import { ShownEvents } from './shown-events.ts';

const NOTHING: ReadonlySet<string> = new Set();

/** All of a boot, to be compared; lanes and kinds of events can be left out. */
export function wholeBoot({ log }: OpenHistory, boot: BootInfo, ignored = NOTHING): BootSource {
  const { bootId, eventCount } = boot;
  const events = new ShownEvents(log, bootId);
  return {
    chunks: () => log.lazyChunks(bootId),
    eventsOfKinds: (kinds) => log.eventsOfKinds(bootId, kinds),
    eventAt: (seq) => events.at(seq),
    ignoredSources: new Set(),
    ignored,
    eventCount,
    firstSeq: 1,
    lastSeq: eventCount,
  };
}

const LOSSES: ReadonlySet<string> = new Set(['trace.buffer_counted', 'trace.events_lost']);

/** Events that say that a trace has lost others, so that what it does not tell may have happened. */
export function lossesOf({ log }: OpenHistory, { bootId }: BootInfo): BootEvent[] {
  return [...log.eventsOfKinds(bootId, LOSSES)].filter(
    (event) => event.kind !== 'trace.buffer_counted' || event.payload.kept < event.payload.written,
  );
}
