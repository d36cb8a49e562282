import type {
  Difference,
  DiffItem,
  DiffReport,
  DiffSide,
  LaneComparison,
  Performance,
  SameRun,
} from '../app/diff-boots.ts';
import { counted } from '../base/count.ts';
import { renderTime } from '../base/time.ts';
import { paragraph, renderCitedLine, wrap } from './cited-line.ts';
import { citeItem } from './diff-data.ts';
import { renderHeadlineEvidence } from './headline-text.ts';
import { renderObligations } from './obligation-text.ts';
import { renderLatencies, renderStateDifferences } from './state-difference-text.ts';
import type { Style } from './style.ts';
import { printable, renderTable } from './table.ts';

export interface DiffTextOptions {
  readonly lanes: readonly string[];
  readonly all: boolean;
  readonly brief: boolean;
  readonly stat: boolean;
  readonly columns: number;
  readonly style: Style;
}

/** Unchanged lines around a difference, for orientation. */
const CONTEXT = 1;

/** A comparison as a report for people: who is compared, the first divergence, then lane by lane. */
export function renderDiff(report: DiffReport, options: DiffTextOptions): string {
  const { lanes, differs } = report.comparison;
  const parts = [renderSides(report, options)];
  if (report.notes.length > 0) parts.push(renderNotes(report, options));
  if (!differs) {
    const total = lanes.reduce((sum, lane) => sum + lane.counts.same + lane.differences.length, 0);
    const same = lanes.reduce((sum, lane) => sum + lane.counts.same, 0);
    const lost = lanes.reduce((sum, lane) => sum + lane.maybeLost.size, 0);
    const other = total - same - lost;
    const rest = [
      other === 0
        ? ''
        : `; ${counted(other, 'of the background differs', 'of the background differ')} in numbers, order or buffers only`,
      lost === 0 ? '' : `; ${lost} may have been lost by the trace of the other side`,
    ].join('');
    const verdict = `No difference: ${same} of ${counted(total, 'thing')} compared ${same === 1 ? 'is' : 'are'} the same${rest}.`;
    parts.push(`${wrap(verdict, options.columns).join('\n')}\n`);
    if (!options.all && !options.stat && options.lanes.length === 0) {
      if (!options.brief) parts.push(...timesAndStates(report, options));
      return parts.join('\n');
    }
  } else {
    parts.push(renderFirstDivergence(report, options));
  }
  if (options.brief) return parts.join('\n');
  if (options.stat) return [...parts, renderCounts(lanes)].join('\n');
  const ledger = renderObligations(report.comparison.obligations, options);
  if (ledger !== '') parts.push(ledger);
  const shown = lanes.filter((lane) => isShown(lane, options));
  for (const lane of shown) parts.push(renderLane(lane, report, options));
  for (const part of [renderModel(report, options), renderLost(report, options)])
    if (part !== '') parts.push(part);
  if (options.lanes.length === 0) parts.push(...timesAndStates(report, options));
  if (options.lanes.length === 0 && !options.all) {
    const equal = lanes
      .filter((lane) => !lane.background && isEqual(lane))
      .map((lane) => `${lane.lane} (${lane.counts.same})`);
    if (equal.length > 0)
      parts.push(`${wrap(`The same on both sides: ${equal.join(', ')}`, options.columns).join('\n')}\n`);
    const background = lanes.filter((lane) => lane.background && !isEqual(lane));
    if (background.length > 0) parts.push(renderBackground(background, options));
  }
  return parts.join('\n');
}

function timesAndStates(report: DiffReport, options: DiffTextOptions): string[] {
  return [
    renderStateDifferences(report.states(), options),
    renderLatencies(report.latencies(), report, options),
  ].filter((part) => part !== '');
}

function isEqual(lane: LaneComparison): boolean {
  return lane.differences.length === 0;
}

function isShown(lane: LaneComparison, options: DiffTextOptions): boolean {
  if (options.lanes.length > 0) return options.lanes.includes(lane.lane);
  return options.all || (!lane.background && !isEqual(lane) && !isExplained(lane));
}

/** All that differs in it the model has too. */
function isExplained(lane: LaneComparison): boolean {
  const folded = lane.differences.filter((difference) => isFolded(lane, difference)).length;
  return folded > 0 && folded === lane.differences.length;
}

