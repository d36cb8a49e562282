import type {
  Difference,
  DiffItem,
  DiffReport,
  DiffSide,
  Headline,
  LaneComparison,
} from '../app/diff-boots.ts';
import { describeRegion } from '../app/region-names.ts';
import { citeItem, type DiffDataOptions, diffToData, placesOf } from './diff-data.ts';
import { groupsOf, SKIPPED, shortened } from './difference-groups.ts';
import {
  describedLabel,
  endingOf,
  failuresOf,
  failureVerb,
  insteadVerb,
  passedOverLabel,
} from './headline-text.ts';
import { toJson } from './json.ts';
import { isFolded } from './lane-text.ts';
import { isMetAlike, unevenOf } from './obligation-text.ts';

/** Differences that one failure or list shows; the rest is counted. */
const SHOWN = 20;

/** One JSON object a line: the comparison without its parts, then each duty and each difference. */
export function renderDiffNdjson(report: DiffReport, options: DiffDataOptions): string {
  const { lanes, obligations, states, latencies, ...head } = diffToData(report, options) as {
    readonly states?: { readonly moments: readonly object[] };
    readonly latencies?: readonly object[];
    readonly lanes?: readonly { readonly lane: string; readonly differences?: readonly object[] }[];
    readonly obligations: readonly object[];
  };
  const lines: object[] = [{ row: 'comparison', ...head }];
  for (const obligation of obligations) lines.push({ row: 'duty', ...obligation });
  for (const moment of states?.moments ?? []) lines.push({ row: 'state', ...moment });
  for (const latency of latencies ?? []) lines.push({ row: 'latency', ...latency });
  for (const { differences, ...lane } of lanes ?? []) {
    lines.push({ row: 'lane', ...lane });
    for (const difference of differences ?? [])
      lines.push({ row: 'difference', lane: lane.lane, ...difference });
  }
  return lines.map((line) => `${toJson(line)}\n`).join('');
}

/**
 * A test report for CI: a case for each duty of each start, which fails where nobody met it, and one for each lane that
 * counts, which fails where something differs that the mode does not explain.
 */
