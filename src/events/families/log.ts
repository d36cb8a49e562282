import { defineEvent } from '../define-event.ts';
import { integer, optional, symbol, text } from '../field.ts';

export const logPrinted = defineEvent({
  kind: 'log.printed',
  doc: 'A line of the kernel log, recognised or not. What a recogniser makes of it follows as events that name this one as their cause.',
  fields: {
    level: optional(integer('volatile', 'Log level 0 to 7; null when the log does not tell')),
    text: text(
      'identity',
      'Line without level, time and caller; bytes that are no UTF-8 show as U+FFFD here and stay exact in the source',
    ),
  },
  render: (e) => e.text,
});

export const logSuppressed = defineEvent({
  kind: 'log.suppressed',
  doc: 'Lines were left out, because there were too many: whatever is counted of what that function prints is a lower bound.',
  fields: {
    printer: symbol('identity', 'Function or device whose lines are limited'),
    count: optional(integer('volatile', 'How many messages were left out, when the line tells')),
  },
  render: (e) => `${e.printer}: ${e.count ?? 'some'} messages left out`,
});
