import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { returned } from '../../support/build-event.ts';
import { runCli } from '../../support/run-cli.ts';
import { storeWithTables } from '../../support/temp-store.ts';

/** Registers that no double holds exactly, or that are negative where they are read as signed; each as SQL shows it. */
const REGISTERS = [
  { value: 0n, inSql: '0', inJson: 0 },
  { value: 0xffff_ffff_ffff_fffen, inSql: '-2', inJson: -2 },
  { value: 0x8000_0000_0000_0000n, inSql: '-9223372036854775808', inJson: '-9223372036854775808' },
  { value: 0x7fff_ffff_ffff_ffffn, inSql: '9223372036854775807', inJson: '9223372036854775807' },
  { value: 2n ** 53n - 1n, inSql: '9007199254740991', inJson: 9007199254740991 },
  { value: 2n ** 53n + 1n, inSql: '9007199254740993', inJson: '9007199254740993' },
  { value: 0x8000_0000_0000_0001n, inSql: '-9223372036854775807', inJson: '-9223372036854775807' },
];
const QUERY = 'SELECT status FROM smc_returned ORDER BY seq';

const path = () => storeWithTables([{ events: REGISTERS.map(({ value }) => returned(0x42000201, value)) }]);

/** Programs that open the file with an SQLite of their own. */
const TOOLS: readonly (readonly [string, (file: string) => readonly string[]])[] = [
  ['sqlite3', (file) => [file, QUERY]],
  [
    'python3',
    (file) => [
      '-c',
      'import sqlite3, sys\nfor row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print(row[0])',
      file,
      QUERY,
    ],
  ],
];

describe('a register of 64 bits', () => {
  it('is exact in every form of trace sql', async () => {
    const file = path();
    const print = async (format: string) => (await runCli(['sql', file, QUERY, '--format', format])).out;
    const inSql = REGISTERS.map((register) => register.inSql);
    expect((await print('csv')).split('\r\n')).toEqual(['status', ...inSql, '']);
    expect((await print('text')).trimEnd().split('\n').slice(2)).toEqual(
      inSql.map((text) => text.padStart('-9223372036854775808'.length)),
    );
    const rows = REGISTERS.map(({ inJson }) => ({ status: inJson }));
    expect(JSON.parse(await print('json'))).toEqual(rows);
    expect((await print('ndjson')).trimEnd().split('\n')).toEqual(rows.map((row) => JSON.stringify(row)));
  });

  it('is its bits in hexadecimal where events are printed as data', async () => {
    const { out } = await runCli(['log', path(), '--format', 'ndjson']);
    const printed = out.trimEnd().split('\n');
    expect(printed.map((line) => JSON.parse(line).payload.status)).toEqual(
      REGISTERS.map(({ value }) => `0x${value.toString(16)}`),
    );
  });

  it.each(TOOLS)('is exact for %s', (command, args) => {
    if (spawnSync(command, ['--version']).status !== 0) return;
    const { stdout, stderr } = spawnSync(command, args(path()), { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n')).toEqual(REGISTERS.map(({ inSql }) => inSql));
  });
});
