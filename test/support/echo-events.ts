import { renderTime } from '../../src/base/time.ts';
import { type BootEvent, renderEvent } from '../../src/events/catalog.ts';

/** Each line of a log, then indented what it means: a line that means nothing, or is part of a report, stands alone. */
export function echoMeanings(log: string, events: readonly BootEvent[]): string {
  const meanings = events.filter(({ kind }) => kind !== 'log.printed');
  return log
    .trimEnd()
    .split('\n')
    .flatMap((line, index) => [
      line,
      ...meanings.filter((event) => event.line === index + 1).map((event) => `    ${describe(event)}`),
    ])
    .join('\n')
    .concat('\n');
}

function describe(event: BootEvent): string {
  const { kind, subject, t_ns } = event;
  return `${renderTime(t_ns)} ${kind} ${subject ?? '-'} ${renderEvent(event)}`;
}
