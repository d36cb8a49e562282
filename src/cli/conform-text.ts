import type { ConformReport, Departure, DepartureType, LaneConformance } from '../app/conform-boot.ts';
import { counted } from '../base/count.ts';
import { paragraph, wrap } from './cited-line.ts';
import { placesIn } from './diff-data.ts';
import { renderItem } from './lane-text.ts';
import type { Style } from './style.ts';
import { printable } from './table.ts';

export interface ConformTextOptions {
  /** Every departure, not only the first of each lane. */
  readonly all: boolean;
  readonly columns: number;
  readonly style: Style;
}

type Item = NonNullable<Departure['found']>;

/** What a departure is, in words that fit all of its type. */
export const DEPARTURE_TITLES: Readonly<Record<DepartureType, string>> = {
  missing: 'the boot leaves out a step of the model',
  unexpected: 'the boot takes a step that the model does not expect',
  different: 'the step ends in another way than in the model',
  'out-of-order': 'the step comes at another point than in the model',
};

/** How well a boot conforms, for people: what is held to what, the first departure, then lane by lane. */
export function renderConformance(report: ConformReport, options: ConformTextOptions): string {
  const { conformance } = report;
  const parts = [renderHead(report, options)];
  if (conformance.first === null) parts.push(renderConforms(report, options));
  else {
    const { lane, departure } = conformance.first;
    const heading = `First departure, in ${lane}: ${DEPARTURE_TITLES[departure.type]}`;
    parts.push(
      paragraph(heading, '', options.columns, options.style.bold) +
        renderDeparture(departure, lane, report, options),
    );
  }
  const departing = conformance.lanes.filter(({ departures }) => departures.length > 0);
  if (departing.length > 0) parts.push(departing.map((lane) => renderLane(lane, report, options)).join(''));
  const conforming = renderConforming(report, options);
  if (conforming !== '') parts.push(conforming);
  if (!options.all && conformance.lanes.some(({ departures }) => departures.length > 1))
    parts.push('--all shows every departure; most of them follow from the first.\n');
  return parts.join('\n');
}

function renderHead(report: ConformReport, { columns, style }: ConformTextOptions): string {
  const { boot, soc, mode, kernel, runs, held, notHeld, assumptions, notes, downInModel } = report;
  const name = boot.isOnly ? report.file : `${report.file} boot ${boot.bootId}`;
  const entry = (label: string, text: string) =>
    wrap(printable(text), columns - LABEL)
      .map((line, index) => `${style.bold((index === 0 ? label : '').padEnd(LABEL))}${line}\n`)
      .join('');
  const several = runs.length > 1;
  return [
    entry('boot', `${name}: ${boot.summary}`),
    entry(
      'model',
      `${soc}, mode ${mode}, Linux ${kernel}, simulated ${downInModel.length === 0 ? 'as healthy' : 'without a fault'}`,
    ),
    ...runs.map((run) => entry('', `${several ? `for ${run.processors.join(', ')}: ` : ''}${run.command}`)),
    entry(
      'held',
      `${held.join(', ')}${notHeld.length === 0 ? '' : `; not ${notHeld.join(', ')}, of which the boot shows nothing (--processor NAME holds one)`}`,
    ),
    ...assumptions.map((text) => entry('assumed', text)),
    ...notes.map((text) => entry('note', text)),
  ].join('');
}

const LABEL = 9;

function renderConforms(
  { conformance, isAnythingShown, held }: ConformReport,
  { columns, style }: ConformTextOptions,
): string {
  if (!isAnythingShown) {
    const none = `Nothing of what the model expects is shown of ${held.join(', ')}: neither conforms nor departs.`;
    return paragraph(none, '', columns, style.bold);
  }
  const steps = conformance.lanes.reduce((sum, { conforming }) => sum + conforming, 0);
  const words = `No departure: ${counted(steps, 'step')} as the model has ${steps === 1 ? 'it' : 'them'}.`;
  return paragraph(words, '', columns, style.bold);
}

