import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { importLogs } from '../../../src/app/import-logs.ts';
import { buildEvent } from '../../support/build-event.ts';
import { runCli } from '../../support/run-cli.ts';
import { sampleFiles } from '../../support/sample-boots.ts';
import { sharedFolder } from '../../support/temp-folder.ts';
import { storeBoots } from '../../support/temp-store.ts';

const folder = sharedFolder();
const qhee = join(folder, 'qhee.db');
const el2 = join(folder, 'el2.db');

beforeAll(() => {
  importLogs({ files: sampleFiles('el1-boot-stop-boot'), output: qhee });
  importLogs({ files: sampleFiles('el2-boot-stop-boot'), output: el2 });
});

describe('exit codes', () => {
  it('is 0 for what is done or the same, 1 for differences, 2 for trouble', async () => {
    expect(await runCli(['info', el2])).toMatchObject({ code: 0, err: '' });
    expect(await runCli(['diff', el2, el2])).toMatchObject({ code: 0, err: '' });
    expect(await runCli(['diff', qhee, el2])).toMatchObject({ code: 1, err: '' });
    expect(await runCli(['diff', qhee, join(folder, 'none.db')])).toMatchObject({ code: 2, out: '' });
  });

  it.each([
    ['an unknown command', ['frobnicate']],
    ['an unknown option', ['info', 'x.db', '--frobnicate']],
    ['a missing argument', ['diff', 'x.db']],
    ['a choice that is none', ['diff', 'a', 'b', '--format', 'xml']],
    ['a number that is none', ['log', 'x.db', '--from', 'three']],
    ['a pattern that is none', ['log', 'x.db', '--grep', '(']],
    ['a kind that is none', ['log', 'x.db', '--kind', 'smc.frobnicated']],
  ])('is 2 for %s, with a line on stderr and nothing on stdout', async (_what, args) => {
    const { code, out, err } = await runCli(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^trace: /);
    expect(err).not.toMatch(/\n {4}at /);
  });
});

describe('bad histories', () => {
  it.each([
    ['empty', '', /is empty/],
    ['text', 'hello, this is not a database, not even a little one\n'.repeat(100), /is not a boot history/],
  ])('%s: one line that names the file', async (name, content, message) => {
    const path = join(folder, `${name}.db`);
    writeFileSync(path, content);
    const { code, err } = await runCli(['info', path]);
    expect(code).toBe(2);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(err).toMatch(message);
    expect(err).toContain(path);
  });
});

