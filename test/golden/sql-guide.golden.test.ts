import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectGolden } from '../support/golden.ts';
import { runCli } from '../support/run-cli.ts';
import { sharedFolder } from '../support/temp-folder.ts';

const GUIDE = fileURLToPath(new URL('../../docs/sql.md', import.meta.url));
/** A query, and the answer below it. */
const EXAMPLE = /```sql\n(.*?)```\n\n```text\n(.*?)```/gs;
const RECORD = /^npx trace (record .* -o )(\S+)$/gm;

/** Opens SQLite files, and knows nothing of us. */
const OTHER_PROGRAM = 'sqlite3';

/** What a query makes itself, and the roots of tables, of which a boot has a handful. */
const SMALL = ['CONSTANT', 'at', 'bit', 'node', 'step', 'root'];

const guide = readFileSync(GUIDE, 'utf8');
const folder = sharedFolder();
const queries = Array.from(guide.matchAll(EXAMPLE), ([, query = '']) => query);

/** The history that the first line of a query names. */
function historyOf(query: string): string {
  const [, name] = /^-- (\S+\.db):/.exec(query) ?? expect.unreachable(`no history is named in ${query}`);
  return join(folder, name as string);
}

/** CSV without what programs differ in: ends of lines, and what they quote. */
function unquoted(csv: string): string {
  return csv.replaceAll('\r\n', '\n').replaceAll('"', '');
}

describe('docs/sql.md', () => {
  beforeAll(async () => {
    for (const [, command = '', file = ''] of guide.matchAll(RECORD)) {
      const { code, err } = await runCli([...command.trim().split(' '), join(folder, file)]);
      expect(code, err).toBe(0);
    }
  });

  it('shows an answer below every query', () => {
    expect(queries.length).toBe(guide.split('```sql\n').length - 1);
    expect(queries.length).toBeGreaterThan(7);
  });

  it('shows the answers that its histories give', async () => {
    const answers = new Map<string, string>();
    for (const query of queries) {
      const { code, out, err } = await runCli(['sql', historyOf(query), '--', query]);
      expect(code, err).toBe(0);
      expect(out.trim().split('\n').length, `nothing is found by ${query}`).toBeGreaterThan(2);
      answers.set(query, out);
    }
    const actual = guide.replaceAll(
      EXAMPLE,
      (_all, query: string) => `\`\`\`sql\n${query}\`\`\`\n\n\`\`\`text\n${answers.get(query)}\`\`\``,
    );
    expectGolden(GUIDE, actual);
  });

  it('gives the same rows to sqlite3', async ({ skip }) => {
    if (spawnSync(OTHER_PROGRAM, ['-version']).status !== 0) skip(`there is no ${OTHER_PROGRAM}`);
    for (const query of queries) {
      const { out } = await runCli(['sql', historyOf(query), '--format', 'csv', '--', query]);
      const { stdout, stderr } = spawnSync(OTHER_PROGRAM, ['-csv', '-header', historyOf(query)], {
        input: query,
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      expect(unquoted(stdout), query).toBe(unquoted(out));
    }
  });

  it.each(queries.map((query) => [query.split('\n')[0] as string, query] as const))(
    'finds by an index: %s',
    (_title, query) => {
      const db = new Database(historyOf(query), { readonly: true });
      const plan = db.prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${query}`).all();
      db.close();
      const scanned = plan.flatMap(({ detail }) => {
        const [, name] = /^SCAN (\w+)/.exec(detail) ?? [];
        return name === undefined || SMALL.includes(name) ? [] : [name];
      });
      const readsAll = query.includes('group by');
      expect(scanned).toEqual(readsAll ? ['page_table_entry'] : []);
      if (!readsAll) expect(plan.some(({ detail }) => / USING INDEX \w+_by_/.test(detail))).toBe(true);
    },
  );
});
