import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, it } from 'vitest';
import { importLogs } from '../../src/app/import-logs.ts';
import { expectGolden } from '../support/golden.ts';
import { runCli } from '../support/run-cli.ts';
import { sampleFiles } from '../support/sample-boots.ts';
import { sharedFolder } from '../support/temp-folder.ts';

const folder = sharedFolder();
const broken = join(folder, 'broken.db');
const imported = join(folder, 'imported.db');

beforeAll(async () => {
  const args = [
    '--soc',
    'lemans',
    '--mode',
    'el2',
    '--processor',
    'adsp',
    '--fault',
    'F-16:adsp',
    '--no-tables',
  ];
  await runCli(['record', ...args, '-o', broken]);
  importLogs({ files: sampleFiles('el2-boot-stop-boot'), output: imported, withoutTables: true });
});

/** What commands of a walk print where 80 columns are known. */
async function walked(db: string, lines: readonly string[], ...args: string[]): Promise<string> {
  const { code, out, err } = await runCli(['step', db, ...args], {
    columns: 80,
    isWidthKnown: true,
    piped: lines,
  });
  const heading = ['step', db.replace(`${folder}/`, ''), ...args].join(' ');
  return `$ trace ${heading}\n${lines.map((line) => `< ${line}\n`).join('')}${out}${err}exit ${code}\n`;
}

describe('a walk at 80 columns', () => {
  it('prints stops, causes and sections of a simulated and of a recorded boot', async () => {
    const runs = [
      await walked(broken, []),
      await walked(broken, ['c adsp', 'c mappings', 'C bridges', 'g first-fault', 'y', 'n']),
      await walked(
        imported,
        ['g adsp:authenticated', 'n 2', 'c devices', '/is now up', 'F', 'f'],
        '--section',
        'pas',
      ),
      await walked(imported, ['g end', 's bridges', 'b', '/nothing says this']),
      await walked(imported, ['h']),
    ];
    expectGolden(fileURLToPath(new URL('expected/step-80.txt', import.meta.url)), runs.join('\n'));
  });
});
