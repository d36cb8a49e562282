import type { Finding, Rule } from '../diagnosis/finding.ts';

/** An event that a finding stands on, as a report names it. */
export interface ReportedEvent {
  readonly seq: number;
  readonly text: string;
  /** Where it was read; null for an event that no file told. */
  readonly source: { readonly name: string; readonly line: number } | null;
}

export interface ReportedFinding {
  readonly finding: Finding;
  readonly evidence: readonly ReportedEvent[];
  readonly ruledOut: readonly { readonly what: string; readonly event: ReportedEvent | null }[];
  /** Whether it is at or above the level that fails, and not accepted. */
  readonly isFailing: boolean;
  /** Why it is accepted; null for one that is not. */
  readonly acceptedReason: string | null;
}

/** What the formats for machines are made of. */
export interface FindingReport {
  /** History, without its folder. */
  readonly file: string;
  readonly boot: string;
  readonly toolVersion: string;
  readonly rules: readonly Rule[];
  readonly findings: readonly ReportedFinding[];
}

/** `el2.db#1234 dmesg.txt:881`, of a log that is no history `dmesg.txt:881` */
export function citeReported(file: string, { seq, source }: ReportedEvent): string {
  if (source?.name === file) return `${source.name}:${source.line}`;
  return `${file}#${seq}${source === null ? '' : ` ${source.name}:${source.line}`}`;
}
