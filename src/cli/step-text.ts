import type { ListedEvent } from '../app/list-events.ts';
import type { Stop } from '../app/step-boot.ts';
import { STEP_COMMANDS, STEP_SHORTCUTS } from '../app/step-commands.ts';
import { renderTime } from '../base/time.ts';
import { renderCitedLine, wrap } from './cited-line.ts';
import { cutText } from './fit-screen.ts';
import { renderSection, renderSectionDiff } from './state-text.ts';
import type { Style } from './style.ts';
import { displayWidth, printable } from './table.ts';

/** A column of names is never wider than this, so that a text has room at 80 columns. */
const WIDEST_NAME = 12;

const FAILURE = 'failure';

const plain = (text: string) => text;

/** A stop in blocks of lines: what is there, and then each section that changed or is watched. */
export function stopBlocks(stop: Stop, style: Style, columns: number): string[][] {
  const lines = [heading(stop, style, columns), ...eventLines(stop, style, columns)];
  lines.push(causeLine(stop, style, columns));
  const own = lines.flatMap(linesOf);
  if (stop.changes.length === 0) own.push(style.dim('changes nothing in the state'));
  const titled = (title: string, [first = '', ...others]: readonly string[]) => [
    `${style.dim(title)} ${first}`,
    ...others,
  ];
  return [
    own,
    ...stop.changes.map((change) =>
      titled('changes', linesOf(renderSectionDiff(change, style, columns)).slice(1)),
    ),
    ...stop.watched.map((section) => titled('watched', linesOf(renderSection(section, style, columns)))),
  ];
}

/** What can be done, from the table of commands; `hasKeys` also what only keys do. */
export function renderStepHelp(columns: number, hasKeys: boolean): string {
  const rows = STEP_COMMANDS.map(({ name, key, argument, help }): readonly [string, string] => {
    const left =
      argument === null ? '' : argument.leftOut === 'wrong' ? ` ${argument.name}` : ` [${argument.name}]`;
    return [`${key}  ${name}${left}`, help];
  });
  for (const { key, line, help } of STEP_SHORTCUTS) rows.push([`${key}  ${line}`, help]);
  if (hasKeys) {
    rows.push([':', 'a command by its name, such as :goto end']);
    rows.push(['Enter', 'next; also down and right. Up and left: back']);
    rows.push(['Tab, Esc', 'complete a name; leave a question']);
    rows.push(['Home, End', 'first and last event; PgDn and PgUp: 10 on and back']);
  }
  const width = rows.reduce((widest, [left]) => Math.max(widest, left.length), 0);
  const margin = ' '.repeat(width + 4);
  return rows
    .map(([left, help]) =>
      wrap(help, columns - margin.length)
        .map((line, index) => `${index === 0 ? `  ${left.padEnd(width)}  ` : margin}${line}\n`)
        .join(''),
    )
    .join('');
}

/** Lines without their ends. */
export function linesOf(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}

function heading({ seq, total, listed, moments, isFailure }: Stop, style: Style, columns: number): string {
  const place = `#${seq} of ${total} ${renderTime(listed.event.t_ns)}`;
  const room = Math.max(10, columns - place.length - (isFailure ? 2 + FAILURE.length : 0) - 2);
  const parts = [style.bold(place)];
  if (isFailure) parts.push(style.red(FAILURE));
  if (moments.length > 0) parts.push(style.yellow(cutText(printable(moments.join(' ')), room)));
  return parts.join('  ');
}

/** The event with its whole text, between its neighbours of one line each. */
function eventLines({ before, listed, after }: Stop, style: Style, columns: number): string[] {
  const all = [...before, listed, ...after];
  const width = (nameOf: (listed: ListedEvent) => string) =>
    Math.min(
      WIDEST_NAME,
      all.reduce((widest, event) => Math.max(widest, displayWidth(nameOf(event))), 0),
    );
  const widths = { seq: width(seqOf), agent: width(agentOf), subject: width(subjectOf) };
  return all.map((event) => {
    const names = `${padded(agentOf(event), widths.agent)} ${padded(subjectOf(event), widths.subject)}`;
    const head = `${event === listed ? '>' : ' '} ${seqOf(event).padStart(widths.seq)} ${renderTime(event.event.t_ns)} ${names} `;
    const text = printable(event.text);
    if (event !== listed) return style.dim(cutText(head + text, columns));
    const cite = printable(event.place ?? '');
    return renderCitedLine({ head, text, cite }, columns, { text: style.bold, cite: style.dim });
  });
}

function causeLine({ cause, listed }: Stop, style: Style, columns: number): string {
  if (listed.event.cause === null) return style.dim('nobody tells what caused it');
  if (cause === null) return style.dim(`caused by #${listed.event.cause}, which is not there`);
  const text = printable(`#${cause.event.seq} ${cause.event.agent}: ${cause.text}`);
  const cite = printable(cause.place ?? '');
  return renderCitedLine({ head: 'caused by ', text, cite }, columns, { text: plain, cite: style.dim });
}

function seqOf({ event }: ListedEvent): string {
  return String(event.seq);
}

function agentOf({ event }: ListedEvent): string {
  return printable(event.agent);
}

function subjectOf({ event }: ListedEvent): string {
  return printable(event.subject ?? '-');
}

function padded(name: string, width: number): string {
  const short = cutText(name, width);
  return short + ' '.repeat(Math.max(0, width - displayWidth(short)));
}
