import type { Difference, DiffItem, DiffReport, DiffSide, LaneComparison } from '../app/diff-boots.ts';
import { type DiffDataOptions, diffToData, placesOf } from './diff-data.ts';
import { toJson } from './json.ts';

/** Differences that one failure or list shows; the rest is counted. */
const SHOWN = 20;

/** One JSON object a line: the comparison without its parts, then each duty and each difference. */
export function renderDiffNdjson(report: DiffReport, options: DiffDataOptions): string {
  const { lanes, obligations, ...head } = diffToData(report, options) as {
    readonly lanes?: readonly { readonly lane: string; readonly differences?: readonly object[] }[];
    readonly obligations: readonly object[];
  };
  const lines: object[] = [{ row: 'comparison', ...head }];
  for (const obligation of obligations) lines.push({ row: 'duty', ...obligation });
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
    for (const { title, unmetIn, a, b } of rows) {
      const who = `A: ${a?.by ?? 'no such start'}, B: ${b?.by ?? 'no such start'}`;
      cases.push({
        suite: `duties.${processor}.${start}`,
        name: title,
        failure: unmetIn === null ? null : who,
        message: `nobody met it in ${unmetIn === 'both' ? 'A and B' : (unmetIn ?? '').toUpperCase()}`,
      });
    }
  }
  for (const lane of comparison.lanes) {
    if (wanted.length > 0 ? !wanted.includes(lane.lane) : lane.background) continue;
    const left = lane.differences.filter((difference) => !lane.explained.has(difference));
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
  const { comparison, a, b } = report;
  const lines = [`## ${code(a.file)} against ${code(b.file)}`, ''];
  for (const [letter, side] of [['A', a] as const, ['B', b] as const])
    lines.push(`- **${letter}** ${escapeMarkdown(side.boot.summary)}`);
  lines.push(...report.notes.map((note) => `- note: ${escapeMarkdown(note)}`), '');
  const first = comparison.firstDivergence;
  if (first === null) lines.push('No difference.', '');
  else {
    const expected = first.isExplained ? ' (explained by the mode)' : '';
    lines.push(`**First divergence**, in ${code(first.lane)}${expected}:`, '');
    lines.push(...fenced(signed(first.difference, report)), '');
  }
  if (brief) return `${lines.join('\n').trimEnd()}\n`;
  for (const { processor, start, rows } of comparison.obligations) {
    if (wanted.length > 0 && !wanted.includes(processor)) continue;
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
            ? ''
            : `**${row.unmetIn.toUpperCase()}**`;
      lines.push(`| ${row.title} | ${cell(row.a, 'A')} | ${cell(row.b, 'B')} | ${unmet} |`);
    }
    lines.push('');
  }
  for (const lane of comparison.lanes) {
    if (wanted.length > 0 ? !wanted.includes(lane.lane) : lane.background) continue;
    const left = lane.differences.filter((difference) => !lane.explained.has(difference));
    if (left.length > 0) lines.push(`### ${lane.lane}`, '', ...fenced(listOf(left, report)), '');
  }
  const explained = comparison.lanes.reduce((sum, lane) => sum + countOf(lane), 0);
  if (explained > 0) lines.push(`Explained by the mode: ${explained}.`, '');
  return `${lines.join('\n').trimEnd()}\n`;
}

function countOf({ background, explained }: LaneComparison): number {
  return background ? 0 : explained.size;
}

function listOf(differences: readonly Difference[], report: DiffReport): string[] {
  const lines = differences.slice(0, SHOWN).flatMap((difference) => signed(difference, report));
  const more = differences.length - SHOWN;
  return more > 0 ? [...lines, `... ${more} more`] : lines;
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
