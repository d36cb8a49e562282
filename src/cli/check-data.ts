import type { CheckedBoot, CitedFinding } from '../app/check-boot.ts';
import { citedEventData } from '../app/cite-event.ts';

/** A boot's findings as `--format json` shows them. */
export function checkToData(checked: CheckedBoot): unknown {
  return {
    file: checked.file,
    boot: checked.bootId,
    name: checked.bootName,
    soc: checked.soc,
    kernel: checked.kernel,
    exception_level: checked.exceptionLevel,
    event_count: checked.eventCount,
    processors: checked.processors,
    failing_count: checked.failingCount,
    findings: checked.findings.map(findingToData),
    other_errors: checked.otherErrors.map(({ first, count }) => ({ count, first: citedEventData(first) })),
  };
}

/** One finding, alike in json and ndjson. */
export function findingToData({ finding, evidence, ruledOut, accepted }: CitedFinding): unknown {
  return {
    rule: finding.rule,
    title: finding.title,
    family: finding.family,
    severity: finding.severity,
    certainty: finding.certainty,
    subjects: finding.subjects,
    cause: finding.cause,
    sentence: finding.sentence,
    failure_modes: finding.modes,
    count: finding.count,
    evidence: evidence.map(citedEventData),
    ruled_out: ruledOut.map(({ what, event }) => ({
      what,
      by: event === null ? null : citedEventData(event),
    })),
    disproved_by: finding.disprovedBy,
    try: finding.tries,
    accepted: accepted === null ? null : { reason: accepted.reason, expires: accepted.expires },
  };
}
