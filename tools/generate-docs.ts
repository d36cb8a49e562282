/**
 * Writes the documents that follow from the code: docs/events.md from the catalog, docs/schema.sql from the
 * migrations and the derived tables, docs/cli.md from the commands' own help, docs/simulation.md from what the
 * simulator can be told, docs/parts.md from simulated boots, docs/log-lines.md from the recognisers,
 * docs/check.md from the rules. With --check nothing is written,
 * and the exit code says whether they are up to date.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describeModel } from '../src/app/describe-model.ts';
import { ALL_COMMANDS } from '../src/cli/all-commands.ts';
import { commandHelp } from '../src/cli/program.ts';
import { DEFINITIONS } from '../src/events/catalog.ts';
import type { Field } from '../src/events/field.ts';
import { PARTS } from '../src/simulator/parts.ts';
import { POLICIES } from '../src/simulator/policies.ts';
import { listMigrations } from '../src/store/database.ts';
import { DERIVED_TABLES } from '../src/store/derived-schema.ts';
import { renderLogLines } from '../test/support/log-lines-page.ts';
import { renderParts } from '../test/support/parts-page.ts';
import { renderRules } from '../test/support/rules-page.ts';

const DOCUMENTS: Readonly<Record<string, () => string>> = {
  'events.md': renderEvents,
  'schema.sql': renderSchema,
  'cli.md': renderCommands,
  'simulation.md': renderSimulation,
  'parts.md': renderParts,
  'log-lines.md': renderLogLines,
  'check.md': renderRules,
};

function renderEvents(): string {
  const families = new Map<string, string[]>();
  for (const definition of DEFINITIONS) {
    const family = definition.kind.slice(0, definition.kind.indexOf('.'));
    const fields = Object.entries(definition.fields);
    const rows = fields.map(
      ([name, field]) =>
        `| \`${name}\` | ${field.storage}${field.nullable ? ', may be unknown' : ''} | ${field.role} | ${describe(field)} |`,
    );
    const table =
      rows.length === 0
        ? 'No fields.\n'
        : `| field | stored as | role | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`;
    const text = `### ${definition.kind}\n\nVersion ${definition.version}. ${definition.doc}\n\n${table}`;
    families.set(family, [...(families.get(family) ?? []), text]);
  }
  const sections = [...families].map(([family, texts]) => `## ${family}\n\n${texts.join('\n')}`);
  return `# Events

Generated from src/events by \`npm run docs\`; do not edit.

Every event has an envelope: \`seq\` (position in the boot), \`t_ns\` (ns since the boot's zero, null when the
source had no time), \`agent\` (who acted), \`subject\` (what it is about), \`cause\` (seq of the event that brought
it about), \`context\` (task, CPU and flags of ftrace, or the printk caller), \`source\` and \`line\` (where it was
read). What follows is the payload of each kind. A field's role says what it is for when two boots are
compared: an *identity* says which thing the event is about, a *value* is compared, a *volatile* field is not.
In SQL each kind is a table with the dot replaced by an underscore, such as \`smc_requested\`.

What both a trace and a log tell is there twice, because both are evidence: \`smmu.group_added\`, and crashes of
remote processors. An event that was read from a line of the log has that line, a \`log.printed\`, as its cause; one
that was read from a trace has none or another. A comparison takes the two for one; a query that counts leaves one out:

    select count(*) from event where kind = 'smmu.group_added'
      and not exists (select 1 from log_printed where boot = event.boot and seq = event.cause)

${sections.join('\n')}`;
}

function describe(field: Field<unknown>): string {
  const doc = field.doc.replaceAll('|', '\\|');
  return field.format === 'decimal' ? doc : `${doc} (${field.format})`;
}

function renderSchema(): string {
  const migrations = listMigrations().map(({ name }) =>
    readFileSync(new URL(`../migrations/${name}`, import.meta.url), 'utf8'),
  );
  return `-- Generated from migrations/ and src/ by \`npm run docs\`; do not edit.
--
-- Part 1: the log, which is the truth and can only grow.

${migrations.join('\n')}
-- Part 2: tables for SQL, derived from the log; \`trace index\` makes them again.

${DERIVED_TABLES.flatMap((table) => [`${table.createTable};`, ...[...table.createIndexes.values()].map((sql) => `${sql};`), '']).join('\n')}`;
}

function renderCommands(): string {
  const sections = commandHelp(ALL_COMMANDS).map(
    ({ name, help }) => `## ${name}\n\n\`\`\`\n${help.trimEnd()}\n\`\`\`\n`,
  );
  return `# Commands

Generated from the commands' own help by \`npm run docs\`; do not edit.

${sections.join('\n')}`;
}

function renderSimulation(): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
    [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
  const lists = describeModel()
    .filter(({ title }) => !title.startsWith('Policies') && !title.startsWith('Parts'))
    .map(
      ({ title, entries }) =>
        `## ${title}\n\n${table(
          ['name', 'what'],
          entries.map(({ name, text }) => [name, text]),
        )}\n`,
    );
  const parts = PARTS.map(({ name, title, without }) => [`\`${name}\``, title, without]);
  const policies = Object.entries(POLICIES).map(([name, { values, doc, source }]) => [
    `\`${name}\``,
    values.map((value, index) => (index === 0 ? `**${value}**` : value)).join(', '),
    doc,
    source,
  ]);
  return `# What a simulation can be told

Generated from src/simulator and src/soc by \`npm run docs\`; do not edit. \`trace record --list\` prints it too.
docs/model.md says what is modelled and how.

${lists.join('\n')}
## Parts of the series (--without)

${table(['part', 'what it brought', 'without it'], parts)}

## Policies (--policy)

Where the behaviour of firmware is not public, the model assumes one. Each assumption has a name and can be set;
the first value, in bold, is the default.

${table(['policy', 'values', 'what it says', 'source'], policies)}
`;
}

const check = process.argv.includes('--check');
const stale: string[] = [];
for (const [name, render] of Object.entries(DOCUMENTS)) {
  const path = new URL(`../docs/${name}`, import.meta.url);
  const text = render();
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  stale.push(`docs/${name}`);
  if (!check) writeFileSync(path, text);
}
if (check && stale.length > 0) {
  console.error(`stale: ${stale.join(', ')}; run \`npm run docs\``);
  process.exitCode = 1;
} else if (!check) {
  console.error(stale.length === 0 ? 'documents are up to date' : `wrote ${stale.join(', ')}`);
}
