import { findingMarkdown } from '../export/finding-markdown.ts';
import type { FindingReport, ReportedEvent } from '../export/finding-report.ts';
import { junitReport } from '../export/junit.ts';
import { sarifLog } from '../export/sarif.ts';
import type { CheckedBoot } from './check-boot.ts';
import type { ListedEvent } from './list-events.ts';
import { nameOfFile } from './source-file.ts';
import { toolVersion } from './version.ts';

export function checkToSarif(checked: CheckedBoot): unknown {
  return sarifLog(reportOf(checked));
}

export function checkToJunit(checked: CheckedBoot): string {
  return junitReport(reportOf(checked));
}

export function checkToMarkdown(checked: CheckedBoot): string {
  return findingMarkdown(reportOf(checked));
}

function reportOf(checked: CheckedBoot): FindingReport {
  return {
    file: nameOfFile(checked.file),
    boot: checked.bootName,
    toolVersion: toolVersion(),
    rules: checked.rules,
    findings: checked.findings.map(({ finding, evidence, ruledOut, accepted, isFailing }) => ({
      finding,
      evidence: evidence.map(reported),
      ruledOut: ruledOut.map(({ what, event }) => ({ what, event: event === null ? null : reported(event) })),
      isFailing,
      acceptedReason: accepted?.reason ?? null,
    })),
  };
}

function reported({ event, text, place }: ListedEvent): ReportedEvent {
  const colon = place?.lastIndexOf(':') ?? -1;
  return {
    seq: event.seq,
    text,
    source: place === null || event.line === null ? null : { name: place.slice(0, colon), line: event.line },
  };
}
