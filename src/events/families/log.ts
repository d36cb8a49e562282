import { defineEvent } from '../define-event.ts';
import { integer, optional, symbol, text } from '../field.ts';

export const logPrinted = defineEvent({
  kind: 'log.printed',
  doc: 'A line of a log, recognised or not: of the kernel, or, as its agent says, of firmware before it or of userspace beside it. What a recogniser makes of it follows as events that name this one as their cause.',
  fields: {
    level: optional(integer('volatile', 'Log level 0 to 7; null when the log does not tell')),
    text: text(
      'identity',
      'Line without level, time and caller; bytes that are no UTF-8 show as U+FFFD here and stay exact in the source',
    ),
  },
  render: (e) => e.text,
});

export const logAnnotated = defineEvent({
  kind: 'log.annotated',
  doc: 'A line that whoever recorded the log wrote around or between the lines of the machine: a field of an entry, a bracket, a mark of a lab.',
  fields: { text: text('volatile', 'Line') },
  render: (e) => e.text,
});

export const logClockAnchored = defineEvent({
  kind: 'log.clock_anchored',
  doc: 'Lines are dated by another clock than that of the kernel. Their times here are counted from where this reading of it puts the zero of the boot.',
  fields: {
    clock: symbol('volatile', 'Which clock: the wall clock of a source, or that of a source by its name'),
    reading: text('volatile', 'What it said at the time of this event, or what was added to it'),
    evidence: text('volatile', 'How the two are known to belong together'),
  },
  render: (e) => `${e.clock}: ${e.reading} ${e.evidence}`,
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
