import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

/** Every name of a value, with those that it is in. */
function namesIn(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => namesIn(item, path));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    `${path}.${name}`,
    ...namesIn(inner, `${path}.${name}`),
  ]);
}

async function dataOf(args: readonly string[]): Promise<Record<string, unknown>> {
  const { out, err } = await runCli([...args, '--format', 'json']);
  expect(err).toBe('');
  return JSON.parse(out);
}

describe('what commands print as data', () => {
  it('names a boot alike, and all else in snake_case', async () => {
    const file = join(temporaryFolder(), 'x.db');
    const recorded = await dataOf(['record', '--soc', 'virt', '--mode', 'el2', '-o', file]);
    expect(recorded).toMatchObject({ boot: 1, name: 'virt-el2' });
    const printed: Record<string, unknown>[] = [recorded];
    for (const args of [
      ['check', file],
      ['conform', file],
      ['state', file],
      ['state', file, '--moments'],
      ['state', file, '--diff', 'adsp:starting..end'],
    ]) {
      const data = await dataOf(args);
      expect(data, args.join(' ')).toMatchObject({ file, boot: 1, name: 'virt-el2' });
      printed.push(data);
    }
    for (const command of ['info', 'verify']) {
      const data = await dataOf([command, file]);
      expect(data['boots'], command).toMatchObject([{ boot: 1, name: 'virt-el2' }]);
      printed.push(data);
    }
    for (const args of [
      ['index', file],
      ['log', file],
      ['why', file, 'adsp:starting', '--down'],
      ['blame', file, '--subject', 'adsp'],
      ['step', file, '--next'],
      ['diff', file, file],
    ]) {
      printed.push(await dataOf(args));
    }
    const names = printed.flatMap((data) => namesIn(data));
    expect(names.length).toBeGreaterThan(1000);
    expect(names.filter((name) => !/^(?:\.[a-z][a-z0-9_]*)+$/.test(name))).toEqual([]);
  });
});
