import { type Cursor, decodeText } from '../ascii.ts';
import type { BootTracker } from '../boot-tracker.ts';
import type { EventSink } from '../event-sink.ts';
import { IommuEvents } from './iommu-events.ts';
import { ProbeEvents } from './probe-events.ts';
import { ScmEvents } from './scm-events.ts';
import { Smp2pEvents } from './smp2p-events.ts';
import type { TraceContext, TraceEventReader } from './trace-event.ts';

const PROBED = /^\((\w+)\+0x[0-9a-f]+\/0x[0-9a-f]+(?: \[\w+\])?\) ?/;

/** As much of a body as the place of a probe takes. */
const LONGEST_PLACE = 200;

/**
 * Trace events that the kernel prints into its log when it is booted with `tp_printk`: name and body as in a trace, but
 * neither task nor CPU. Source: kernel/trace/trace.c (output_printk).
 */
export class PrintedTraceEvents {
  private readonly byName: ReadonlyMap<string, TraceEventReader>;
  private readonly byFunction: ReadonlyMap<string, TraceEventReader>;

  constructor(sink: EventSink, tracker: BootTracker) {
    this.byName = new Map(
      Object.entries({
        ...new IommuEvents(sink, tracker).readers(),
        ...new ScmEvents(sink, tracker).readers(),
        ...new Smp2pEvents(sink).readers(),
      }),
    );
    this.byFunction = new Map(Object.entries(new ProbeEvents(sink, tracker).readers()));
  }

  knows(name: string): boolean {
    return this.byName.has(name);
  }

  /** Makes an event of the body at the cursor; false, and nothing is made, when `name` is no event that is known. */
  read(name: string, cursor: Cursor, context: TraceContext): boolean {
    const reader = this.byName.get(name);
    if (reader !== undefined) return reader(cursor, context);
    const end = Math.min(cursor.end, cursor.at + LONGEST_PLACE);
    const place = PROBED.exec(decodeText(cursor.bytes, cursor.at, end));
    const probe = place === null ? undefined : this.byFunction.get(place[1] ?? '');
    if (probe === undefined || place === null) return false;
    cursor.at += place[0].length;
    return probe(cursor, context);
  }
}
