import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { importLogs } from '../../../src/app/import-logs.ts';
import { buildEvent, mapped } from '../../support/build-event.ts';
import { runCli } from '../../support/run-cli.ts';
import { SAMPLE_BOOTS, sampleFiles } from '../../support/sample-boots.ts';
import { sharedFolder } from '../../support/temp-folder.ts';
import { storeBoots } from '../../support/temp-store.ts';

const folder = sharedFolder();
const recorded = (name: string) => join(folder, `${name}.db`);
const [healthy, broken, unmapped, qhee, virt] = ['healthy', 'broken', 'unmapped', 'qhee', 'virt'].map(
  recorded,
) as [string, string, string, string, string];
const CARVEOUT = '0x95900000';
const SMEM = '0x90aff330';

beforeAll(async () => {
  const adsp = ['--processor', 'adsp', '--no-tables'];
  const runs = [
    ['--soc', 'lemans', '--mode', 'el2', '-o', healthy],
    ['--soc', 'lemans', '--mode', 'el2', '--fault', 'F-16:adsp', '-o', broken],
    ['--soc', 'lemans', '--mode', 'el2', '--without', 'map-carveout', '-o', unmapped],
    ['--soc', 'lemans', '--mode', 'qhee', '-o', qhee],
    ['--soc', 'virt', '--mode', 'el2', '--without', 'map-carveout', '-o', virt],
  ];
  for (const args of runs) expect((await runCli(['record', ...args, ...adsp])).code).toBe(0);
  for (const boot of SAMPLE_BOOTS) importLogs({ files: sampleFiles(boot), output: recorded(boot) });
});

interface FoundEvent {
  readonly seq: number;
  readonly kind: string;
  readonly agent: string;
  readonly cause: number | null;
  readonly text: string;
  readonly place: string | null;
  readonly payload: Readonly<Record<string, number | string | null>>;
}

interface Walked {
  readonly outcome: string;
  readonly at: { readonly seq: number };
  readonly pa: number | null;
  readonly level: number | null;
  readonly page_size: number | null;
  readonly permissions: object | null;
  readonly streams: readonly { readonly by: FoundEvent }[];
  readonly context_bank: { readonly by: FoundEvent; readonly registers: readonly object[] } | null;
  readonly descriptors: readonly {
    readonly level: number;
    readonly descriptor: string;
    readonly by: FoundEvent;
  }[];
  readonly mappings: readonly { readonly by: FoundEvent }[];
  readonly fault: {
    readonly type: string;
    readonly cause: string;
    readonly registers: readonly object[];
    readonly kernel_lines: readonly string[];
    readonly silence: string | null;
  } | null;
  readonly missing: { readonly what: string; readonly recording: string } | null;
}

async function eventsOf(db: string, ...args: string[]): Promise<FoundEvent[]> {
  const { out } = await runCli(['log', db, '--format', 'ndjson', ...args]);
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as FoundEvent);
}

async function walk(db: string, ...args: string[]): Promise<{ code: number; walked: Walked }> {
  const { code, out } = await runCli(['walk', db, '--sid', '0x3000', ...args, '--format', 'json']);
  return { code, walked: JSON.parse(out) as Walked };
}

