import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../support/run-cli.ts';
import { SAMPLE_BOOTS, type SampleBoot, sampleFile, sampleFiles } from '../../support/sample-boots.ts';
import { sharedFolder } from '../../support/temp-folder.ts';

const folder = sharedFolder();

async function imported(name: string, files: readonly string[]): Promise<string> {
  const db = join(folder, `${name}.db`);
  const { code } = await runCli(['import', ...files, '-o', db, '--no-tables']);
  expect(code).toBe(0);
  return db;
}

const recorded = (() => {
  let db: Promise<string> | undefined;
  const record = async () => {
    const output = join(folder, 'adsp.db');
    const args = ['--soc', 'lemans', '--mode', 'el2', '--processor', 'adsp', '-o', output, '--no-tables'];
    expect((await runCli(['record', ...args])).code).toBe(0);
    return output;
  };
  return (): Promise<string> => {
    db ??= record();
    return db;
  };
})();

interface StateData {
  readonly at: { readonly seq: number; readonly text: string };
  readonly state: Record<string, Record<string, unknown>[] | null> & { machine: Record<string, unknown> };
}

async function stateOf(db: string, ...args: string[]): Promise<StateData> {
  const { code, out } = await runCli(['state', db, '--format', 'json', ...args]);
  expect(code).toBe(0);
  return JSON.parse(out) as StateData;
}

/** Names of the sections that are unknown. */
function unknownIn({ state }: StateData): string[] {
  return Object.keys(state).filter((name) => state[name] === null);
}

describe('state of a recorded boot', () => {
  it.each(SAMPLE_BOOTS)('%s ends with a running ADSP', async (boot: SampleBoot) => {
    const { state } = await stateOf(await imported(boot, sampleFiles(boot)));
    expect(state['processors']).toMatchObject([{ name: 'adsp', state: 'running' }]);
    expect(state['pas']).toMatchObject([{ pas_id: 1, peripheral: 'adsp', step: 'running' }]);
    expect(state['calls']).toEqual([]);
    expect(state.machine['exception_level']).toBe(boot.startsWith('el1') ? 1 : 2);
  });

  it('knows of a log alone neither calls nor bridges, streams, tables or mappings', async () => {
    const db = await imported('log', [sampleFile('el2-boot-stop-boot', 'dmesg.txt')]);
    const data = await stateOf(db);
    expect(data.state.machine).toEqual({ exception_level: 2, kvm: 'VHE', bridges_enabled: null });
    const told = ['processors', 'devices', 'regions'];
    expect(Object.keys(data.state).filter((name) => !unknownIn(data).includes(name))).toEqual([
      'machine',
      ...told,
    ]);
    const { out } = await runCli(['state', db]);
    expect(out).toContain('\nbridges: unknown\nsmmu: unknown\n');
    expect(out).toContain('SHM bridges    unknown\n');
    expect(out).not.toContain('none');
  });

  it('knows of a trace alone no exception level, processor states or regions', async () => {
    const data = await stateOf(await imported('trace', [sampleFile('el2-boot-stop-boot', 'pas.ftrace.txt')]));
    expect(data.state.machine).toEqual({ exception_level: null, kvm: null, bridges_enabled: true });
    const unknown = ['processors', 'smmu', 'votes', 'allocations', 'owners', 'regions', 'tables'];
    expect(unknownIn(data)).toEqual(unknown);
    expect(data.state['mappings']).toMatchObject([{ space: null, subject: 'adsp', mapping_count: 3 }]);
  });

  it('is that of the moment asked for, and not of a later one', async () => {
    const db = await imported('moments', sampleFiles('el2-boot-stop-boot'));
    expect((await stateOf(db, '--at', 'adsp:starting#2')).state['mappings']).toEqual([]);
    expect((await stateOf(db, '--at', 'adsp:registered')).state['mappings']).toBeNull();
    const { at } = await stateOf(db, '--at', '-3');
    expect((await stateOf(db, '--at', String(at.seq))).at).toEqual(at);
    expect((await stateOf(db, '--at', '4.1s')).at.seq).toBeLessThan(at.seq);
  });
});