describe('log', () => {
  it('shows only what is asked for', async () => {
    const { out } = await runCli(['log', el2, '--subject', 'adsp', '--kind', 'pas']);
    const lines = out.trimEnd().split('\n');
    expect(lines.length).toBe(9);
    for (const line of lines) expect(line).toMatch(/ adsp {4}1 adsp: .* pas\.ftrace\.txt:\d+$/);
  });

  it('stops at a limit', async () => {
    expect((await runCli(['log', el2, '--limit', '3'])).out.trimEnd().split('\n')).toHaveLength(3);
  });

  it('keeps to the width of a terminal, and gives a pipe one line an event', async () => {
    for (const columns of [80, 120]) {
      const { out } = await runCli(['log', el2], { columns, isWidthKnown: true });
      expect(out.split('\n').filter((line) => line.length > columns)).toEqual([]);
    }
    const { out } = await runCli(['log', el2], { columns: 80 });
    const { out: count } = await runCli([
      'sql',
      el2,
      'select count(*) as n from event',
      '--format',
      'ndjson',
    ]);
    expect(out.trimEnd().split('\n')).toHaveLength((JSON.parse(count) as { n: number }).n);
  });

  it('keeps its columns where a subject is long', async () => {
    const path = join(folder, 'long-subject.db');
    storeBoots(
      [
        {
          events: ['scm', '30000000.remoteproc', 'x'.repeat(40)].map((subject) =>
            buildEvent('trace.events_lost', { cpu: 0, count: 1 }, { subject }),
          ),
        },
      ],
      path,
    );
    const { out } = await runCli(['log', path]);
    const starts = out
      .trimEnd()
      .split('\n')
      .map((line) => line.indexOf('CPU 0 lost 1 event'));
    expect(starts[0]).toBe(starts[1]);
    expect(starts[2]).toBe((starts[1] ?? 0) + 16);
  });

  it('exits with 1 when nothing matches, and says which names there are', async () => {
    expect(await runCli(['log', el2, '--subject', 'asdp'])).toEqual({
      code: 1,
      out: '',
      err: 'trace: no event matches\ntrace: no subject is called asdp; there are adsp, scm, 9050000.smmuv3\n',
    });
    const { code, err } = await runCli(['log', el2, '--agent', 'linus', '--format', 'json']);
    expect(code).toBe(1);
    expect(err).toMatch(/no agent is called linus; there are linux, /);
    expect((await runCli(['log', el2, '--subject', 'adsp', '--kind', 'fault'])).err).toBe(
      'trace: no event matches\n',
    );
  });

  it('takes a part from one moment to another, each by name, time or seq', async () => {
    const seqsOf = async (...range: string[]) => {
      const { out } = await runCli(['log', el2, '--format', 'json', ...range]);
      return (JSON.parse(out) as { seq: number; t_ns: number }[]).map(({ seq, t_ns }) => ({ seq, t_ns }));
    };
    const all = await seqsOf();
    const named = await seqsOf('--from', 'adsp:authenticated', '--to', 'adsp:ready');
    expect(named.length).toBeGreaterThan(3);
    expect(await seqsOf('--from', String(named[0]?.seq), '--to', String(named.at(-1)?.seq))).toEqual(named);
    const [begin = 0, end = 0] = [all[300]?.t_ns, all[400]?.t_ns];
    const timed = await seqsOf('--from', `${begin / 1e9}s`, '--to', `${end / 1e9}s`);
    expect(timed).toEqual(all.filter(({ t_ns }) => t_ns >= begin && t_ns <= end));
    expect(await seqsOf('--from', '-3')).toEqual(all.slice(-4));
    // A whole number beside a time could be either.
    for (const [from, to, advice] of [
      [
        '2',
        '2.86',
        '--from 2 is an event and --to 2.86 a time: for a time write --from 2s, for an event give --to as one too',
      ],
      [
        '0.5s',
        '3',
        '--to 3 is an event and --from 0.5s a time: for a time write --to 3s, for an event give --from as one too',
      ],
    ] as const)
      expect(await runCli(['log', el2, '--from', from, '--to', to])).toMatchObject({
        code: 2,
        out: '',
        err: `trace: ${advice}\n`,
      });
    for (const option of ['--from', '--to'])
      expect(await runCli(['log', el2, option, ''])).toMatchObject({
        code: 2,
        err: 'trace: a moment cannot be empty: give a seq, a time such as 2.86 or a name such as adsp:ready\n',
      });
    expect(await seqsOf('--from', '99999999')).toEqual([]);
    expect((await runCli(['log', el2, '--from', 'adsp:authentic'])).err).toMatch(/did you mean adsp:authent/);
  });

  it('prints JSON that says the same, with registers exact', async () => {
    const { out } = await runCli(['log', el2, '--kind', 'smc.returned', '--format', 'ndjson']);
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { payload: { status: string } });
    expect(events).toHaveLength(25);
    expect(events.map((event) => event.payload.status)).toContain('0xfffffffffffffffc');
    const array: unknown = JSON.parse(
      (await runCli(['log', el2, '--kind', 'smc.returned', '--format', 'json'])).out,
    );
    expect(array).toEqual(events);
    expect(
      JSON.parse((await runCli(['log', el2, '--grep', 'no such thing', '--format', 'json'])).out),
    ).toEqual([]);
  });
});

describe('log --as', () => {
  it('prints the lines that tell of what is asked for, as the kernel wrote them', async () => {
    const { code, out } = await runCli(['log', el2, '--as', 'dmesg', '--subject', 'adsp', '--limit', '2']);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^\[ {4}0\.000000\] OF: reserved mem: .* pil-adsp@95900000\n\[.*Adding to iommu group 0\n$/,
    );
    const raw = await runCli(['log', el2, '--as', 'dmesg', '--raw', '--limit', '1']);
    expect(raw.out).toMatch(/^\[ {4}0\.000000\] Booting Linux/);
    const trace = await runCli(['log', el2, '--as', 'ftrace', '--kind', 'pas']);
    expect(trace.out.split('\n').filter((line) => line.includes(': scm_smc_done: '))).toHaveLength(9);
  });

  it('says when there is nothing to print', async () => {
    expect(await runCli(['log', el2, '--as', 'ftrace', '--grep', 'no such thing'])).toEqual({
      code: 1,
      out: '',
      err: 'trace: no event that matches has a line in ftrace\n',
    });
  });

  it.each([
    ['--as', 'dmesg', '--format', 'json'],
    ['--as', 'syslog'],
    ['--as', 'ftrace', '--raw'],
    ['--raw'],
  ])('is refused: %s %s %s', async (...options) => {
    const { code, out, err } = await runCli(['log', el2, ...options]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^trace: /);
  });
});

