import { type BootEvent, renderEvent } from '../events/catalog.ts';
import { type FoundCause, type Rule, ruleFamily, type Severity } from './finding.ts';

/** What an event has to be for a user's rule: all that is given. */
export interface EventCondition {
  readonly kind?: string | undefined;
  readonly subject?: string | undefined;
  readonly agent?: string | undefined;
  /** Over the line of the log, or the event as `trace log` prints it. */
  readonly text?: RegExp | undefined;
  /** Values of fields of the payload; numbers and text alike are compared as they are printed. */
  readonly fields?: Readonly<Record<string, string | number | boolean | null>> | undefined;
}

/** A rule that a user gives as data. */
export interface UserRule {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly when: EventCondition;
  /** It is none where such an event is there too. */
  readonly unless?: EventCondition | undefined;
  /** What is wrong; `{name}` stands for a named group of the pattern, or a field of the payload. */
  readonly sentence: string;
  readonly atLeast: number;
  readonly disprovedBy: string;
  readonly tries: readonly string[];
  readonly source: string;
}

interface Match {
  readonly subject: string | null;
  readonly sentence: string;
  readonly seqs: number[];
  count: number;
}

const SEQS_KEPT = 5;

/** Rules of a user's file: they look at each event, and speak when all are in. */
export class UserRuleSet {
  readonly rules: readonly Rule[];
  private readonly given: readonly UserRule[];
  private readonly matches = new Map<string, Map<string, Match>>();
  private readonly prevented = new Map<string, number>();

  constructor(given: readonly UserRule[]) {
    this.given = given;
    this.rules = ruleFamily(
      'user',
      given.map(({ id, title, severity, disprovedBy, tries, source, when }) => ({
        id,
        title,
        severity,
        stage: 'specific',
        modes: [],
        doc: `${title} (${describe(when)})`,
        source,
        disprovedBy,
        tries,
        examine: () => this.found(id),
      })),
    );
  }

  /** Forgets the boot before. */
  begin(): void {
    this.matches.clear();
    this.prevented.clear();
  }

  apply(event: BootEvent): void {
    for (const rule of this.given) {
      if (rule.unless !== undefined && matched(rule.unless, event) !== null)
        this.prevented.set(rule.id, event.seq);
      const groups = matched(rule.when, event);
      if (groups === null) continue;
      const sentence = filled(rule.sentence, event, groups);
      const ofRule = this.matches.get(rule.id) ?? new Map<string, Match>();
      this.matches.set(rule.id, ofRule);
      const match = ofRule.get(sentence);
      if (match === undefined)
        ofRule.set(sentence, { subject: event.subject, sentence, seqs: [event.seq], count: 1 });
      else {
        match.count++;
        if (match.seqs.length < SEQS_KEPT) match.seqs.push(event.seq);
      }
    }
  }

  private *found(id: string): Generator<FoundCause> {
    const rule = this.given.find((given) => given.id === id);
    if (rule === undefined || this.prevented.has(id)) return;
    for (const { subject, sentence, seqs, count } of this.matches.get(id)?.values() ?? []) {
      if (count < rule.atLeast) continue;
      yield { subject, cause: sentence, certainty: 'likely', sentence, evidence: seqs, count, explains: [] };
    }
  }
}

/** Named groups of the pattern where an event is meant; null where it is not. */
function matched(condition: EventCondition, event: BootEvent): Readonly<Record<string, string>> | null {
  const { kind, subject, agent, text, fields } = condition;
  if (kind !== undefined && event.kind !== kind && !event.kind.startsWith(`${kind}.`)) return null;
  if (subject !== undefined && event.subject !== subject) return null;
  if (agent !== undefined && event.agent !== agent) return null;
  const payload: Readonly<Record<string, unknown>> = event.payload;
  for (const [name, wanted] of Object.entries(fields ?? {})) if (!isSame(payload[name], wanted)) return null;
  if (text === undefined) return {};
  const line = event.kind === 'log.printed' ? event.payload.text : renderEvent(event);
  const match = text.exec(line);
  return match === null ? null : (match.groups ?? {});
}

function isSame(value: unknown, wanted: string | number | boolean | null): boolean {
  if (typeof value === 'bigint') return value === toWord(wanted);
  if (typeof value === 'number' && typeof wanted === 'string') return value === Number(wanted);
  return value === wanted;
}

function toWord(wanted: string | number | boolean | null): bigint | null {
  if (typeof wanted === 'number' && Number.isSafeInteger(wanted)) return BigInt(wanted);
  return typeof wanted === 'string' && /^(?:0x[0-9a-f]+|\d+)$/i.test(wanted) ? BigInt(wanted) : null;
}

function filled(sentence: string, event: BootEvent, groups: Readonly<Record<string, string>>): string {
  const payload: Readonly<Record<string, unknown>> = event.payload;
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = groups[name] ?? (name === 'subject' ? event.subject : payload[name]);
    return value === undefined || value === null ? whole : String(value);
  });
}

function describe({ kind, subject, agent, text, fields }: EventCondition): string {
  const parts = [
    kind,
    subject === undefined ? undefined : `of ${subject}`,
    agent === undefined ? undefined : `by ${agent}`,
    ...Object.entries(fields ?? {}).map(([name, value]) => `${name} = ${value}`),
    text === undefined ? undefined : `/${text.source}/`,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}