export function renderDiffJunit(report: DiffReport, { lanes: wanted }: DiffDataOptions): string {
  const { comparison } = report;
  const cases: { name: string; suite: string; failure: string | null; message: string }[] = [];
  for (const { processor, start, rows } of comparison.obligations) {
    if (wanted.length > 0 && !wanted.includes(processor)) continue;
    for (const row of rows) {
      const { title, unmetIn, a, b } = row;
      const who = `A: ${a?.by ?? 'no such start'}, B: ${b?.by ?? 'no such start'}`;
      const unevenly = unevenOf(row);
      cases.push({
        suite: `duties.${processor}.${start}`,
        name: title,
        failure: unmetIn !== null ? who : unevenly.length > 0 ? unevenly.join('\n') : null,
        message:
          unmetIn === null
            ? 'not met for the same memory'
            : `nobody met it in ${unmetIn === 'both' ? 'A and B' : unmetIn.toUpperCase()}`,
      });
    }
  }
  for (const lane of comparison.lanes) {
    if (wanted.length > 0 ? !wanted.includes(lane.lane) : lane.background) continue;
    const left = lane.differences.filter((difference) => !isFolded(lane, difference));
    cases.push({
      suite: 'lanes',
      name: lane.lane,
      failure: left.length === 0 ? null : listOf(left, report).join('\n'),
      message: `${left.length} not explained by the mode`,
    });
  }
  const failures = cases.filter(({ failure }) => failure !== null).length;
  const name = escapeXml(`trace diff ${report.a.file} ${report.b.file}`);
  const body = cases.map(({ suite, name: one, failure, message }) => {
    const head = `    <testcase classname="${escapeXml(suite)}" name="${escapeXml(one)}"`;
    return failure === null
      ? `${head}/>\n`
      : `${head}>\n      <failure message="${escapeXml(message)}">${escapeXml(failure)}</failure>\n    </testcase>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n  <testsuite name="${name}" tests="${cases.length}" failures="${failures}">\n${body.join('')}  </testsuite>\n</testsuites>\n`;
}

/** What goes into an issue or a merge request: the divergence, the ledger, and what the mode does not explain. */
export function renderDiffMarkdown(report: DiffReport, { lanes: wanted, brief }: DiffDataOptions): string {
  const { comparison, headline, a, b } = report;
  const lines = [`## ${code(a.file)} against ${code(b.file)}`, ''];
  for (const [letter, side] of [['A', a] as const, ['B', b] as const])
    lines.push(`- **${letter}** ${escapeMarkdown(side.boot.summary)}`);
  lines.push(...report.notes.map((note) => `- note: ${escapeMarkdown(note)}`), '');
  const first = comparison.firstDivergence;
  if (first === null) lines.push('No difference.', '');
  else {
    const title = first.isExplained
      ? `${escapeMarkdown(headline?.sentence ?? '')} The first that they explain, in ${code(first.lane)}:`
      : `**First divergence**, in ${code(first.lane)}:`;
    if (headline?.unmet != null) lines.push(`**${escapeMarkdown(headline.unmet)}**`, '');
    lines.push(title, '', ...fenced(signed(first.difference, report)), '');
    const alike = headline === null ? [] : failureOfBoth(headline, 'both fail alike, at');
    if (!first.isExplained) lines.push(...evidenceOf(report));
    else if (alike.length > 0) lines.push(...alike, '');
  }
  if (brief) return `${lines.join('\n').trimEnd()}\n`;
  const accounts = comparison.obligations.filter(
    ({ processor }) => wanted.length === 0 || wanted.includes(processor),
  );
  const alike = accounts.filter(isMetAlike);
  if (alike.length > 0)
    lines.push(
      `Every duty met alike on both sides: ${alike.map(({ processor, start }) => `${processor}${start === 1 ? '' : ` start ${start}`}`).join(', ')}.`,
      '',
    );
  for (const account of accounts) {
    if (isMetAlike(account)) continue;
    const { processor, start, rows } = account;
    lines.push(
      `### Duties of ${processor}, start ${start}`,
      '',
      '| duty | A | B | unmet in |',
      '| --- | --- | --- | --- |',
    );
    for (const row of rows) {
      const cell = (side: typeof row.a, letter: string) =>
        side === null
          ? '-'
          : `${side.by}${side.seq === null ? '' : ` ${letter}#${side.seq}`}${side.note === null ? '' : ` (${escapeMarkdown(side.note)})`}`;
      const unmet =
        row.unmetIn === 'both'
          ? '**A and B**'
          : row.unmetIn === null
            ? escapeMarkdown(unevenOf(row).join('; '))
            : `**${row.unmetIn.toUpperCase()}**`;
      lines.push(`| ${row.title} | ${cell(row.a, 'A')} | ${cell(row.b, 'B')} | ${unmet} |`);
    }
    lines.push('');
  }
  for (const lane of comparison.lanes) {
    if (wanted.length > 0 ? !wanted.includes(lane.lane) : lane.background) continue;
    const left = lane.differences.filter((difference) => !isFolded(lane, difference));
    if (left.length > 0) lines.push(`### ${lane.lane}`, '', ...fenced(listOf(left, report)), '');
  }
  if (wanted.length === 0) lines.push(...markdownStates(report), ...markdownLatencies(report));
  const explained = comparison.lanes.reduce((sum, lane) => sum + countOf(lane), 0);
  if (explained > 0) lines.push(`Explained by the mode: ${explained}.`, '');
  return `${lines.join('\n').trimEnd()}\n`;
}

function failureOfBoth({ failsBoth }: Headline, heading: string): string[] {
  if (failsBoth === null) return [];
  const { a, b } = failsBoth;
  return [`- ${heading}: ${code(b.text)} (A#${a.seq}, B#${b.seq})`];
}

/** What either boot has of a difference. */
function sidesOf(difference: Difference, { a, b }: DiffReport): string {
  return [
    ...(difference.a === null ? [] : [`${code(difference.a.text)} (${citeItem(difference.a, a, 'A')})`]),
    ...(difference.b === null ? [] : [`${code(difference.b.text)} (${citeItem(difference.b, b, 'B')})`]),
  ].join(', ');
}

/** What both did before, what brought the divergence about, and the lines of the files. */
function evidenceOf(report: DiffReport): string[] {
  const { headline, a, b } = report;
  if (headline === null) return [];
  const { before, instead, last, regions, passedOver, described } = headline;
  const lines: string[] = [];
  lines.push(...failureOfBoth(headline, 'both fail before it, at'));
  for (const [letter, assigns] of [['A', headline.assigns.a] as const, ['B', headline.assigns.b] as const])
    if (assigns !== null) lines.push(`- it ${escapeMarkdown(assigns)} in ${letter}`);
  if (passedOver !== null)
    lines.push(`- ${passedOverLabel(passedOver)} ${sidesOf(passedOver.difference, report)}`);
  if (described.length > 0)
    lines.push(
      `- ${describedLabel(report.comparison.firstDivergence?.lane ?? '')} ${described.map((difference) => sidesOf(difference, report)).join('; ')}`,
    );
  if (before !== null)
    lines.push(`- both did before it: ${code(before.b.text)} (A#${before.a.seq}, B#${before.b.seq})`);
  if (instead !== null) {
    const [letter, side] = headline.a === null ? (['A', a] as const) : (['B', b] as const);
    lines.push(
      `- ${letter} ${insteadVerb(headline)} instead: ${code(instead.item.text)} (${citeItem(instead.item, side, letter)}${instead.moved === null ? '' : `, which ${letter === 'A' ? 'B does at B' : 'A does at A'}#${instead.moved.seq}`})`,
    );
  }
  if (last !== null) {
    const { letter, words } = endingOf(report, last);
    const place = last.place === null ? '' : ` ${escapeMarkdown(last.place)}`;
    const shown = words.endsWith(':') ? ` ${code(last.text)} (${letter}#${last.event.seq}${place})` : '';
    lines.push(`- ${words}${shown}`);
  }
  for (const [letter, evidence] of [['A', headline.a] as const, ['B', headline.b] as const]) {
    for (const { event, text } of evidence?.causes ?? [])
      lines.push(`- because in ${letter}: ${code(text)} (${letter}#${event.seq})`);
    for (const { place, text } of evidence?.lines ?? [])
      lines.push(`- ${letter} ${escapeMarkdown(place)}: ${code(text.trim())}`);
  }
  for (const { letter, item, side } of failuresOf({ a, b }, headline))
    lines.push(
      `- ${letter} ${failureVerb(item, report)}: ${code(item.text)} (${citeItem(item, side, letter)})`,
    );
  for (const [letter, named] of [['A', regions.a] as const, ['B', regions.b] as const])
    for (const region of named) lines.push(`- ${escapeMarkdown(describeRegion(region, letter))}`);
  return lines.length === 0 ? [] : [...lines, ''];
}

function markdownStates({ states }: DiffReport): string[] {
  const { moments, unknown } = states();
  const lines = moments.flatMap(({ moment, seqs, differences }) => [
    `- ${code(moment)} (A#${seqs.a}, B#${seqs.b})`,
    ...differences
      .slice(0, SHOWN)
      .map(({ what, a, b }) => `  - ${escapeMarkdown(what)}: ${a ?? 'nothing'} in A, ${b ?? 'nothing'} in B`),
    ...(differences.length > SHOWN ? [`  - ${differences.length - SHOWN} more`] : []),
  ]);
  for (const side of ['a', 'b'] as const)
    if (unknown[side].length > 0)
      lines.push(`- unknown in ${side.toUpperCase()}, so not compared: ${unknown[side].join(', ')}`);
  return lines.length === 0 ? [] : ['### State at the same moments', '', ...lines, ''];
}

function markdownLatencies({ latencies }: DiffReport): string[] {
  const rows = latencies()
    .slice(0, SHOWN)
    .map(
      ({ lane, b, a_ns, b_ns }) => `| ${lane} | ${escapeMarkdown(b.text)} | ${a_ns / 1e6} | ${b_ns / 1e6} |`,
    );
  if (rows.length === 0) return [];
  return [
    '### Took one of them much longer',
    '',
    '| lane | step | A ms | B ms |',
    '| --- | --- | --: | --: |',
    ...rows,
    '',
  ];
}

function countOf({ background, explained }: LaneComparison): number {
  return background ? 0 : explained.size;
}

function listOf(differences: readonly Difference[], report: DiffReport): string[] {
  const lines: string[] = [];
  let shown = 0;
  for (const group of groupsOf(differences, false)) {
    if (group === SKIPPED) continue;
    if (lines.length >= SHOWN) break;
    shown += group.length;
    const { head, between, last } = shortened(group);
    lines.push(...head.flatMap((difference) => signed(difference, report)));
    if (between !== null) lines.push(`  ... ${between}`);
    if (last !== null) lines.push(...signed(last, report));
  }
  return shown === differences.length ? lines : [...lines, `... ${differences.length - shown} more`];
}

/** As in a unified diff, with what it stands on. */
function signed({ type, a, b }: Difference, report: DiffReport): string[] {
  const lines: string[] = [];
  if (type === 'moved') return b === null ? [] : [`> ${saying(b, report.b, 'B')}`];
  if (a !== null) lines.push(`- ${saying(a, report.a, 'A')}`);
  if (b !== null) lines.push(`+ ${saying(b, report.b, 'B')}`);
  return lines;
}

function saying(item: DiffItem, side: DiffSide, letter: string): string {
  return `${item.text} [${[`${letter}#${item.seq}`, ...placesOf(item, side)].join(' ')}]`;
}

/** Lines as a block of a difference. */
export function fenced(lines: readonly string[]): string[] {
  // A fence is longer than any that the text holds.
  const longest = Math.max(2, ...lines.map((line) => /`+/.exec(line)?.[0].length ?? 0));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}diff`, ...lines.map((line) => line.replace(CONTROL, '\ufffd')), fence];
}

/** Text that is to be shown as it is. */
export function code(text: string): string {
  return `\`${text.replaceAll('`', "'").replace(CONTROL, '\ufffd')}\``;
}

/** Text in which no mark of Markdown means anything. */
export function escapeMarkdown(text: string): string {
  return text.replace(CONTROL, '\ufffd').replace(/[\\`*_|<>[\]]/g, (mark) => `\\${mark}`);
}

/** What neither XML 1.0 nor a page can hold: control characters and halves of characters. */
const CONTROL = /[\p{Cc}\p{Cs}\ufffe\uffff]/gu;

/** Text of an element or an attribute. */
export function escapeXml(text: string): string {
  return text
    .replace(/[\p{Cs}\ufffe\uffff]|(?![\t\n\r])\p{Cc}/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
