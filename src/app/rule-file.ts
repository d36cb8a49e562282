import * as z from 'zod';
import { closestNames } from '../base/closest.ts';
import { SEVERITIES } from '../diagnosis/finding.ts';
import { type EventCondition, UserRuleSet } from '../diagnosis/user-rules.ts';
import { CATALOG, findDefinition } from '../events/catalog.ts';
import { type PlacedJson, readPlacedJson } from './json-file.ts';

const CONDITION = z
  .strictObject({
    kind: z.string().min(1).optional(),
    subject: z.string().min(1).optional(),
    agent: z.string().min(1).optional(),
    text: z.string().min(1).optional(),
    fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  })
  .refine(
    (condition) => Object.keys(condition).length > 0,
    'expected at least one of kind, subject, agent, text, fields',
  );

const RULE = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected lower case letters, digits and dashes'),
  title: z.string().min(1),
  severity: z.enum(SEVERITIES),
  when: CONDITION,
  unless: CONDITION.optional(),
  sentence: z.string().min(1),
  at_least: z.number().int().min(1).default(1),
  disproved_by: z
    .string()
    .min(1)
    .default('the event is of another boot, or means something else on this machine'),
  try: z.array(z.string().min(1)).default([]),
});

const RULE_FILE = z.strictObject({ rules: z.array(RULE).min(1) });

/** Reads rules of a user: conditions over events, or patterns over lines, with what they mean. */
export function readRuleFile(file: string): UserRuleSet {
  const { data, refuse } = readPlacedJson(file, RULE_FILE);
  return new UserRuleSet(
    data.rules.map((rule, index) => ({
      id: rule.id,
      title: rule.title,
      severity: rule.severity,
      when: conditionOf(rule.when, ['rules', index, 'when'], refuse),
      unless:
        rule.unless === undefined ? undefined : conditionOf(rule.unless, ['rules', index, 'unless'], refuse),
      sentence: rule.sentence,
      atLeast: rule.at_least,
      disprovedBy: rule.disproved_by,
      tries: rule.try,
      source: file,
    })),
  );
}

type Refuse = PlacedJson<unknown>['refuse'];

function conditionOf(
  { kind, subject, agent, text, fields }: z.infer<typeof CONDITION>,
  path: readonly PropertyKey[],
  refuse: Refuse,
): EventCondition {
  const definition = kind === undefined ? undefined : findDefinition(kind);
  const isFamily = CATALOG.some((known) => known.kind.startsWith(`${kind}.`));
  if (kind !== undefined && definition === undefined && !isFamily) {
    const near = closestNames(
      kind,
      CATALOG.map((known) => known.kind),
      3,
    );
    throw refuse([...path, 'kind'], `no kind of events is called ${kind}; did you mean ${near.join(', ')}?`);
  }
  for (const name of Object.keys(fields ?? {})) {
    if (definition === undefined)
      throw refuse([...path, 'fields'], 'expected a kind beside it, such as smmu.faulted');
    if (!(name in definition.fields))
      throw refuse(
        [...path, 'fields'],
        `${kind} has no field ${name}; it has ${Object.keys(definition.fields).join(', ')}`,
      );
  }
  return {
    kind,
    subject,
    agent,
    fields,
    text: text === undefined ? undefined : patternOf(text, path, refuse),
  };
}

function patternOf(text: string, path: readonly PropertyKey[], refuse: Refuse): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (error) {
    throw refuse(
      [...path, 'text'],
      `expected a regular expression (${error instanceof Error ? error.message : error})`,
    );
  }
}