/** What says nothing by itself: the mode explains it, or the other side may only have lost it. */
function isFolded({ explained, maybeLost }: LaneComparison, difference: Difference): boolean {
  return explained.has(difference) || maybeLost.has(difference);
}

/** What the differences were held against, and the lanes of which nothing is left. */
function renderModel({ model, comparison }: DiffReport, options: DiffTextOptions): string {
  if (model === null) return '';
  const { style, columns } = options;
  const text = (words: string) => `${wrap(words, columns).join('\n')}\n`;
  if ('reason' in model) return style.dim(text(`Nothing is explained by the mode: ${model.reason}.`));
  const count = comparison.lanes.reduce((sum, lane) => sum + (lane.background ? 0 : lane.explained.size), 0);
  const folded = comparison.lanes.filter(
    (lane) => !lane.background && lane.explained.size > 0 && isExplained(lane),
  );
  const pair = `the simulated ${model.modes.a} against ${model.modes.b} on ${model.soc}, Linux ${model.kernel}, has them too`;
  const which =
    folded.length === 0
      ? ''
      : `; nothing else in ${folded.map(({ lane, explained }) => `${lane} (${explained.size})`).join(', ')}`;
  const heading = style.bold(`Explained by the mode (${count})`);
  return text(`${heading}: ${pair}${which}${options.all || count === 0 ? '' : '; --all shows them'}.`);
}

function renderSides({ a, b }: DiffReport, { style, columns }: DiffTextOptions): string {
  const lines = (letter: string, side: DiffSide) =>
    `${style.bold(letter)}  ${printable(sideName(side))}\n${paragraph(printable(side.boot.summary), '   ', columns)}`;
  return lines('A', a) + lines('B', b);
}

/** What limits the comparison, each within the width. */
function renderNotes({ notes }: DiffReport, { columns }: DiffTextOptions): string {
  return notes.map((note) => `${wrap(printable(`note: ${note}`), columns).join('\n')}\n`).join('');
}

/** What one side lacks where its trace lost events. */
function renderLost({ comparison }: DiffReport, { columns, style, all }: DiffTextOptions): string {
  const lanes = comparison.lanes.filter(({ maybeLost, background }) => maybeLost.size > 0 && !background);
  if (lanes.length === 0) return '';
  const count = lanes.reduce((sum, { maybeLost }) => sum + maybeLost.size, 0);
  const heading = style.bold(`Where the other trace lost events (${count})`);
  const which = lanes.map(({ lane, maybeLost }) => `${lane} (${maybeLost.size})`).join(', ');
  const text = `${heading}: ${which}; unknown there, not absent${all ? '' : '; --all shows them'}.`;
  return `${wrap(text, columns).join('\n')}\n`;
}

/** The file, and the boot too when the file holds several. */
function sideName(side: DiffSide): string {
  return side.boot.isOnly ? side.file : `${side.file} boot ${side.boot.bootId}`;
}

function renderFirstDivergence(report: DiffReport, options: DiffTextOptions): string {
  const { headline, comparison } = report;
  const first = comparison.firstDivergence;
  if (first === null || headline === null) return '';
  const { style, columns } = options;
  const bold = (text: string) => `${wrap(text, columns).map(style.bold).join('\n')}\n`;
  const unmet = renderUnmet(report, options);
  const shown = renderDifference(first.difference, report, options);
  if (first.isExplained) {
    const what = `The first that they explain, in ${first.lane}: ${explain(first.difference)}`;
    return `${unmet}${bold(headline.sentence)}${wrap(what, columns).join('\n')}\n${shown}`;
  }
  const heading = bold(`First divergence, in ${first.lane}: ${explain(first.difference)}`);
  return `${unmet}${heading}${shown}${renderHeadlineEvidence(headline, report, options)}`;
}

