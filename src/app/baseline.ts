import * as z from 'zod';
import type { Finding } from '../diagnosis/finding.ts';
import { readJsonFile } from './json-file.ts';

const DAY = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;

const ENTRY = z.strictObject({
  rule: z.string().min(1),
  subject: z.string().min(1).optional(),
  reason: z.string().min(1),
  expires: z.string().regex(DAY, 'a day such as 2027-01-31'),
});

const BASELINE = z.strictObject({ accepted: z.array(ENTRY) });

/** A finding that is known, and accepted until a day. */
export type Accepted = z.infer<typeof ENTRY>;

export interface Baseline {
  readonly file: string;
  readonly entries: readonly Accepted[];
}

/** Reads a file of accepted findings. */
export function readBaseline(file: string): Baseline {
  const { accepted } = readJsonFile(file, BASELINE);
  return { file, entries: accepted };
}

/** Which entry accepts each finding, on a day; an entry that expired accepts nothing. */
export function applyBaseline(
  baseline: Baseline | null,
  findings: readonly Finding[],
  today: string,
): { accepted: { finding: Finding; entry: Accepted | null }[]; warnings: string[] } {
  const entries = baseline?.entries ?? [];
  const warnings: string[] = [];
  const used = new Set<Accepted>();
  const accepted = findings.map((finding) => {
    const matching = entries.filter(
      ({ rule, subject }) =>
        rule === finding.rule && (subject === undefined || finding.subjects.includes(subject)),
    );
    for (const entry of matching) used.add(entry);
    return { finding, entry: matching.find(({ expires }) => expires >= today) ?? null };
  });
  for (const entry of entries) {
    const name = `${entry.rule}${entry.subject === undefined ? '' : ` of ${entry.subject}`}`;
    if (entry.expires < today) warnings.push(`${baseline?.file}: ${name} expired on ${entry.expires}`);
    else if (!used.has(entry)) warnings.push(`${baseline?.file}: ${name} is accepted and was not found`);
  }
  return { accepted, warnings };
}
