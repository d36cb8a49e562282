import { counted } from '../../base/count.ts';
import { defineEvent } from '../define-event.ts';
import { integer, optional, symbol, text } from '../field.ts';

export const traceHit = defineEvent({
  kind: 'trace.hit',
  doc: 'A tracepoint or probe fired for which no recogniser has a kind of its own.',
  fields: {
    event: symbol('identity', 'Event name'),
    function: optional(symbol('identity', 'Probed function, of a kprobe or kretprobe')),
    fields: text('value', 'Text after the event name, without the probed place'),
  },
  render: (e) =>
    `${e.event}${e.function === null ? '' : ` (${e.function})`}${e.fields === '' ? '' : ` ${e.fields}`}`,
});

export const traceCommented = defineEvent({
  kind: 'trace.commented',
  doc: 'A line of a trace file that is no trace event: header, blank, or not understood.',
  fields: { text: text('volatile', 'Line') },
  render: (e) => e.text,
});

export const traceBufferCounted = defineEvent({
  kind: 'trace.buffer_counted',
  doc: 'The header of a trace says how many entries it holds, and how many were written: the difference was lost.',
  fields: {
    kept: integer('volatile', 'Entries in the buffer'),
    written: integer('volatile', 'Entries written'),
  },
  render: (e) =>
    `trace buffer holds ${e.kept} of ${e.written} entries${e.kept < e.written ? `: ${e.written - e.kept} LOST` : ''}`,
});

export const traceEventsLost = defineEvent({
  kind: 'trace.events_lost',
  doc: 'The ring buffer overran ("CPU:n [LOST n EVENTS]"): what happened here is unknown.',
  fields: {
    cpu: integer('volatile', 'CPU'),
    count: optional(integer('volatile', 'Number of events lost, when the kernel knows')),
  },
  render: (e) =>
    `CPU ${e.cpu} lost ${e.count === null ? 'an unknown number of events' : counted(e.count, 'event')}`,
});