/** The first duty that somebody met on one side and nobody on the other: what is not there is no difference to show. */
function renderUnmet({ comparison }: DiffReport, { style, columns }: DiffTextOptions): string {
  const unmet = comparison.obligations
    .flatMap(({ processor, start, rows }) => rows.map((row) => ({ processor, start, row })))
    .filter(({ row: { unmetIn, a, b } }) => (unmetIn === 'b' && isMet(a)) || (unmetIn === 'a' && isMet(b)))
    .map((one) => ({
      ...one,
      missed: one.row.unmetIn === 'b' ? one.row.b : one.row.a,
      met: one.row.unmetIn === 'b' ? one.row.a : one.row.b,
    }));
  const [first] = unmet.sort((x, y) => (x.missed?.seq ?? 0) - (y.missed?.seq ?? 0));
  if (first === undefined) return '';
  const { processor, start, row, missed, met } = first;
  const [letter, other] = row.unmetIn === 'b' ? ['B', 'A'] : ['A', 'B'];
  const which = `${processor}${start === 1 ? '' : ` start ${start}`}`;
  const reason = missed?.note === null || missed === null ? '' : ` (${missed.note})`;
  const text = `In ${letter} nobody met "${row.title}" of ${which}${reason}, at ${letter}#${missed?.seq}; in ${other} ${met?.by} did, at ${other}#${met?.seq}.`;
  return `${wrap(printable(text), columns).map(style.bold).join('\n')}\n`;
}

function isMet(performance: Performance | null): boolean {
  return performance !== null && ['linux', 'hypervisor', 'trustzone'].includes(performance.by);
}

function explain(difference: Difference): string {
  switch (difference.type) {
    case 'only-a':
      return 'only A does this';
    case 'only-b':
      return 'only B does this';
    case 'changed':
      return 'the same step ends differently';
    case 'moved':
      return 'the same step comes at another point';
    case 'same':
      return 'the same';
  }
}

function renderLane(lane: LaneComparison, report: DiffReport, options: DiffTextOptions): string {
  const counts = wrap(`${lane.lane}: ${renderLaneCounts(lane)}`, options.columns - 2).join('\n  ');
  const heading = `${counts.replace(lane.lane, options.style.bold(lane.lane))}\n`;
  const isOpen = options.all || options.lanes.includes(lane.lane);
  const shown = shownParts(lane, options.all, (difference) => !isOpen && isFolded(lane, difference));
  const lines: string[] = [];
  let run = 0;
  shown.forEach((difference, index) => {
    if (difference === SKIPPED) {
      lines.push(options.style.dim('    ...\n'));
      return;
    }
    const isAlike = (other: Difference | typeof SKIPPED | undefined) =>
      !options.all && other !== undefined && other !== SKIPPED && isOfOneRun(difference, other);
    run = isAlike(shown[index - 1]) ? run + 1 : 0;
    const isLast = !isAlike(shown[index + 1]);
    if (run < RUN_SHOWN) {
      lines.push(renderDifference(difference, report, options));
    } else if (isLast) {
      if (run > RUN_SHOWN) {
        const more = `    ... ${counted(run - RUN_SHOWN, `more ${RUN_NOUNS[kindOf(difference)] ?? ''} like this`, `more ${RUN_NOUNS[kindOf(difference)] ?? ''}s like these`)}\n`;
        lines.push(options.style.dim(more));
      }
      lines.push(renderDifference(difference, report, options));
    }
  });
  return heading + collapseRepeats(lines).join('');
}

/** Kinds that come in long rows that say one thing, and what one of them is called. */
const RUN_NOUNS: Readonly<Record<string, string>> = { 'mapping.created': 'map', 'mapping.removed': 'unmap' };

/** How many of such a row are shown, beside its last. */
const RUN_SHOWN = 2;

function kindOf(difference: Difference): string {
  return (difference.a ?? difference.b)?.kind ?? '';
}

/** Whether two neighbours differ in the same way: maps that one side has and the other has not. */
function isOfOneRun(x: Difference, y: Difference): boolean {
  return x.type !== 'same' && x.type === y.type && kindOf(x) === kindOf(y) && kindOf(x) in RUN_NOUNS;
}

const SKIPPED = 'skipped';