describe('info', () => {
  it('keeps to the width it is given', async () => {
    for (const columns of [60, 80, 120]) {
      const { out } = await runCli(['info', el2], { columns });
      expect(
        out
          .split('\n')
          .slice(1)
          .filter((line) => line.length > columns),
      ).toEqual([]);
    }
  });
});

describe('diff', () => {
  it('sees what the EL2 boot does and the EL1 boot does not', async () => {
    const { out } = await runCli(['diff', qhee, el2, '--format', 'json']);
    const report = JSON.parse(out) as {
      first_divergence: { lane: string; type: string; b: { kind: string } };
      lanes: { lane: string; differences: { type: string; b: { text: string } | null }[] }[];
    };
    expect(report.first_divergence).toMatchObject({
      lane: 'adsp',
      type: 'only_b',
      b: { kind: 'smmu.group_added' },
    });
    const adsp = report.lanes.find((lane) => lane.lane === 'adsp')?.differences ?? [];
    expect(new Set(adsp.map((difference) => difference.type))).toEqual(new Set(['only_b']));
    const texts = adsp.map((difference) => difference.b?.text ?? '');
    const count = (pattern: RegExp) => texts.filter((text) => pattern.test(text)).length;
    expect(count(/attached to an IOMMU domain/)).toBe(4);
    expect(count(/^PAS_GET_RSCTABLE.*table_size=0x88/)).toBe(2);
    expect(count(/^map iova 0x30000000 \+ 0x100000/)).toBe(2);
    expect(count(/^map iova 0x9b900000 \+ 0x80000/)).toBe(2);
    expect(count(/^map iova 0x95900000 \+ 0x1e00000/)).toBe(2);
    expect(count(/^SHM_BRIDGE_CREATE\(pa=0x95900000/)).toBe(2);
    expect(count(/^SHM_BRIDGE_DELETE/)).toBe(2);
    expect(count(/^unmap/)).toBe(3);
    expect(count(/INIT_IMAGE|MEM_SETUP|AUTH_AND_RESET|SHUTDOWN/)).toBe(0);
  });

  it('does not take a source that one side lacks for things that did not happen', async () => {
    const dmesgOnly = join(folder, 'dmesg-only.db');
    importLogs({ files: sampleFiles('el2-boot-stop-boot').slice(0, 1), output: dmesgOnly });
    const { code, out } = await runCli(['diff', dmesgOnly, el2]);
    expect(out).toMatch(/note: not comparable: \d+ events of B \(pas\.ftrace\.txt\): A has no trace\n/);
    expect(out).toContain('No difference: ');
    expect(code).toBe(0);
  });

  it('is the mirror image the other way round', async () => {
    const counts = async (a: string, b: string) => {
      const { lanes } = JSON.parse((await runCli(['diff', a, b, '--format', 'json'])).out) as {
        lanes: {
          lane: string;
          counts: Record<string, number>;
        }[];
      };
      return new Map(lanes.map(({ lane, counts: c }) => [lane, c]));
    };
    const forwards = await counts(qhee, el2);
    const backwards = await counts(el2, qhee);
    for (const [lane, c] of forwards) {
      expect(backwards.get(lane), lane).toEqual({
        ...c,
        only_a: c['only_b'],
        only_b: c['only_a'],
        failures_only_a: c['failures_only_b'],
        failures_only_b: c['failures_only_a'],
      });
    }
  });

  it('keeps to the width it is given', async () => {
    for (const columns of [80, 100, 120]) {
      const { out } = await runCli(['diff', qhee, el2], { columns });
      const tooLong = out.split('\n').filter((line) => line.length > columns && !/^[AB] {2}/.test(line));
      expect(tooLong).toEqual([]);
    }
  });

  it('takes --lane, --brief and --stat in JSON as well', async () => {
    interface Report {
      first_divergence: { lane: string };
      lanes?: { lane: string; counts: object; differences?: { type: string }[] }[];
    }
    const report = async (...options: string[]) =>
      JSON.parse((await runCli(['diff', qhee, el2, '--format', 'json', ...options])).out) as Report;
    const whole = await report();
    expect(whole.lanes?.map(({ lane }) => lane)).toContain('log');
    const lane = await report('--lane', 'adsp', '--lane', 'log');
    expect(lane.lanes).toEqual(whole.lanes?.filter((one) => ['adsp', 'log'].includes(one.lane)));
    const stat = await report('--stat');
    expect(stat.lanes).toEqual(whole.lanes?.map(({ differences: _left, ...rest }) => rest));
    const brief = await report('--brief');
    expect(brief).not.toHaveProperty('lanes');
    expect(brief.first_divergence).toEqual(whole.first_divergence);
    const all = await report('--all', '--lane', 'adsp');
    expect(all.lanes?.[0]?.differences?.some(({ type }) => type === 'same')).toBe(true);
  });

  it('says of what has moved where it stands on both sides', async () => {
    const lines = ['first of all', 'second of all', 'third of all'].map(
      (text, i) => `[    1.00000${i}] ${text}`,
    );
    const [first = '', second = '', third = ''] = lines;
    const histories = [lines, [second, third, first]].map((texts, index) => {
      const path = join(folder, `moved-${index}.txt`);
      writeFileSync(path, `${texts.join('\n')}\n`);
      importLogs({ files: [path], output: join(folder, `moved-${index}.db`) });
      return join(folder, `moved-${index}.db`);
    });
    const { out } = await runCli(['diff', ...histories, '--lane', 'log']);
    expect(out).toMatch(/^> .* first of all +A#2 moved-0\.txt:1 -> B#4 moved-1\.txt:3$/m);
  });

  it('colours only when asked to, or on a terminal that wants it', async () => {
    const colour = '\u001b[';
    expect((await runCli(['diff', qhee, el2])).out).not.toContain(colour);
    expect((await runCli(['--color', 'always', 'diff', qhee, el2])).out).toContain(colour);
  });
});

describe('sql', () => {
  it('keeps columns apart that have one name', async () => {
    const query = 'select 1 as a, 2 as a, 3 as a_2, 4 as a';
    const expected = { a: 1, a_2: 2, a_2_2: 3, a_3: 4 };
    expect(JSON.parse((await runCli(['sql', el2, query, '--format', 'ndjson'])).out)).toEqual(expected);
    expect(JSON.parse((await runCli(['sql', el2, query, '--format', 'json'])).out)).toEqual([expected]);
  });

  it('reads the tables', async () => {
    const { code, out } = await runCli([
      'sql',
      el2,
      'select name, count(*) as calls from smc group by name order by 2 desc, 1 limit 2',
      '--format',
      'csv',
    ]);
    expect({ code, out }).toEqual({
      code: 0,
      out: 'name,calls\r\nSHM_BRIDGE_CREATE,5\r\nINFO_IS_CALL_AVAIL,2\r\n',
    });
  });

  it('counts what trace and log both tell once by the query that docs/events.md gives', async () => {
    const document = readFileSync(new URL('../../../docs/events.md', import.meta.url), 'utf8');
    const query = /^ {4}select count.*?(?=\n\n)/ms.exec(document)?.[0] ?? '';
    const count = async (text: string) =>
      (await runCli(['sql', el2, text, '--format', 'csv'])).out.split('\r\n')[1];
    expect(await count("select count(*) from event where kind = 'smmu.group_added'")).toBe('2');
    expect(await count(query)).toBe('1');
  });

  it('asks for queries where none is given, until there are no more', async () => {
    const typed = [
      'select 1 as one,',
      '  2 as two;',
      '',
      'selec 1;',
      '.what',
      '.tables',
      'select 3 as three',
    ];
    const { code, out, err } = await runCli(['sql', el2, '--format', 'csv'], { typed });
    expect(code).toBe(0);
    expect(out).toMatch(/^one,two\r\n1,2\r\nname\r\n/);
    expect(out).toMatch(/\r\nsmc_requested\r\n.*three\r\n3\r\n$/s);
    expect(err).toMatch(
      /^A query ends with a semicolon\..*\ntrace: SQL: near "selec": syntax error\nA query ends/s,
    );
    expect((await runCli(['sql', el2], { typed: ['.quit', 'select 1;'] })).out).toBe('');
    expect((await runCli(['sql', join(folder, 'none.db')], { typed: [] })).code).toBe(2);
  });

  it('prints 64-bit integers exactly', async () => {
    const query = 'select 9223372036854775807 as big, -1 as small, null as none';
    expect((await runCli(['sql', el2, query, '--format', 'json'])).out).toBe(
      '[\n{"big":"9223372036854775807","small":-1,"none":null}\n]\n',
    );
    expect((await runCli(['sql', el2, query])).out).toContain('9223372036854775807');
  });

  it.each([
    ['delete from chunk'],
    ['create table x (y)'],
    ['pragma user_version = 9'],
    ['select 1; delete from event'],
    ['selec 1'],
    ['select * from no_such_table'],
    [''],
  ])('refuses %j with one line', async (query) => {
    const copy = join(folder, 'copy.db');
    copyFileSync(el2, copy);
    const { code, out, err } = await runCli(['sql', copy, query]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect((await runCli(['diff', el2, copy])).code).toBe(0);
  });
});

describe('JSON', () => {
  /** Every name in a value, with the names that lead to it. */
  function namesIn(value: unknown, path = ''): string[] {
    if (typeof value !== 'object' || value === null) return [];
    if (Array.isArray(value)) return value.flatMap((entry) => namesIn(entry, path));
    return Object.entries(value).flatMap(([name, entry]) => [
      `${path}${name}`,
      ...namesIn(entry, `${path}${name}.`),
    ]);
  }

  it.each([
    ['info', () => [el2]],
    ['import', () => [...sampleFiles('el2-boot-stop-boot'), '-o', el2]],
    ['index', () => [el2]],
    ['verify', () => [el2]],
    ['diff', () => [qhee, el2]],
    ['log', () => [el2, '--limit', '300']],
  ])('of %s has names in snake_case, and no camelCase', async (command, args) => {
    const { out, code } = await runCli([command, ...args(), '--format', 'json']);
    expect(code).toBeLessThan(2);
    const names = [...new Set(namesIn(JSON.parse(out)))];
    expect(names.length).toBeGreaterThan(2);
    expect(names.filter((name) => !/^[a-z0-9_.]+$/.test(name))).toEqual([]);
  });

  it('calls one thing by one name in all commands', async () => {
    const read = async (...args: string[]) =>
      namesIn(JSON.parse((await runCli([...args, '--format', 'json'])).out));
    const info = await read('info', el2);
    expect(info).toEqual(
      expect.arrayContaining(['boots.boot', 'boots.name', 'boots.event_count', 'boots.sources.content_id']),
    );
    const again = await read('import', ...sampleFiles('el2-boot-stop-boot'), '-o', el2);
    expect(again).toEqual(
      expect.arrayContaining(['boot', 'name', 'already_there', 'event_count', 'sources.content_id']),
    );
  });
});

describe('wording', () => {
  it('counts one thing in the singular', async () => {
    const path = join(folder, 'one.txt');
    writeFileSync(path, '[    1.000000] hello\n');
    const output = join(folder, 'one.db');
    const imported = await runCli(['import', path, '-o', output]);
    const runs = [
      imported,
      await runCli(['info', output]),
      await runCli(['verify', output]),
      await runCli(['index', output, '--force']),
      await runCli(['diff', output, output]),
    ];
    for (const { out } of runs) expect(out).not.toMatch(/\b1 [a-z]+s\b(?! (?:one|is))/);
    expect(imported.out).toContain('  one.txt: dmesg, 1 line, 21 bytes\n');
  });
});

describe('help', () => {
  it('is on stdout, and exits with 0', async () => {
    const { code, out, err } = await runCli(['--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const command of ['import', 'info', 'log', 'diff', 'sql', 'verify', 'index'])
      expect(out).toContain(`  ${command} `);
  });
});
