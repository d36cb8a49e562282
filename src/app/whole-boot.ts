import type { BootSource } from '../diff/boot-source.ts';
import { lossEvents } from '../diff/losses.ts';
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

/** The events by which the traces of a boot say that they have lost others. */
export function lossEventsOf({ log }: OpenHistory, { bootId }: BootInfo): ReturnType<typeof lossEvents> {
  return lossEvents({ eventsOfKinds: (kinds) => log.eventsOfKinds(bootId, kinds) });
}
