import type { Difference, DiffReport, DiffSide, LaneComparison } from '../app/diff-boots.ts';
import { counted } from '../base/count.ts';
import { paragraph, wrap } from './cited-line.ts';
import { renderFailureOfBoth, renderHeadlineEvidence } from './headline-text.ts';
import { isFolded, renderDifference, renderLane, renderLaneCounts } from './lane-text.ts';
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

/** A comparison as a report for people: who is compared, the first divergence, then lane by lane. */
export function renderDiff(report: DiffReport, options: DiffTextOptions): string {
  const { lanes, differs } = report.comparison;
  const parts = [renderSides(report, options)];
  if (report.notes.length > 0) parts.push(renderNotes(report, options));
  if (!differs) {
    const total = lanes.reduce((sum, lane) => sum + lane.counts.same + lane.differences.length, 0);
    const same = lanes.reduce((sum, lane) => sum + lane.counts.same, 0);
    const lost = lanes.reduce((sum, lane) => sum + lane.maybeLost.size, 0);
    const notShown = lanes.reduce((sum, lane) => sum + lane.notShown.size, 0);
    const other = total - same - lost - notShown;
    const rest = [
      other === 0
        ? ''
        : `; ${counted(other, 'of the background differs', 'of the background differ')} in numbers, order or buffers only`,
      lost === 0 ? '' : `; ${lost} may have been lost by the trace of the other side`,
      notShown === 0 ? '' : `; ${notShown} could not be in the log or trace of the other side`,
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

/** Goes by the counts: what differs in a lane that is not shown need not be made. */
function isEqual({ counts }: LaneComparison): boolean {
  return counts.changed + counts.moved + counts['only-a'] + counts['only-b'] === 0;
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
  const unmet = headline.unmet === null ? '' : bold(printable(headline.unmet));
  const shown = renderDifference(first.difference, report, options);
  if (first.isExplained) {
    const what = `The first that they explain, in ${first.lane}: ${explain(first.difference)}`;
    return `${unmet}${bold(headline.sentence)}${wrap(what, columns).join('\n')}\n${shown}${renderFailureOfBoth(headline, 'both fail alike, at:', options)}`;
  }
  const heading = bold(`First divergence, in ${describeLane(first.lane)}: ${explain(first.difference)}`);
  return `${unmet}${heading}${shown}${renderHeadlineEvidence(headline, report, options)}`;
}

/** A lane in which nobody of the boot acts is said to be one. */
function describeLane(lane: string): string {
  return lane === 'accesses' ? 'accesses, what simulated cores do beside Linux' : lane;
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
