import type { Difference, DiffItem, DiffReport, DiffSide, Evidence, Headline } from '../app/diff-boots.ts';
import { sideThatEnds } from '../app/headline.ts';
import type { ListedEvent } from '../app/list-events.ts';
import { describeRegion } from '../app/region-names.ts';
import type { SourceLine } from '../app/source-text.ts';
import { counted } from '../base/count.ts';
import { renderTime } from '../base/time.ts';
import { renderCitedLine, wrap } from './cited-line.ts';
import { citeItem } from './diff-data.ts';
import type { Style } from './style.ts';
import { displayWidth, printable } from './table.ts';

interface HeadlineTextOptions {
  readonly columns: number;
  readonly style: Style;
}

/** What the first divergence stands on: what came before, what brought it about, and the lines of the files. */
export function renderHeadlineEvidence(
  headline: Headline,
  report: DiffReport,
  options: HeadlineTextOptions,
): string {
  const { before, instead, last } = headline;
  const parts: string[] = [renderFailureOfBoth(headline, 'both fail before it, at:', options)];
  for (const [letter, assigns] of [['A', headline.assigns.a] as const, ['B', headline.assigns.b] as const])
    if (assigns !== null) parts.push(label(`it ${assigns} in ${letter}`, options));
  parts.push(renderPassedOver(headline, report, options), renderDescribed(headline, report, options));
  if (before !== null) {
    const cite = `A#${before.a.seq} B#${before.b.seq}`;
    parts.push(
      label('both did before it:', options),
      renderStep(before.b.t_ns, before.b.text, cite, options),
    );
  }
  if (instead !== null) {
    const [letter, side] = headline.a === null ? (['A', report.a] as const) : (['B', report.b] as const);
    const { item, moved } = instead;
    const elsewhere =
      moved === null ? '' : `, which ${letter === 'A' ? 'B does at B' : 'A does at A'}#${moved.seq}`;
    parts.push(
      label(`${letter} ${insteadVerb(headline)} instead${elsewhere}:`, options),
      renderStep(item.t_ns, item.text, citeItem(item, side, letter), options),
    );
    parts.push(...instead.lines.map((line) => renderSourceLine(line, letter, options)));
  }
  if (last !== null) {
    const { letter, words } = endingOf(report, last);
    const cite = [`${letter}#${last.event.seq}`, last.place ?? ''].join(' ').trim();
    parts.push(label(words, options));
    if (words.endsWith(':')) parts.push(renderStep(last.event.t_ns, last.text, cite, options));
  }
  for (const [letter, evidence, side] of [
    ['A', headline.a, report.a] as const,
    ['B', headline.b, report.b] as const,
  ]) {
    if (evidence !== null) parts.push(renderEvidence(evidence, letter, side, options));
  }
  for (const { letter, item, side } of failuresOf(report, headline))
    parts.push(
      label(`${letter} ${failureVerb(item, report)}:`, options),
      renderStep(item.t_ns, item.text, citeItem(item, side, letter), options),
    );
  for (const [letter, regions] of [['A', headline.regions.a] as const, ['B', headline.regions.b] as const])
    for (const region of regions)
      if (letter === 'B' || headline.regions.b.every((other) => other.region !== region.region))
        parts.push(label(describeRegion(region, letter), options));
  return parts.join('');
}

/** Whether a boot has anything of the lane in which the first divergence is. */
function hasSomeOfLane({ comparison }: DiffReport, letter: 'A' | 'B'): boolean {
  const lane = comparison.lanes.find((one) => one.lane === comparison.firstDivergence?.lane);
  if (lane === undefined) return false;
  const { same, changed, moved, 'only-a': onlyA, 'only-b': onlyB } = lane.counts;
  return same + changed + moved + (letter === 'A' ? onlyA : onlyB) > 0;
}

/** How the boot ends that has no such step, or no answer to it; behind a colon its last event is to be shown. */
export function endingOf(
  report: DiffReport,
  last: ListedEvent,
): { readonly letter: 'A' | 'B'; readonly words: string } {
  const { difference, lane } = report.comparison.firstDivergence ?? {};
  const letter = (difference === undefined ? null : sideThatEnds(difference)) ?? 'B';
  if (difference?.type !== 'changed') {
    const more = hasSomeOfLane(report, letter) ? 'more ' : '';
    return { letter, words: `${letter} has nothing ${more}of ${lane}, and ends with:` };
  }
  const asked = letter === 'A' ? difference.a : difference.b;
  if (last.event.seq === asked.seq)
    return { letter, words: `${letter} has no answer to it: it is the last that ${letter} tells` };
  const later =
    asked.t_ns === null || last.event.t_ns === null
      ? ''
      : ` ${((last.event.t_ns - asked.t_ns) / 1e6).toFixed(3)} ms later`;
  return { letter, words: `${letter} has no answer to it, and ends${later} with:` };
}

/** What stands before the first divergence and is none. */
export function passedOverLabel({ difference, count }: NonNullable<Headline['passedOver']>): string {
  const letter = difference.a === null ? 'B' : 'A';
  const what = `devices beside the processors part before it, in ${counted(count, 'step')}`;
  return `${what}; ${count === 1 ? '' : 'the first, '}only in ${letter}:`;
}