describe('walk', () => {
  it('translates the carveout by the page that maps it, with who wrote what', async () => {
    const { code, walked } = await walk(healthy, '--iova', CARVEOUT, '--access', 'fetch');
    expect(code).toBe(0);
    expect(walked).toMatchObject({ outcome: 'translated', pa: Number(CARVEOUT), level: 3, page_size: 4096 });
    expect(walked.permissions).toMatchObject({ read: true, write: true, execute: true });
    expect(walked.descriptors.map(({ level }) => level)).toEqual([1, 2, 3]);
    for (const { descriptor, by } of walked.descriptors) {
      expect(by.kind).toBe('page_table.entry_written');
      expect(by.payload['new']).toBe(descriptor);
    }
    expect(walked.streams[0]?.by.kind).toBe('smmu.stream_configured');
    expect(walked.context_bank?.by.kind).toBe('smmu.context_bank_configured');
    expect(walked.mappings[0]?.by.payload['size']).toBe(0x1e0_0000);
  });

  it.each([
    ['shared memory that is missing from the resource table', () => broken, SMEM, 'read'],
    ['a carveout that nobody mapped', () => unmapped, '0x95900100', 'fetch'],
  ] as const)(
    'faults at %s, at the level and with the lines of the boot itself',
    async (_what, db, iova, access) => {
      const { code, walked } = await walk(db(), '--iova', iova, '--access', access, '--at', 'first-fault');
      expect(code).toBe(1);
      const [event] = await eventsOf(db(), '--kind', 'smmu.faulted');
      expect(walked.at.seq).toBe(event?.seq);
      const { fsr, fsynr } = event?.payload ?? {};
      expect(walked.fault?.registers).toMatchObject([
        { name: 'FSR', value: fsr },
        { name: 'FSYNR0', value: fsynr },
      ]);
      expect(walked.level).toBe(Number(fsynr) & 3);
      const printed = await eventsOf(db(), '--kind', 'log.printed');
      // What the remoteproc core says of it is not the SMMU driver's.
      const lines = printed
        .filter(({ cause, text }) => cause === event?.seq && !text.includes('crash detected'))
        .map(({ text }) => text);
      expect(walked.fault?.kernel_lines).toEqual(lines);
    },
  );

  it('prints the lines of an SMMUv3 where the SMMU said that it is one', async () => {
    const [event] = await eventsOf(virt, '--kind', 'smmu.faulted');
    const { stream_id, iova } = event?.payload ?? {};
    const where = ['--sid', String(stream_id), '--iova', String(iova), '--access', 'fetch'];
    const { walked } = await walk(virt, ...where, '--at', 'first-fault');
    const printed = await eventsOf(virt, '--kind', 'log.printed');
    const lines = printed.filter(({ cause }) => cause === event?.seq).map(({ text }) => text);
    expect(walked.fault?.kernel_lines).toEqual(lines);
    expect(lines[0]).toContain('arm-smmu-v3');
  });

  it('says who else owns a fault that Linux prints nothing of', async () => {
    const { code, walked } = await walk(qhee, '--iova', '0x10000000');
    expect(code).toBe(1);
    expect(walked.fault).toMatchObject({ cause: 'translation', kernel_lines: [] });
    expect(walked.fault?.silence).toContain('hypervisor');
  });

  it('knows the time before: nothing is told, and then streams that nobody configured fault', async () => {
    expect((await walk(healthy, '--iova', CARVEOUT, '--at', '1')).walked.outcome).toBe('unknown');
    const [reset] = await eventsOf(healthy, '--kind', 'smmu.reset');
    const { code, walked } = await walk(healthy, '--iova', CARVEOUT, '--at', String(reset?.seq));
    expect(code).toBe(1);
    expect(walked.fault).toMatchObject({ type: 'global', cause: 'unmatched-stream' });
    expect(walked.fault?.kernel_lines[0]).toContain('Blocked unknown Stream ID 0x3000');
  });

  it.each(SAMPLE_BOOTS)('does not know what %s does not tell, and says what would', async (boot) => {
    const { code, walked } = await walk(recorded(boot), '--iova', CARVEOUT);
    expect(code).toBe(1);
    expect(walked).toMatchObject({ outcome: 'unknown', pa: null, fault: null, descriptors: [] });
    expect(walked.missing?.what).toContain('smmu.stream_configured');
    expect(walked.missing?.recording).toContain('trace record');
  });

  it('still shows the mapping that an imported trace tells of', async () => {
    const { out } = await runCli([
      'walk',
      recorded('el2-boot-stop-boot'),
      '--sid',
      '0x3000',
      '--iova',
      CARVEOUT,
    ]);
    expect(out).toMatch(/mapped {4}iova 0x95900000 \+ 0x1e00000 \(identity\) .*pas\.ftrace\.txt:118/s);
  });

  it('wants to know which of several SMMUs is meant', async () => {
    const db = storeBoots([
      {
        events: ['one', 'two'].map((device) =>
          buildEvent('smmu.reset', { device, unmatched: 'bypass' as const }),
        ),
      },
    ]);
    const args = ['walk', db, '--sid', '1', '--iova', '0x1000'];
    const refused = await runCli(args);
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain('--smmu (one, two)');
    expect((await runCli([...args, '--smmu', 'three'])).code).toBe(2);
    const { code, out } = await runCli([...args, '--smmu', 'two']);
    expect(code).toBe(0);
    expect(out).toContain('passed through untranslated');
  });

  it.each([
    ['no stream', ['--iova', '0x1000']],
    ['a stream that is no number', ['--sid', '0xzz', '--iova', '0x1000']],
    ['an address beyond all', ['--sid', '1', '--iova', '0xfffffffffffffffff']],
    ['an access that is none', ['--sid', '1', '--iova', '1', '--access', 'jump']],
    ['a moment that is none', ['--sid', '1', '--iova', '1', '--at', 'never']],
  ])('is trouble with %s', async (_what, args) => {
    const { code, out } = await runCli(['walk', healthy, ...args]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });
});

describe('walk of an address that no event can have', () => {
  it('says how large one may be', async () => {
    const { err } = await runCli(['walk', healthy, '--sid', '1', '--iova', '0xffffffffffffffff']);
    expect(err).toContain('expected a number below 2^51');
  });
});

describe('why', () => {
  it('leads from a fault to the access, and down to the lines that were printed', async () => {
    const { code, out } = await runCli(['why', broken, 'first-fault', '--down']);
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toContain('adsp: read 0x90aff330');
    expect(lines[1]).toContain('* 15000000.iommu: context fault');
    expect(lines.slice(2).every((line) => line.includes('linux'))).toBe(true);
    expect(out).toContain('FSYNR0 = 00010002');
  });

  it('folds what differs in numbers only in text, and nothing in JSON', async () => {
    const [request] = await eventsOf(qhee, '--kind', 'smc.requested', '--grep', 'AUTH_AND_RESET.*adsp');
    const text = await runCli(['why', qhee, String(request?.seq), '--down']);
    expect(text.out).toMatch(/\(and \d+ more like it, to #\d+\)/);
    expect(text.out.split('\n').length).toBeLessThan(40);
    const json = await runCli(['why', qhee, String(request?.seq), '--down', '--format', 'json']);
    const { events } = JSON.parse(json.out) as { events: { more_like_it: number; relation: string }[] };
    expect(events.length).toBeGreaterThan(2000);
    expect(events.every(({ more_like_it }) => more_like_it === 0)).toBe(true);
    expect(events[0]?.relation).toBe('event');
  });

  it('goes as deep as it is asked to', async () => {
    const [bridge] = await eventsOf(recorded('el2-boot-stop-boot'), '--kind', 'shm_bridge.created');
    const args = ['why', recorded('el2-boot-stop-boot'), String(bridge?.seq)];
    expect((await runCli(args)).out.split('\n')).toHaveLength(4);
    expect((await runCli([...args, '--depth', '0'])).out).toMatch(
      /^\(caused by #\d+, which is not shown\)\n/,
    );
  });

  it.each([['0'], ['999999'], ['nowhere']])('is trouble for %s', async (event) => {
    expect(await runCli(['why', healthy, event])).toMatchObject({ code: 2, out: '' });
  });
});

describe('blame', () => {
  it('says at which moment in the same words as walk and state do', async () => {
    const at = ['--at', 'adsp:authenticated', '--format', 'json'];
    const dataOf = async (...args: string[]) => JSON.parse((await runCli([...args, ...at])).out);
    const { at: moment } = await dataOf('state', healthy, '--section', 'machine');
    expect(moment).toMatchObject({ t_ns: expect.any(Number), agent: expect.any(String), lost: null });
    expect((await dataOf('blame', healthy, '--iova', CARVEOUT)).at).toEqual(moment);
    expect((await dataOf('walk', healthy, '--sid', '0x3000', '--iova', CARVEOUT)).at).toEqual(moment);
  });

  async function touches(...args: string[]): Promise<string[]> {
    const { out } = await runCli(['blame', ...args, '--format', 'json']);
    const { touches: found } = JSON.parse(out) as { touches: { touch: string; seq: number }[] };
    return found.map(({ touch }) => touch);
  }

  it('names who reserved, loaded, mapped, bridged and unmapped a region', async () => {
    expect(await touches(broken, '--region', 'pil-adsp')).toEqual([
      ...['reserved', 'firmware', 'wrote', 'loaded', 'mapped', 'bridged', 'unbridged', 'entries', 'unmapped'],
    ]);
    expect(await touches(broken, '--region', 'pil-adsp@95900000', '--at', 'adsp:registered')).toEqual([
      'reserved',
    ]);
  });

  it('finds the mapping of an imported trace, with its line', async () => {
    const db = recorded('el2-boot-stop-boot');
    const { code, out } = await runCli(['blame', db, '--iova', CARVEOUT, '--subject', 'adsp']);
    expect(code).toBe(0);
    expect(out).toMatch(/mapped +map iova 0x95900000 .*pas\.ftrace\.txt:118/);
    expect(out).toMatch(/unmapped +unmap iova 0x95900000 .*pas\.ftrace\.txt:89/);
  });

  it('tells spaces apart', async () => {
    expect(await touches(healthy, '--iova', CARVEOUT, '--space', 'adsp')).toContain('mapped');
    expect(await touches(healthy, '--iova', CARVEOUT, '--space', 'adsp-dma')).toEqual([]);
  });

  it('follows bridges and streams', async () => {
    expect(await touches(healthy, '--bridge', '0x1003')).toEqual(['bridged', 'unbridged']);
    expect(await touches(broken, '--stream', '0x3000')).toEqual(['reset', 'bank', 'faulted', 'stream']);
  });

  it('exits with 1 when nothing touched it, and 2 when it is not clear what is meant', async () => {
    expect(await runCli(['blame', healthy, '--pa', '0x1'])).toMatchObject({ code: 1, out: '' });
    for (const args of [[], ['--pa', '1', '--region', 'x'], ['--space', 'adsp'], ['--region', 'pil-nothing']])
      expect(await runCli(['blame', healthy, ...args])).toMatchObject({ code: 2, out: '' });
  });

  it('keeps words of 64 bits exact', async () => {
    const handle = 0xffff_8000_0000_0001n;
    const bridge = { handle, pa: 0x1000, size: 0x1000, ns_permissions: 6, s_permissions: 6 };
    const db = storeBoots([{ events: [buildEvent('shm_bridge.created', bridge), mapped(0x1000, 0x1000)] }]);
    const { code, out } = await runCli(['blame', db, '--bridge', '0xffff800000000001', '--format', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ target: { handle: '0xffff800000000001' } });
    expect((await runCli(['blame', db, '--bridge', '0xffff800000000000'])).code).toBe(1);
  });
});