describe('state of a simulated boot', () => {
  it('has tables that say what the mappings say, but for access that stage 1 cannot deny', async () => {
    const { state } = await stateOf(
      await recorded(),
      '--at',
      'adsp:authenticated',
      '-s',
      'mappings',
      '-s',
      'tables',
    );
    expect(Object.keys(state)).toEqual(['mappings', 'tables']);
    const ranges = (section: string) => {
      const adsp = state[section]?.find(({ space }) => space === 'adsp') ?? {};
      const list = adsp['ranges'] as Record<string, unknown>[];
      return list.map(({ iova, pa, size }) => ({ iova, pa, size }));
    };
    expect(ranges('tables')).toEqual(ranges('mappings'));
    expect(ranges('tables')).toContainEqual({ iova: 0x9590_0000, pa: 0x9590_0000, size: 0x1e0_0000 });
  });

  it('shows what is in between two moments, either way round', async () => {
    const db = await recorded();
    const between = async (moments: string) =>
      (await runCli(['state', db, '--diff', moments, '-s', 'bridges', '-s', 'pas'], { columns: 80 })).out;
    const forward = await between('adsp:authenticated..end');
    expect(forward).toMatch(/\nbridges\n- 0x1003 {2}0x95900000 \+ 0x1e00000 rw-\/rw- +#2928\n$/);
    expect(await between('end..adsp:authenticated')).toMatch(/\nbridges\n\+ 0x1003 /);
    expect(await between('end..end')).toMatch(/\n\nno change\n$/);
    const { out } = await runCli(['state', db, '--diff', '1..end', '--format', 'json']);
    const { sections } = JSON.parse(out) as { sections: { section: string; known_before: boolean }[] };
    expect(sections.find(({ section }) => section === 'smmu')?.known_before).toBe(false);
  });

  it('has registers as words', async () => {
    const { state } = await stateOf(await recorded(), '-s', 'smmu');
    const [smmu] = state['smmu'] ?? [];
    expect(smmu?.['context_banks']).toMatchObject([
      {},
      { space: 'adsp', sctlr: '0x1067', mair0: '0xf404ff44' },
    ]);
  });

  it('lists the moments that have names', async () => {
    const { code, out } = await runCli(['state', await recorded(), '--moments']);
    expect(code).toBe(0);
    expect(out).toContain('#2931 [ 1.969196772] adsp:authenticated\n');
    const json = await runCli(['state', await recorded(), '--moments', '--format', 'json']);
    const { moments } = JSON.parse(json.out) as { moments: { name: string; seq: number; t_ns: number }[] };
    expect(moments.at(-1)).toMatchObject({ name: 'end' });
  });

  it('says of a moment that comes again in which start it is', async () => {
    const db = await imported('moments-of-starts', sampleFiles('el2-boot-stop-boot'));
    const { out } = await runCli(['state', db, '--moments']);
    expect(out).toMatch(/ adsp:authenticated\n/);
    expect(out).toMatch(/ adsp:iommu-attached#3 \(start 1\)\n/);
    expect(out).toMatch(/ adsp:authenticated#2 \(start 2\)\n/);
  });

  it.each([
    [['--at', 'adsp:authentcated'], 'no moment is called adsp:authentcated; did you mean adsp:authenticated'],
    [['--at', 'first-fault'], 'this boot does not come to first-fault; it has '],
    [['--at', 'adsp:crashed'], 'this boot does not come to adsp:crashed; it has adsp:r'],
    [['--at', '99999'], 'there is no event 99999'],
    [['--section', 'smu'], 'no section is called smu; did you mean smmu?'],
    [['--diff', '5'], '--diff takes two moments as A..B, not 5'],
    [['--diff', 'adsp:ready..nowhere'], 'no moment is called nowhere'],
    [['--diff', '1..2', '--at', '3'], "option '--diff <A..B>' cannot be used with option '--at <moment>'"],
    [['--moments', '--at', '3'], "option '--moments' cannot be used with option '--at <moment>'"],
    [['--boot', '7'], 'has no boot 7'],
  ])('refuses %j', async (args, message) => {
    const { code, out, err } = await runCli(['state', await recorded(), ...args]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });

  it('keeps to 80 columns', async () => {
    const db = await recorded();
    for (const args of [['--at', 'adsp:authenticated'], ['--diff', '1..end'], ['--moments']]) {
      const { out } = await runCli(['state', db, ...args], { columns: 80 });
      expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    }
  });
});
