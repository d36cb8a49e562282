import type { ConformReport, Departure, LaneConformance } from '../app/conform-boot.ts';
import { conformToData, departureToData } from './conform-data.ts';
import { DEPARTURE_TITLES, nothingExpected } from './conform-text.ts';
import { placesIn } from './diff-data.ts';
import { code, escapeMarkdown, escapeXml, fenced } from './diff-formats.ts';
import { toJson } from './json.ts';

type Item = NonNullable<Departure['found']>;

/** Departures that one failure or list shows; the rest is counted. */
const SHOWN = 20;

/** One JSON object a line: the whole without its lanes, then each lane and each of its departures. */
export function renderConformNdjson(report: ConformReport, all: boolean): string {
  const { lanes: _lanes, ...head } = conformToData(report, all);
  const lines: object[] = [{ row: 'conformance', ...head }];
  const { lanes } = conformToData(report, all) as { readonly lanes: readonly Record<string, unknown>[] };
  lanes.forEach(({ departures: _departures, ...lane }, index) => {
    lines.push({ row: 'lane', ...lane });
    const found = report.conformance.lanes[index]?.departures ?? [];
    for (const departure of all ? found : found.slice(0, 1))
      lines.push({ row: 'departure', ...departureToData(departure, String(lane['lane']), report) });
  });
  return lines.map((line) => `${toJson(line)}\n`).join('');
}

/** A test report for CI: a case for each lane that is held, which fails where it departs. */
export function renderConformJunit(report: ConformReport): string {
  const { lanes } = report.conformance;
  const failures = lanes.filter(({ departures }) => departures.length > 0).length;
  const cases = lanes.map((lane) => {
    const [first] = lane.departures;
    const head = `    <testcase classname="conform.${escapeXml(report.soc)}.${escapeXml(report.mode)}" name="${escapeXml(lane.lane)}"`;
    if (first === undefined) return `${head}/>\n`;
    const text = listOf(lane, report).join('\n');
    return `${head}>\n      <failure type="${first.type}" message="${escapeXml(DEPARTURE_TITLES[first.type])}">${escapeXml(text)}</failure>\n    </testcase>\n`;
  });
  const name = escapeXml(`trace conform ${report.file}`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n  <testsuite name="${name}" tests="${lanes.length}" failures="${failures}">\n${cases.join('')}  </testsuite>\n</testsuites>\n`;
}

/** What goes into an issue or a merge request. */
export function renderConformMarkdown(report: ConformReport, all: boolean): string {
  const { boot, conformance, runs, held, notHeld } = report;
  const lines = [
    `## ${code(report.file)} against its model`,
    '',
    `- **boot** ${escapeMarkdown(boot.summary)}`,
    `- **model** ${report.soc}, mode ${report.mode}, Linux ${report.kernel}: ${runs.map(({ command }) => code(command)).join(', ')}`,
    `- **held** ${held.join(', ')}${notHeld.length === 0 ? '' : `; not ${notHeld.join(', ')}, of which the boot shows nothing`}`,
    ...report.assumptions.map((text) => `- assumed: ${escapeMarkdown(text)}`),
    ...report.notes.map((text) => `- note: ${escapeMarkdown(text)}`),
    '',
  ];
  if (conformance.first === null) lines.push('No departure.', '');
  else {
    const { lane, departure } = conformance.first;
    lines.push(`**First departure**, in ${code(lane)}: ${DEPARTURE_TITLES[departure.type]}.`, '');
    lines.push(...fenced(placeOf(departure, lane, report)), '');
  }
  lines.push(
    '| lane | steps as in the model | missing | not expected | another outcome | out of order | not shown |',
  );
  lines.push('| --- | --: | --: | --: | --: | --: | --: |');
  for (const { lane, conforming, counts, notShown } of conformance.lanes)
    lines.push(
      `| ${code(lane)} | ${conforming} | ${counts.missing} | ${counts.unexpected} | ${counts.different} | ${counts['out-of-order']} | ${notShown} |`,
    );
  if (all)
    for (const lane of conformance.lanes)
      if (lane.departures.length > 0)
        lines.push(
          '',
          `### ${code(lane.lane)}`,
          '',
          ...fenced(listOf(lane, report, Number.POSITIVE_INFINITY)),
        );
  return `${lines.join('\n').trimEnd()}\n`;
}

function listOf(lane: LaneConformance, report: ConformReport, limit = SHOWN): string[] {
  const lines = lane.departures
    .slice(0, limit)
    .flatMap(({ difference: { a, b } }) => [
      ...(a === null ? [] : [`- ${ofModel(a, lane.lane, report)}`]),
      ...(b === null ? [] : [`+ ${ofBoot(b, report)}`]),
    ]);
  const more = lane.departures.length - limit;
  return more > 0 ? [...lines, `... ${more} more`] : lines;
}

function placeOf(departure: Departure, lane: string, report: ConformReport): string[] {
  const { before, expected, found } = departure;
  return [
    ...(before?.b === null || before === null ? [] : [`  ${ofBoot(before.b, report)}`]),
    `- ${expected === null ? nothingExpected(departure, report) : ofModel(expected, lane, report)}`,
    `+ ${found === null ? 'the boot shows nothing more here' : ofBoot(found, report)}`,
  ];
}

function ofModel(item: Item, lane: string, report: ConformReport): string {
  return `${item.text} [model#${report.modelSeqOf(lane, item.seq)}]`;
}

function ofBoot(item: Item, { boot }: ConformReport): string {
  return `${item.text} [${[`boot#${item.seq}`, ...placesIn(item, boot)].join(' ')}]`;
}
