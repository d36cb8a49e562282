import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { importLogs } from '../../src/app/import-logs.ts';
import { expectGolden } from '../support/golden.ts';
import { runCli } from '../support/run-cli.ts';
import { sampleFiles } from '../support/sample-boots.ts';
import { sharedFolder } from '../support/temp-folder.ts';

const golden = (name: string) => fileURLToPath(new URL(`expected/${name}`, import.meta.url));

const folder = sharedFolder();
const broken = join(folder, 'broken.db');
const qhee = join(folder, 'qhee.db');
const imported = join(folder, 'imported.db');

async function record(output: string, ...args: string[]): Promise<void> {
  const all = ['record', '--soc', 'lemans', '--processor', 'adsp', '--no-tables', '-o', output, ...args];
  expect((await runCli(all)).code).toBe(0);
}

beforeAll(async () => {
  await record(broken, '--mode', 'el2', '--fault', 'F-16:adsp');
  await record(qhee, '--mode', 'qhee');
  importLogs({ files: sampleFiles('el2-boot-stop-boot'), output: imported });
});

/** What a command prints where 80 columns are known, and what it exits with. */
async function shown(...args: string[]): Promise<string> {
  const { code, out } = await runCli(args, { columns: 80, isWidthKnown: true });
  return `$ trace ${args.map((arg) => arg.replace(`${folder}/`, '')).join(' ')}\n${out}exit ${code}\n`;
}

describe('at 80 columns', () => {
  it('walks: a fault, a translation by a hypervisor, and what a log does not tell', async () => {
    const smem = ['--sid', '0x3000', '--iova', '0x90aff330'];
    const carveout = ['--sid', '0x3000', '--iova', '0x95a00000'];
    const runs = [
      await shown('walk', broken, ...smem, '--at', 'first-fault'),
      await shown('walk', qhee, ...carveout),
      await shown('walk', imported, ...carveout),
    ];
    expectGolden(golden('walk-80.txt'), runs.join('\n'));
  });

  it('why: a fault, and what authentication brings about under a hypervisor', async () => {
    const log = await runCli(['log', qhee, '--grep', 'PAS_AUTH_AND_RESET.*adsp', '--format', 'ndjson']);
    const [request] = log.out.split('\n').map((line) => /"seq":(\d+)/.exec(line)?.[1]);
    const runs = [
      await shown('why', broken, 'first-fault', '--down'),
      await shown('why', qhee, request ?? '', '--down'),
      await shown('why', imported, '257'),
    ];
    expectGolden(golden('why-80.txt'), runs.join('\n'));
  });

  it('blame: a region, a stream, an I/O address', async () => {
    const runs = [
      await shown('blame', broken, '--region', 'pil-adsp'),
      await shown('blame', broken, '--stream', '0x3000'),
      await shown('blame', imported, '--iova', '0x95900000', '--all'),
    ];
    expectGolden(golden('blame-80.txt'), runs.join('\n'));
  });
});
