import { citeReported, type FindingReport } from './finding-report.ts';

/** Findings as Markdown, for an issue or a merge request. */
export function findingMarkdown(report: FindingReport): string {
  const open = report.findings.filter(
    ({ finding, acceptedReason }) => finding.severity !== 'noise' && acceptedReason === null,
  );
  if (open.length === 0) return `No findings in \`${report.file}\`.\n`;
  const parts = open.map(({ finding, evidence, ruledOut }) => {
    const about = [...finding.subjects, finding.certainty, `\`${finding.rule}\``, ...finding.modes];
    return [
      `### ${finding.severity}: ${plain(finding.title)}`,
      '',
      about.join(', '),
      '',
      `${plain(finding.sentence)}.`,
      '',
      ...evidence
        .slice(0, 6)
        .map((event) => `- ${code(citeReported(report.file, event))} ${code(event.text)}`),
      ...list(
        'Ruled out',
        ruledOut.map(
          ({ what, event }) =>
            `${plain(what)}${event === null ? '' : ` (${code(citeReported(report.file, event))})`}`,
        ),
      ),
      ...list('Disproved by', [plain(finding.disprovedBy)]),
      ...list('Try', finding.tries.map(plain)),
      '',
    ].join('\n');
  });
  return parts.join('\n');
}

function list(title: string, entries: readonly string[]): string[] {
  return entries.length === 0 ? [] : ['', `${title}:`, '', ...entries.map((entry) => `- ${entry}`)];
}

/** In code, nothing is markup; backquotes inside ask for longer ones outside. */
function code(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([quotes]) => quotes.length));
  const quotes = '`'.repeat(longest + 1);
  return longest === 0 ? `${quotes}${line}${quotes}` : `${quotes} ${line} ${quotes}`;
}

/** Text in which nothing is markup but code in backquotes. */
function plain(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part, index) =>
      index % 2 === 1 ? part : part.replace(/[\\*_<>[\]|#`]/g, '\\$&').replaceAll('&', '&amp;'),
    )
    .join('');
}
