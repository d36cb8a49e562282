import type { DiffReport, Latency, StateComparison, StateDifference } from '../app/diff-boots.ts';
import { counted } from '../base/count.ts';
import { wrap } from './cited-line.ts';
import { citeItem } from './diff-data.ts';
import type { Style } from './style.ts';
import { displayWidth, printable } from './table.ts';

interface SectionTextOptions {
  readonly columns: number;
  readonly style: Style;
  readonly all: boolean;
}

/** Of what is alike (ranges that are mapped for one processor), so many are shown. */
const ALIKE_SHOWN = 3;

/** What is otherwise at the same moments of both boots; empty where nothing is. */
export function renderStateDifferences(states: StateComparison, options: SectionTextOptions): string {
  const { moments, momentCount, explainedCount } = states;
  const { style, columns } = options;
  const text = (words: string) => `${wrap(printable(words), columns).join('\n')}\n`;
  const unknown = renderUnknown(states);
  const folded = explainedCount === 0 || options.all ? '' : ` (${explainedCount} more explained by the mode)`;
  if (moments.length === 0) {
    if (explainedCount === 0 && unknown.length === 0) return '';
    const same = `The same state at ${counted(momentCount, 'moment')} of both${folded}.`;
    return [same, ...unknown].map(text).join('');
  }
  const lines = [`${style.bold('State at the same moments')}${folded}\n`];
  for (const { moment, seqs, differences } of moments) {
    lines.push(`${printable(moment)}: ${style.dim(`A#${seqs.a} B#${seqs.b}`)}\n`);
    for (const group of groupAlike(differences)) {
      const shown = options.all || group.length <= ALIKE_SHOWN + 1 ? group : group.slice(0, ALIKE_SHOWN);
      lines.push(...shown.map((difference) => renderDifference(difference, options)));
      if (shown.length < group.length)
        lines.push(style.dim(`    ... ${group.length - shown.length} more like these\n`));
    }
  }
  return [...lines, ...unknown.map((line) => style.dim(text(line)))].join('');
}

/** Neighbours of which one side has all and the other none. */
function groupAlike(differences: readonly StateDifference[]): StateDifference[][] {
  const groups: StateDifference[][] = [];
  for (const difference of differences) {
    const last = groups.at(-1)?.[0];
    const isAlike =
      last?.what === difference.what &&
      (last.a === null) === (difference.a === null) &&
      (last.b === null) === (difference.b === null);
    if (isAlike) groups.at(-1)?.push(difference);
    else groups.push([difference]);
  }
  return groups;
}

function renderDifference({ what, a, b }: StateDifference, { columns, style }: SectionTextOptions): string {
  const line = (marker: string, text: string, color: (words: string) => string) => {
    const [first = '', ...rest] = wrap(printable(text), columns - 4);
    return [`${marker} ${first}`, ...rest.map((more) => `    ${more}`)]
      .map((one) => `${color(one)}\n`)
      .join('');
  };
  if (b === null) return line('-', `${what}: ${a}`, style.red);
  if (a === null) return line('+', `${what}: ${b}`, style.green);
  return line('!', `${what}: ${a} in A, ${b} in B`, style.yellow);
}

/** Sections that one side does not know, said once. */
function renderUnknown({ unknown, reasons }: StateComparison): string[] {
  return (['a', 'b'] as const).flatMap((side) => {
    if (unknown[side].length === 0) return [];
    const why = reasons[side].map((reason) => `; ${reason}`).join('');
    return [`Unknown in ${side.toUpperCase()}, so not compared: ${unknown[side].join(', ')}${why}.`];
  });
}

const LATENCIES_SHOWN = 10;

/** Steps in common that took one boot much longer; empty where none did. */
export function renderLatencies(
  latencies: readonly Latency[],
  report: DiffReport,
  options: SectionTextOptions,
): string {
  if (latencies.length === 0) return '';
  const { style, columns } = options;
  const shown = options.all ? latencies : latencies.slice(0, LATENCIES_SHOWN);
  const lines = [`${style.bold('Took one of them much longer')} (no difference by itself)\n`];
  for (const { lane, a, b, a_ns, b_ns, measured, ratio } of shown) {
    const what = `${lane}: ${measured === 'call' ? '' : 'until '}${b.text.replace(/\(.*$/, '')}`;
    const times = `A ${renderDuration(a_ns)}  B ${renderDuration(b_ns)}  ${renderRatio(ratio)}`;
    const cite = `${citeItem(a, report.a, 'A').split(' ')[0]} ${citeItem(b, report.b, 'B').split(' ')[0]}`;
    const width = columns - 4 - displayWidth(times) - displayWidth(cite);
    const text = [...printable(what)].slice(0, Math.max(10, width - 2)).join('');
    lines.push(`  ${text.padEnd(width)}${times}  ${style.dim(cite)}\n`);
  }
  if (shown.length < latencies.length)
    lines.push(style.dim(`  ... ${latencies.length - shown.length} more (--all shows them)\n`));
  return lines.join('');
}

function renderRatio(ratio: number): string {
  return `${ratio >= 1000 ? '>999' : ratio >= 10 ? Math.round(ratio) : ratio.toFixed(1)}x`;
}

/** `1.2 s`, `34 ms`, `560 us`. */
function renderDuration(ns: number): string {
  if (ns >= 1e9) return `${(ns / 1e9).toFixed(1)} s`;
  if (ns >= 1e6) return `${(ns / 1e6).toFixed(ns >= 1e7 ? 0 : 1)} ms`;
  return `${Math.round(ns / 1000)} us`;
}
