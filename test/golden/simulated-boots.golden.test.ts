import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { expectGolden } from '../support/golden.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const golden = (name: string) => fileURLToPath(new URL(`expected/${name}`, import.meta.url));

describe('a simulated ADSP of Lemans', () => {
  it('under QHEE against Linux at EL2, at 100 columns', async () => {
    const folder = temporaryFolder();
    const files = ['qhee', 'el2'].map((mode) => join(folder, `${mode}.db`));
    for (const [index, mode] of ['qhee', 'el2'].entries()) {
      const args = ['--mode', mode, '--processor', 'adsp', '-o', files[index] ?? '', '--no-tables'];
      const { code, out } = await runCli(['record', '--soc', 'lemans', ...args]);
      expect(code).toBe(0);
      expect(out).toContain('up: adsp');
    }
    const { code, out } = await runCli(['diff', ...files], { columns: 100 });
    expect(code).toBe(1);
    expectGolden(golden('simulated-adsp-qhee-against-el2-100.txt'), out.replaceAll(`${folder}/`, ''));
  });

  it.each([75, 80, 100])(
    'under QHEE against EL2 with a carveout that nobody maps, at %i columns',
    async (columns) => {
      const folder = temporaryFolder();
      const common = ['--soc', 'lemans', '--processor', 'adsp', '--no-tables'];
      const [qhee, el2] = ['qhee.db', 'el2.db'].map((name) => join(folder, name)) as [string, string];
      await runCli(['record', ...common, '--mode', 'qhee', '-o', qhee]);
      await runCli(['record', ...common, '--mode', 'el2', '--without', 'map-carveout', '-o', el2]);
      const { code, out } = await runCli(['diff', qhee, el2], { columns });
      expect(code).toBe(1);
      expectGolden(golden(`qhee-against-unmapped-carveout-${columns}.txt`), out.replaceAll(`${folder}/`, ''));
    },
  );

  it('as it is once TrustZone has authenticated it, at 80 columns', async () => {
    const db = join(temporaryFolder(), 'el2.db');
    const args = ['--soc', 'lemans', '--mode', 'el2', '--processor', 'adsp', '-o', db, '--no-tables'];
    expect((await runCli(['record', ...args])).code).toBe(0);
    const { code, out } = await runCli(['state', db, '--at', 'adsp:authenticated'], { columns: 80 });
    expect(code).toBe(0);
    expectGolden(golden('simulated-adsp-authenticated.state.txt'), out);
    const diff = ['state', db, '--diff', 'adsp:memory-set-up..adsp:running'];
    expectGolden(golden('simulated-adsp-started.state-diff.txt'), (await runCli(diff, { columns: 80 })).out);
  });
});
