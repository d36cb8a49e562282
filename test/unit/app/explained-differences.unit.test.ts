import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DiffReport, diffBoots } from '../../../src/app/diff-boots.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

async function record(name: string, ...args: string[]): Promise<string> {
  const file = join(temporaryFolder(), `${name}.db`);
  const common = ['--soc', 'lemans', '--processor', 'adsp', '-o', file, '--no-tables'];
  expect((await runCli(['record', ...common, ...args])).code).toBeLessThan(2);
  return file;
}

function unexplained({ comparison }: DiffReport): string[] {
  return comparison.lanes
    .filter(({ background }) => !background)
    .flatMap(({ lane, differences, explained }) =>
      differences
        .filter((difference) => !explained.has(difference))
        .map(({ type, a, b }) => `${lane} ${type}: ${(b ?? a)?.text ?? ''}`),
    );
}

describe('what the mode explains', () => {
  it('is everything in a healthy pair that differs in nothing but the mode and the seed', async () => {
    const qhee = await record('qhee', '--mode', 'qhee', '--seed', '5');
    const el2 = await record('el2', '--mode', 'el2', '--seed', '7');
    diffBoots({ a: qhee, b: el2 }, (report) => {
      expect(report.model).toMatchObject({ soc: 'lemans', modes: { a: 'qhee', b: 'el2' } });
      expect(unexplained(report)).toEqual([]);
      expect(report.comparison).toMatchObject({ differs: true, firstDivergence: { isExplained: true } });
    });
    expect(diffBoots({ a: el2, b: qhee }, unexplained)).toEqual([]);
  });

  it('is not what a fault adds, which comes first', async () => {
    const qhee = await record('qhee', '--mode', 'qhee');
    const broken = await record('broken', '--mode', 'el2', '--without', 'map-carveout');
    diffBoots({ a: qhee, b: broken }, (report) => {
      const found = unexplained(report);
      expect(found).toContain('adsp only-b: adsp crashed: mmufault');
      expect(found.length).toBeLessThan(120);
      expect(report.comparison.firstDivergence).toMatchObject({ lane: 'adsp', isExplained: false });
    });
  });

  it('is nothing where a wrong mode is what is wrong', async () => {
    const el2 = await record('el2', '--mode', 'el2');
    const plain = await record('plain', '--mode', 'el2-plain-dt');
    diffBoots({ a: el2, b: plain }, ({ model, comparison }) => {
      expect(model).toEqual({ reason: 'both boots are of mode el2' });
      expect(comparison.lanes.every(({ explained }) => explained.size === 0)).toBe(true);
    });
    const qhee = await record('qhee', '--mode', 'qhee');
    expect(diffBoots({ a: qhee, b: plain }, unexplained)).toContain(
      'adsp only-b: adsp: start failed, -22 EINVAL',
    );
  });
});
