import { citeReported, type FindingReport, type ReportedFinding } from './finding-report.ts';

/** Findings as a JUnit report: a test case for each rule, which fails where a finding at the level asked for is. */
export function junitReport(report: FindingReport): string {
  const cases = report.rules.map((rule) => {
    const found = report.findings.filter(({ finding }) => finding.rule === rule.id);
    return {
      rule,
      failing: found.filter(({ isFailing }) => isFailing),
      others: found.filter(({ isFailing }) => !isFailing),
    };
  });
  const failures = cases.filter(({ failing }) => failing.length > 0).length;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="trace check" tests="${cases.length}" failures="${failures}">`,
    `  <testsuite name="${escaped(suiteName(report))}" tests="${cases.length}" failures="${failures}" errors="0" skipped="0">`,
  ];
  for (const { rule, failing, others } of cases) {
    const head = `    <testcase classname="${escaped(rule.family)}" name="${escaped(rule.id)}"`;
    if (failing.length + others.length === 0) {
      lines.push(`${head}/>`);
      continue;
    }
    lines.push(`${head}>`);
    for (const found of failing)
      lines.push(
        `      <failure type="${found.finding.severity}" message="${escaped(found.finding.sentence)}">${escaped(detailOf(report.file, found))}</failure>`,
      );
    for (const found of others)
      lines.push(
        `      <system-out>${escaped(`${found.finding.sentence}\n${detailOf(report.file, found)}`)}</system-out>`,
      );
    lines.push('    </testcase>');
  }
  lines.push('  </testsuite>', '</testsuites>', '');
  return lines.join('\n');
}

/** A log that is no history gives its boot its own name. */
function suiteName({ file, boot }: FindingReport): string {
  return file === boot ? file : `${file} ${boot}`;
}

function detailOf(file: string, { finding, evidence, ruledOut, acceptedReason }: ReportedFinding): string {
  return [
    `${finding.severity}, ${finding.certainty}${finding.modes.length === 0 ? '' : `, ${finding.modes.join(' or ')}`}`,
    ...(acceptedReason === null ? [] : [`accepted: ${acceptedReason}`]),
    ...evidence.map((event) => `${citeReported(file, event)} ${event.text}`),
    ...ruledOut.map(
      ({ what, event }) => `ruled out: ${what}${event === null ? '' : ` (${citeReported(file, event)})`}`,
    ),
    `disproved by: ${finding.disprovedBy}`,
    ...finding.tries.map((text) => `try: ${text}`),
  ].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Text as XML 1.0 may hold it: control characters other than tab and line ends are not allowed, even as references. */
function escaped(text: string): string {
  return text
    .replace(/(?![\t\n\r])\p{Cc}|[\uFFFE\uFFFF]/gu, '\uFFFD')
    .replace(/\p{Cs}/gu, '\uFFFD')
    .replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char);
}