function renderPassedOver(
  { passedOver }: Headline,
  report: DiffReport,
  options: HeadlineTextOptions,
): string {
  if (passedOver === null) return '';
  return label(passedOverLabel(passedOver), options) + renderSides(passedOver.difference, report, options);
}

export function describedLabel(processor: string): string {
  return `the device trees differ about ${processor}:`;
}

function renderDescribed({ described }: Headline, report: DiffReport, options: HeadlineTextOptions): string {
  if (described.length === 0) return '';
  const heading = describedLabel(report.comparison.firstDivergence?.lane ?? '');
  const steps = described.map((difference) => renderSides(difference, report, options));
  return label(heading, options) + steps.join('');
}

/** What either boot has of a difference, each on a line. */
function renderSides(
  difference: Difference,
  { a, b }: Pick<DiffReport, 'a' | 'b'>,
  options: HeadlineTextOptions,
): string {
  return [
    { item: difference.a, side: a, letter: 'A' as const },
    { item: difference.b, side: b, letter: 'B' as const },
  ]
    .map(({ item, side, letter }) =>
      item === null ? '' : renderStep(item.t_ns, item.text, citeItem(item, side, letter), options),
    )
    .join('');
}

/** What both boots fail at before the step; nothing where there is none. */
export function renderFailureOfBoth(
  { failsBoth }: Headline,
  heading: string,
  options: HeadlineTextOptions,
): string {
  if (failsBoth === null) return '';
  const { a, b } = failsBoth;
  return label(heading, options) + renderStep(b.t_ns, b.text, `A#${a.seq} B#${b.seq}`, options);
}

/** What either fails at first, but for what is shown already. */
export function failuresOf(
  { a, b }: Pick<DiffReport, 'a' | 'b'>,
  { fails, instead }: Headline,
): { readonly letter: 'A' | 'B'; readonly item: DiffItem; readonly side: DiffSide }[] {
  return [
    { letter: 'A' as const, item: fails.a, side: a },
    { letter: 'B' as const, item: fails.b, side: b },
  ].flatMap(({ letter, item, side }) =>
    item === null || isSameItem(item, instead?.item) ? [] : [{ letter, item, side }],
  );
}

function isSameItem(item: DiffItem, other: DiffItem | undefined): boolean {
  return other !== undefined && item.seq === other.seq && item.text === other.text;
}

/** What one boot fails at first may stand just where the other goes on. */
export function insteadVerb({ fails, instead }: Headline): string {
  const isFailure = [fails.a, fails.b].some((item) => item !== null && isSameItem(item, instead?.item));
  return isFailure ? 'fails at this' : 'does';
}

/** Of a boot that failed at the step itself it is told what follows. */
export function failureVerb(item: DiffItem, { comparison, headline }: DiffReport): string {
  if (!item.failed) return 'shuts down what never said that it is ready';
  const { a = null, b = null } = comparison.firstDivergence?.difference ?? {};
  const own = item === headline?.fails.a ? a : b;
  return own?.failed === true ? 'then fails at' : 'fails first at';
}

function renderEvidence(
  { causes, furtherCount, lines }: Evidence,
  letter: 'A' | 'B',
  side: DiffSide,
  options: HeadlineTextOptions,
): string {
  const parts: string[] = [];
  if (causes.length > 0) {
    const [first] = causes;
    const more =
      furtherCount === 0
        ? ''
        : ` (${counted(furtherCount, 'cause')} before it: trace why ${side.file} ${first?.event.seq})`;
    parts.push(label(`because in ${letter}${more}:`, options));
    for (const cause of causes) {
      const cite = [`${letter}#${cause.event.seq}`, cause.place ?? ''].join(' ').trim();
      parts.push(renderStep(cause.event.t_ns, byWhom(cause), cite, options));
    }
  }
  parts.push(...lines.map((line) => renderSourceLine(line, letter, options)));
  return parts.join('');
}

/** What an agent other than Linux did is said to be its doing. */
function byWhom({ event, text }: ListedEvent): string {
  return event.agent === 'linux' || event.agent === 'simulator' || event.agent === event.subject
    ? text
    : `${text}, by ${event.agent}`;
}

function label(text: string, { columns, style }: HeadlineTextOptions): string {
  return wrap(printable(text), columns - 2)
    .map((line) => `  ${style.dim(line)}\n`)
    .join('');
}

function renderStep(
  t_ns: number | null,
  text: string,
  cite: string,
  { columns, style }: HeadlineTextOptions,
): string {
  return renderCitedLine(
    { head: `    ${renderTime(t_ns)} `, text: printable(text), cite: printable(cite) },
    columns,
    { text: (line) => line, cite: style.dim },
  );
}

/** The line as it stands in its file, cut where it does not fit. */
function renderSourceLine(
  { place, text }: SourceLine,
  letter: string,
  { columns, style }: HeadlineTextOptions,
): string {
  const line = printable(text.trim().replace(/\s+/g, ' '));
  const room = columns - 4;
  const shown = displayWidth(line) <= room ? line : `${[...line].slice(0, room - 1).join('')}…`;
  return `  ${style.dim(`${letter} ${printable(place)}`)}\n    ${shown}\n`;
}
