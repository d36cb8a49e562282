import type {
  DescribedBoot,
  Moment,
  SectionDiff,
  StateChange,
  StateDescription,
  StateDiffDescription,
  StateLine,
  StateSection,
} from '../app/describe-state.ts';
import type { StateMoment } from '../app/state-moment.ts';
import { renderTime } from '../base/time.ts';
import { renderCitedLine, wrap } from './cited-line.ts';
import type { Style } from './style.ts';
import { displayWidth, printable } from './table.ts';

/** A label is never padded to more than this; a longer one pushes its text to the right. */
const WIDEST_LABEL = 32;

const plain = (text: string) => text;

/** The state of a SoC as a report for people. */
export function renderState(state: StateDescription, style: Style, columns: number): string {
  return [...stateInPieces(state, style, columns)].join('');
}

/** The same in pieces, of which a long boot has hundreds of thousands. */
export function* stateInPieces(state: StateDescription, style: Style, columns: number): Generator<string> {
  yield heading(state, [['right after', state.at]], style, columns);
  let isShort = false;
  for (const section of state.sections) {
    // Sections of one line stand together.
    const { lines } = section;
    const wasShort = isShort;
    isShort = lines === null || lines.length === 0;
    if (!wasShort || !isShort) yield '\n';
    yield* sectionInPieces(section, style, columns);
  }
}

/** What changed between two moments, as a report for people. */
export function renderStateDiff(diff: StateDiffDescription, style: Style, columns: number): string {
  const moments = [
    ['from right after', diff.from],
    ['to right after', diff.to],
  ] as const;
  const body = diff.sections.map((section) => renderSectionDiff(section, style, columns)).join('');
  return `${heading(diff, moments, style, columns)}${body === '' ? '\nno change\n' : body}`;
}

/** The named moments of a boot, one a line. */
export function* momentsInPieces({ moments }: { readonly moments: readonly Moment[] }): Generator<string> {
  const width = moments.reduce((widest, { seq }) => Math.max(widest, String(seq).length), 0);
  for (const { name, seq, t_ns, start } of moments) {
    // A number counts how often it came to that, which need not be in as many starts.
    const inStart = start > 1 || name.includes('#') ? ` (start ${start})` : '';
    const which = start === 0 ? '' : inStart;
    yield `${`#${seq}`.padStart(width + 1)} ${renderTime(t_ns)} ${printable(name)}${which}\n`;
  }
}

function heading(
  { bootId, bootName }: DescribedBoot,
  moments: readonly (readonly [string, StateMoment])[],
  style: Style,
  columns: number,
): string {
  const lines = moments.map(([what, { seq, t_ns, agent, text, place, lost }]) => {
    const event = wrap(printable(`${agent}: ${text}`), columns - 4).map((part) => `    ${part}\n`);
    const source = place === null ? '' : ` ${printable(place)}`;
    const warning = lost === null ? '' : `${lost}: what they changed is not in this state`;
    const missing = wrap(printable(warning), columns - 2).map((part) => `  ${style.yellow(part)}\n`);
    return `  ${what} #${seq} ${renderTime(t_ns)}${style.dim(source)}\n${event.join('')}${lost === null ? '' : missing.join('')}`;
  });
  return `${style.bold(`boot ${bootId} ${printable(bootName)}`)}\n${lines.join('')}`;
}

/** A section, with its name above. */
export function renderSection(section: StateSection, style: Style, columns: number): string {
  return [...sectionInPieces(section, style, columns)].join('');
}

function* sectionInPieces({ name, lines }: StateSection, style: Style, columns: number): Generator<string> {
  if (lines === null) yield `${style.bold(name)}: ${style.yellow('unknown')}\n`;
  else if (lines.length === 0) yield `${style.bold(name)}: none\n`;
  else {
    yield `${style.bold(name)}\n`;
    yield* linesInPieces(lines, 1, style, columns);
  }
}

function* linesInPieces(
  lines: readonly StateLine[],
  depth: number,
  style: Style,
  columns: number,
): Generator<string> {
  const width = labelWidth(lines);
  for (const line of lines) {
    yield renderLine(' '.repeat(2 * depth), line, width, style, columns, plain);
    if (line.below.length > 0) yield* linesInPieces(line.below, depth + 1, style, columns);
  }
}

/** What changed in a section, below an empty line and its name. */
export function renderSectionDiff(
  { name, isKnown, changes }: SectionDiff,
  style: Style,
  columns: number,
): string {
  const unknown = isKnown.before ? (isKnown.after ? '' : ' (unknown after)') : ' (unknown before)';
  const head = `\n${style.bold(name)}${style.yellow(unknown)}`;
  return changes.length === 0 ? `${head}: none\n` : `${head}\n${renderChanges(changes, 0, style, columns)}`;
}

function renderChanges(
  changes: readonly StateChange[],
  depth: number,
  style: Style,
  columns: number,
): string {
  const width = labelWidth(changes.flatMap(({ before, after }) => [before, after].filter(isLine)));
  const lineOf = (mark: string, line: StateLine, markUp: (text: string) => string) =>
    renderLine(`${mark} ${' '.repeat(2 * depth)}`, line, width, style, columns, markUp);
  return changes
    .map(({ kind, before, after, below }) => {
      const own =
        kind === 'same'
          ? [after === null ? '' : lineOf(' ', after, plain)]
          : [
              before === null ? '' : lineOf('-', before, style.red),
              after === null ? '' : lineOf('+', after, style.green),
            ];
      return own.join('') + renderChanges(below, depth + 1, style, columns);
    })
    .join('');
}

function isLine(line: StateLine | null): line is StateLine {
  return line !== null;
}

function renderLine(
  indent: string,
  { label, text, since }: StateLine,
  width: number,
  style: Style,
  columns: number,
  markUp: (text: string) => string,
): string {
  const name = printable(label);
  const head = `${indent}${name}${' '.repeat(Math.max(0, width - displayWidth(name)))}  `;
  const cite = since === null ? '' : `#${since}`;
  return renderCitedLine({ head, text: printable(text), cite }, columns, { text: markUp, cite: style.dim });
}

function labelWidth(lines: readonly StateLine[]): number {
  const widest = lines.reduce((width, { label }) => Math.max(width, displayWidth(printable(label))), 0);
  return Math.min(widest, WIDEST_LABEL);
}
