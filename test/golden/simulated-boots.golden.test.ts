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
});
