import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';
import { renderTime } from '../../src/base/time.ts';
import { type BootEvent, renderEvent } from '../../src/events/catalog.ts';
import { expectGolden } from '../support/golden.ts';
import { LOG_FIXTURES } from '../support/log-fixtures.ts';
import { parseText } from '../support/parse-text.ts';

const golden = (name: string) => fileURLToPath(new URL(`expected/readers/${name}`, import.meta.url));

/** Each line of the source, then indented the events that it became. */
function echo(text: string, events: readonly BootEvent[]): string {
  let shown = '';
  let cited = 0;
  const lines = text.split('\n');
  for (const event of events) {
    if (event.line !== null && event.line !== cited) {
      cited = event.line;
      shown += `${visible(lines[cited - 1] ?? '')}\n`;
    }
    const level = event.kind === 'log.printed' ? ` <${event.payload.level ?? '-'}>` : '';
    shown += `    ${renderTime(event.t_ns)} ${event.kind}${level} ${event.agent} ${event.context ?? '-'}: ${renderEvent(event)}\n`;
  }
  return shown;
}

function visible(line: string): string {
  return [...line]
    .map((char) =>
      char < ' ' && char !== '\t' ? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}` : char,
    )
    .join('');
}

describe('the events of each shape of log', () => {
  it.each(LOG_FIXTURES)('$name', ({ name, format, bytes }) => {
    expectGolden(
      golden(name.replace(/log$/, 'events.txt')),
      echo(bytes.toString('utf8'), parseText(format, bytes)),
    );
  });
});