/** Lanes without a departure in one paragraph, and where the boot ends before the model does. */
function renderConforming(report: ConformReport, options: ConformTextOptions): string {
  const lanes = report.conformance.lanes.filter(({ departures }) => departures.length === 0);
  const shown = lanes
    .filter(({ conforming }) => conforming > 0)
    .map(
      ({ lane, conforming, notShown, outsideModel }) =>
        `${lane} (${[counted(conforming, 'step'), ...restOf(notShown, outsideModel)].join(', ')})`,
    );
  const others = lanes
    .filter(({ conforming, notShown }) => conforming === 0 && notShown > 0)
    .map(({ lane, notShown }) => `${lane} (${counted(notShown, 'step')} of the model)`);
  const list = (title: string, names: readonly string[]) =>
    names.length === 0 ? '' : paragraph(`${title}: ${names.join(', ')}`, '', options.columns);
  const pending = lanes.map((lane) => renderPending(lane, report, options)).join('');
  return list('Conforms', shown) + list('Not shown', others) + pending;
}

function renderLane(lane: LaneConformance, report: ConformReport, options: ConformTextOptions): string {
  const { columns, style, all } = options;
  const text = wrap(`${lane.lane}: ${verdictOf(lane)}`, columns - 2).join('\n  ');
  const heading = `${text.replace(lane.lane, style.bold(lane.lane))}\n`;
  const body = all
    ? lane.departures.map((departure) => renderDeparture(departure, lane.lane, report, options, true))
    : [];
  return `${heading}${body.join('')}`;
}

/** `departs after 37 steps: 3 missing, 1 unexpected` */
function verdictOf({ conformingBefore, counts, notShown, outsideModel }: LaneConformance): string {
  const rest = restOf(notShown, outsideModel);
  const also = rest.length === 0 ? '' : `; ${rest.join(', ')}`;
  const which = [
    [counts.missing, 'missing'],
    [counts.unexpected, 'not expected'],
    [counts.different, 'with another outcome'],
    [counts['out-of-order'], 'out of order'],
  ] as const;
  const list = which.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `departs after ${counted(conformingBefore, 'step')}: ${list.join(', ')}${also}`;
}

/** What is neither a departure nor in common. */
function restOf(notShown: number, outsideModel: number): string[] {
  return [
    ...(notShown === 0 ? [] : [`${notShown} of the model not shown`]),
    ...(outsideModel === 0 ? [] : [`${outsideModel} outside the model`]),
  ];
}

/** The step of the model at which a boot ends that conforms so far. */
function renderPending(
  { lane, pending, departures }: LaneConformance,
  report: ConformReport,
  options: ConformTextOptions,
): string {
  if (pending === null || departures.length > 0 || !report.held.includes(lane)) return '';
  const words = `The boot does not show how ${lane} goes on; in the model:`;
  return (
    paragraph(words, '', options.columns) +
    renderItem('  ', pending, `model#${report.modelSeqOf(lane, pending.seq)}`, options, options.style.dim)
  );
}

/** Why no step of the model stands beside what a boot does. */
export function nothingExpected({ before, isPlaceUnknown }: Departure, { begin }: ConformReport): string {
  if (isPlaceUnknown) return `not known: ${begin ?? 'the sources begin later'}`;
  return `the model expects nothing ${before === null ? '' : 'more '}here`;
}

/** The last step in common, what the model expects behind it (`-`), and what the boot does (`+`). */
function renderDeparture(
  departure: Departure,
  lane: string,
  report: ConformReport,
  options: ConformTextOptions,
  isBrief = false,
): string {
  const { style } = options;
  const { type, before, expected, found, difference } = departure;
  const citeModel = (item: Item) => `model#${report.modelSeqOf(lane, item.seq)}`;
  const citeBoot = (item: Item) =>
    printable([`boot#${item.seq}`, ...placesIn(item, report.boot).slice(0, 2)].join(' '));
  const minus = (item: Item) => renderItem('- ', item, citeModel(item), options, style.red);
  const plus = (item: Item) => renderItem('+ ', item, citeBoot(item), options, style.green);
  if (type === 'out-of-order' && difference.a !== null && difference.b !== null)
    return renderItem(
      '> ',
      difference.b,
      `${citeModel(difference.a)} -> ${citeBoot(difference.b)}`,
      options,
      style.yellow,
    );
  if (isBrief) {
    const { a, b } = difference;
    return (a === null ? '' : minus(a)) + (b === null ? '' : plus(b));
  }
  const head =
    before?.b === null || before === null
      ? ''
      : renderItem('  ', before.b, citeBoot(before.b), options, style.dim);
  const nothing = (mark: string, text: string) => `${mark}${text}\n`;
  return (
    head +
    (expected === null ? nothing('- ', nothingExpected(departure, report)) : minus(expected)) +
    (found === null ? nothing('+ ', 'the boot shows nothing more here') : plus(found))
  );
}
