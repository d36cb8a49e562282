import type { Severity } from '../diagnosis/finding.ts';
import {
  citeReported,
  type FindingReport,
  type ReportedEvent,
  type ReportedFinding,
} from './finding-report.ts';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  system: 'error',
  fatal: 'error',
  degraded: 'warning',
  noise: 'note',
};

/** Findings as a SARIF 2.1.0 log (OASIS, docs.oasis-open.org/sarif/sarif/v2.1.0). */
export function sarifLog(report: FindingReport): unknown {
  const indexById = new Map(report.rules.map(({ id }, index) => [id, index]));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'trace check',
            version: report.toolVersion,
            rules: report.rules.map(({ id, title, doc, severity, tries, family, modes }) => ({
              id,
              shortDescription: { text: title },
              fullDescription: { text: doc },
              help: { text: tries.join('\n') },
              defaultConfiguration: { level: LEVELS[severity] },
              properties: { tags: [family, ...modes] },
            })),
          },
        },
        results: report.findings.map((found) => resultOf(report.file, found, indexById)),
      },
    ],
  };
}

function resultOf(file: string, found: ReportedFinding, indexById: ReadonlyMap<string, number>): unknown {
  const { finding, evidence, ruledOut, acceptedReason } = found;
  const index = indexById.get(finding.rule);
  return {
    ruleId: finding.rule,
    ...(index === undefined ? {} : { ruleIndex: index }),
    level: LEVELS[finding.severity],
    message: { text: messageOf(file, found) },
    locations: evidence.slice(0, 1).map((event) => locationOf(file, event)),
    relatedLocations: evidence.slice(1).map((event) => locationOf(file, event)),
    partialFingerprints: { cause: `${finding.rule} ${finding.cause}` },
    occurrenceCount: finding.count,
    ...(acceptedReason === null
      ? {}
      : { suppressions: [{ kind: 'external', justification: acceptedReason }] }),
    properties: {
      severity: finding.severity,
      certainty: finding.certainty,
      subjects: finding.subjects,
      failure_modes: finding.modes,
      disproved_by: finding.disprovedBy,
      try: finding.tries,
      ruled_out: ruledOut.map(({ what, event }) => ({
        what,
        by: event === null ? null : citeReported(file, event),
      })),
    },
  };
}

/** A relative reference (RFC 3986), in which a file name may hold any character. */
function uriOf(path: string): string {
  return path
    .replaceAll(/\p{Cs}/gu, '\uFFFD')
    .split('/')
    .map(encodeURIComponent)
    .join('/');
}

function messageOf(file: string, { finding, evidence }: ReportedFinding): string {
  const cites = evidence.slice(0, 3).map((event) => citeReported(file, event));
  return `${finding.sentence}${cites.length === 0 ? '' : ` (${cites.join(', ')})`}`;
}

function locationOf(file: string, event: ReportedEvent): unknown {
  const logicalLocations = [{ name: `${file}#${event.seq}`, kind: 'event' }];
  if (event.source === null)
    return {
      physicalLocation: { artifactLocation: { uri: uriOf(file) } },
      logicalLocations,
      message: { text: event.text },
    };
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(event.source.name) },
      region: { startLine: event.source.line },
    },
    logicalLocations,
    message: { text: event.text },
  };
}
