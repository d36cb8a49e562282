import type { Difference, DiffItem, DiffReport, LaneComparison, SameRun } from '../app/diff-boots.ts';
import { renderTime } from '../base/time.ts';
import { renderCitedLine, wrap } from './cited-line.ts';
import { citeItem } from './diff-data.ts';
import { type Group, groupsOf, SKIPPED, shortened } from './difference-groups.ts';
import type { Style } from './style.ts';
import { printable } from './table.ts';

export interface LaneTextOptions {
  readonly lanes: readonly string[];
  readonly all: boolean;
  readonly columns: number;
  readonly style: Style;
}

/** Unchanged lines around a difference, for orientation. */
const CONTEXT = 1;

/** What differs in a lane, in its order; rows that say one thing are shown by their first and last. */
export function renderLane(lane: LaneComparison, report: DiffReport, options: LaneTextOptions): string {
  const counts = wrap(`${lane.lane}: ${renderLaneCounts(lane)}`, options.columns - 2).join('\n  ');
  const heading = `${counts.replace(lane.lane, options.style.bold(lane.lane))}\n`;
  const isOpen = options.all || options.lanes.includes(lane.lane);
  const shown = shownParts(lane, options.all, (difference) => !isOpen && isFolded(lane, difference));
  const lines: string[] = [];
  for (const group of groupsOf(shown, options.all)) {
    if (group === SKIPPED) lines.push(options.style.dim('    ...\n'));
    else lines.push(...renderGroup(group, report, options));
  }
  return heading + lines.join('');
}

/** What says nothing by itself: the mode explains it, or the other side may have lost it, or could not show it. */
export function isFolded(
  { explained, maybeLost, notShown }: LaneComparison,
  difference: Difference,
): boolean {
  return explained.has(difference) || maybeLost.has(difference) || notShown.has(difference);
}

function renderGroup(group: Group, report: DiffReport, options: LaneTextOptions): string[] {
  const render = (difference: Difference) => renderDifference(difference, report, options);
  const { head, between, last } = shortened(group);
  const lines = head.map(render);
  if (between !== null) lines.push(options.style.dim(`    ... ${between}\n`));
  return last === null ? lines : [...lines, render(last)];
}

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

/** A line of a comparison, or two where both sides have something to say. */
export function renderDifference(
  difference: Difference,
  report: DiffReport,
  options: LaneTextOptions,
): string {
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
export function renderItem(
  marker: string,
  item: Pick<DiffItem, 't_ns' | 'text'>,
  cite: string,
  { columns, style }: Pick<LaneTextOptions, 'columns' | 'style'>,
  color: (text: string) => string,
): string {
  const head = `${marker}${renderTime(item.t_ns)} `;
  return renderCitedLine({ head, text: printable(item.text), cite }, columns, {
    text: color,
    cite: style.dim,
  });
}

/** Failures last, which the lane itself may only come to at its end: `25 the same, 20 only in B, 1 failure only in A`. */
export function renderLaneCounts({
  counts,
  failuresOnly,
  background,
  explained,
  maybeLost,
  notShown,
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
    [[...notShown].filter((one) => !explained.has(one)).length, 'that the other side could not show'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(', ');
}