/** Differences, and a little of what is the same around them; once where something is left out. */
function shownParts(
  lane: LaneComparison,
  all: boolean,
  isFolded: (difference: Difference) => boolean,
): (Difference | typeof SKIPPED)[] {
  const shown: (Difference | typeof SKIPPED)[] = [];
  const skip = () => {
    if (shown.at(-1) !== SKIPPED) shown.push(SKIPPED);
  };
  const isShown = (part: Difference | SameRun | undefined) =>
    part !== undefined && part.type !== 'run' && (all || !isFolded(part));
  lane.parts.forEach((part, index) => {
    if (part.type !== 'run') {
      if (all || !isFolded(part)) shown.push(part);
      else skip();
      return;
    }
    const after = isShown(lane.parts[index - 1]) ? CONTEXT : 0;
    const before = isShown(lane.parts[index + 1]) ? CONTEXT : 0;
    for (let i = 0; i < part.length; i++) {
      if (all || i < after || i >= part.length - before) shown.push(part.at(i));
      else {
        skip();
        i = Math.max(i, part.length - before - 1);
      }
    }
  });
  return shown.length === 1 && shown[0] === SKIPPED ? [] : shown;
}

/** Equal lines behind one another are one line with a count. */
function collapseRepeats(lines: readonly string[]): string[] {
  const collapsed: string[] = [];
  let repeats = 0;
  lines.forEach((line, index) => {
    if (index > 0 && line === lines[index - 1]) {
      repeats++;
    } else {
      if (repeats > 0) collapsed.push(`    ... ${repeats} more of the same\n`);
      repeats = 0;
      collapsed.push(line);
    }
  });
  if (repeats > 0) collapsed.push(`    ... ${repeats} more of the same\n`);
  return collapsed;
}

function renderDifference(difference: Difference, report: DiffReport, options: DiffTextOptions): string {
  const { style } = options;
  switch (difference.type) {
    case 'same':
      return renderItem('  ', difference.b, citeItem(difference.b, report.b, 'B'), options, style.dim);
    case 'only-a':
      return renderItem('- ', difference.a, citeItem(difference.a, report.a, 'A'), options, style.red);
    case 'only-b':
      return renderItem('+ ', difference.b, citeItem(difference.b, report.b, 'B'), options, style.green);
    case 'changed':
      return (
        renderItem('- ', difference.a, citeItem(difference.a, report.a, 'A'), options, style.yellow) +
        renderItem('+ ', difference.b, citeItem(difference.b, report.b, 'B'), options, style.yellow)
      );
    case 'moved': {
      const cite = `${citeItem(difference.a, report.a, 'A')} -> ${citeItem(difference.b, report.b, 'B')}`;
      return renderItem('> ', difference.b, cite, options, style.yellow);
    }
  }
}

/** Marker, time and text, and what it stands on. */
function renderItem(
  marker: string,
  item: DiffItem,
  cite: string,
  { columns, style }: DiffTextOptions,
  color: (text: string) => string,
): string {
  const head = `${marker}${renderTime(item.t_ns)} `;
  return renderCitedLine({ head, text: printable(item.text), cite }, columns, {
    text: color,
    cite: style.dim,
  });
}

/** Failures last, which the lane itself may only come to at its end: `25 the same, 20 only in B, 1 failure only in A`. */
function renderLaneCounts({
  counts,
  failuresOnly,
  background,
  explained,
  maybeLost,
}: LaneComparison): string {
  const parts = [
    [counts.same, 'the same'],
    [counts.changed, background ? 'with other numbers' : 'changed'],
    [counts.moved, 'moved'],
    [counts['only-a'], 'only in A'],
    [counts['only-b'], 'only in B'],
    [failuresOnly.a, `${failuresOnly.a === 1 ? 'failure' : 'failures'} only in A`],
    [failuresOnly.b, `${failuresOnly.b === 1 ? 'failure' : 'failures'} only in B`],
    [explained.size, 'explained by the mode'],
    [maybeLost.size, 'where the other trace lost events'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(', ');
}

function renderBackground(lanes: readonly LaneComparison[], { columns }: DiffTextOptions): string {
  const lines = lanes.map(
    (lane) => `  ${wrap(`${lane.lane}: ${renderLaneCounts(lane)}`, columns - 4).join('\n    ')}\n`,
  );
  return `In the background (--lane NAME shows one, --all everything):\n${lines.join('')}`;
}

function renderCounts(lanes: readonly LaneComparison[]): string {
  const rows = lanes.map(({ lane, counts }) => [
    lane,
    ...[counts.same, counts.changed, counts.moved, counts['only-a'], counts['only-b']].map(String),
  ]);
  return renderTable(['lane', 'same', 'changed', 'moved', 'only A', 'only B'], rows, [
    false,
    true,
    true,
    true,
    true,
    true,
  ]);
}
