import { describe, expect, it } from 'vitest';
import { bootOfEvents } from '../../../src/diff/boot-source.ts';
import { type Comparison, compareBoots } from '../../../src/diff/compare.ts';
import { parseText } from '../../support/parse-text.ts';

const call = (time: number, id: string, service: string, args: string[]) =>
  `     kworker/0:1-9       [000] .....     ${time.toFixed(6)}: scm_smc_request: smc_id:${id} svc_id:${service} cmd_id:0x${id.slice(-2)} args_cnt:${args.length} args:{${args.join(',')}}`;
const back = (time: number, id: string, status = '0x0', results = ['0x0', '0x0', '0x0']) =>
  `     kworker/0:1-9       [000] .....     ${time.toFixed(6)}: scm_smc_done: smc_id:${id}, ret:0 res_to_callee:${status} res0:${results[0]} res1:${results[1]} res2:${results[2]}`;
const map = (time: number, iova: number, size: number) =>
  `     kworker/0:1-9       [000] .....     ${time.toFixed(6)}: map: IOMMU: iova=0x${hex16(iova)} - 0x${hex16(iova + size)} paddr=0x${hex16(iova)} size=${size}`;
const hex16 = (value: number) => value.toString(16).padStart(16, '0');

const INIT = '0x42000201';
const SETUP = '0x42000202';
const AUTH = '0x42000205';
const BRIDGE = '0x42000c1e';

/** A boot of the ADSP, with what may vary without meaning anything. */
function boot({ shift = 0, pool = 0x4366_2000, handle = '0x1003', authStatus = '0x0' } = {}): string[] {
  return [
    call(2.1 + shift, INIT, '0x02', ['0x1', `0x${pool.toString(16)}`]),
    back(2.2 + shift, INIT),
    call(2.3 + shift, SETUP, '0x02', ['0x1', '0x95900000', '0x500000']),
    back(2.4 + shift, SETUP),
    map(2.5 + shift, 0x9590_0000, 0x1e0_0000),
    call(2.6 + shift, BRIDGE, '0x0c', ['0x95900006', '0x95900006', '0x1e00200', '0x3']),
    back(2.7 + shift, BRIDGE, '0x0', ['0x0', handle, '0x0']),
    call(2.8 + shift, AUTH, '0x02', ['0x1']),
    back(2.9 + shift, AUTH, authStatus),
  ];
}

function compareFtrace(a: readonly string[], b: readonly string[]): Comparison {
  const text = (lines: readonly string[]) => parseText('ftrace', `${lines.join('\n')}\n`);
  const eventsA = text(a);
  const eventsB = text(b);
  return compareBoots(bootOfEvents(eventsA), bootOfEvents(eventsB));
}

function compareDmesg(a: readonly string[], b: readonly string[]): Comparison {
  const text = (lines: readonly string[]) => parseText('dmesg', `${lines.join('\n')}\n`);
  const eventsA = text(a);
  const eventsB = text(b);
  return compareBoots(bootOfEvents(eventsA), bootOfEvents(eventsB));
}

function differencesOf(comparison: Comparison): string[] {
  return comparison.lanes.flatMap(({ lane, differences }) =>
    differences
      .filter((difference) => difference.type !== 'same')
      .map(({ type, a, b }) => `${lane} ${type}: ${(b ?? a)?.text ?? ''}`),
  );
}

describe('compareBoots', () => {
  it('sees no difference in times, pool addresses and handles', () => {
    const comparison = compareFtrace(boot(), boot({ shift: 3.5, pool: 0x8123_4000, handle: '0x2a' }));
    expect(differencesOf(comparison)).toEqual([]);
    expect(comparison).toMatchObject({ differs: false, firstDivergence: null });
  });

  it('sees another carveout', () => {
    const elsewhere = boot().map((line) => line.replaceAll('95900', '95c00'));
    const differences = differencesOf(compareFtrace(boot(), elsewhere));
    expect(differences).toContain(
      'adsp changed: PAS_MEM_SETUP(pas_id=1 adsp, base=0x95c00000, size=0x500000) -> ok',
    );
    expect(differences.filter((text) => /SHM_BRIDGE_CREATE\(pa=0x95/.test(text))).toHaveLength(2);
    expect(differences.every((text) => text.startsWith('adsp '))).toBe(true);
  });

  it('sees a call that ends differently as one change, with both outcomes', () => {
    const comparison = compareFtrace(boot(), boot({ authStatus: '0xfffffffffffffffe' }));
    expect(differencesOf(comparison)).toEqual([
      'adsp changed: PAS_AUTH_AND_RESET(pas_id=1 adsp) -> status -2 EINVAL_ARG, errno -22 EINVAL',
    ]);
    expect(comparison.firstDivergence).toMatchObject({ lane: 'adsp', difference: { type: 'changed' } });
  });

  it('sees a call that never returned', () => {
    expect(differencesOf(compareFtrace(boot(), boot().slice(0, -1)))).toEqual([
      'adsp changed: PAS_AUTH_AND_RESET(pas_id=1 adsp) -> no answer',
    ]);
  });

  it('sees a step that is left out, and says in which lane it comes first', () => {
    const without = boot().filter((line) => !line.includes(': map: '));
    const comparison = compareFtrace(boot(), without);
    expect(differencesOf(comparison)).toEqual(['adsp only-a: map iova 0x95900000 + 0x1e00000 (identity)']);
    expect(comparison.firstDivergence?.difference.a?.seq).toBe(7);
  });

  it('sees a step that comes at another point as moved', () => {
    const lines = boot();
    const late = [...lines.filter((line) => !line.includes(': map: ')), map(3, 0x9590_0000, 0x1e0_0000)];
    expect(differencesOf(compareFtrace(lines, late))).toEqual([
      'adsp moved: map iova 0x95900000 + 0x1e00000 (identity)',
    ]);
  });

  it('keeps processors apart, however their events are interleaved', () => {
    const cdsp = boot().map((line) =>
      line
        .replace('{0x1}', '{0x12}')
        .replace('{0x1,', '{0x12,')
        .replaceAll('95900', '9b500')
        .replace('kworker/0:1-9  ', 'kworker/1:2-20 '),
    );
    const together = [...boot(), ...cdsp];
    const interleaved = boot().flatMap((line, index) => [cdsp[index] ?? '', line]);
    const comparison = compareFtrace(together, interleaved);
    const laneOf = (name: string) => comparison.lanes.find(({ lane }) => lane === name);
    expect(laneOf('adsp')?.counts).toMatchObject({ changed: 0, 'only-a': 0, 'only-b': 0, moved: 0 });
    expect(laneOf('cdsp')?.counts).toMatchObject({ changed: 0, 'only-a': 0, 'only-b': 0, moved: 0 });
  });

  it('does not count numbers in log lines as a difference, but does count lines', () => {
    const a = ['[    1.000000] Freeing initrd memory: 3308K', '[    1.100000] same'];
    const b = ['[    1.500000] Freeing initrd memory: 4000K', '[    1.600000] same'];
    expect(compareDmesg(a, b)).toMatchObject({ differs: false });
    expect(compareDmesg(a, [...b, '[    1.700000] something new'])).toMatchObject({ differs: true });
  });

  it('does count an error number in a log line', () => {
    const line = (errno: number) => `[    1.000000] somebody 1234.device: something failed: ret ${errno}`;
    expect(compareDmesg([line(-22)], [line(-22)]).differs).toBe(false);
    expect(compareDmesg([line(-22)], [line(-12)]).differs).toBe(true);
  });

  it('sees other permissions and another target of a page-table write, but not another buffer', () => {
    const write = (pa: string, prot: string) =>
      `            init-1       [000] d....     2.860748: lpae_map: (arm_lpae_map_pages+0x0/0x170) iova=0x30000000 pa=${pa} pgsz=0x1000 cnt=256 prot=${prot}`;
    const compare = (a: string, b: string) => compareFtrace([a], [b]).differs;
    expect(compare(write('0x30000000', '0x3'), write('0x30000000', '0x1'))).toBe(true);
    expect(compare(write('0x30000000', '0x3'), write('0x31000000', '0x3'))).toBe(true);
    expect(compare(write('0x45000000', '0x3'), write('0x46000000', '0x3'))).toBe(false);
  });

  it('sees no difference in pointers that a probe prints, in whatever base', () => {
    const hit = (text: string) => [
      `            init-1       [000] d....     2.860748: params: (snd_params+0x0/0x170) ${text}`,
    ];
    const differs = (a: string, b: string) => compareFtrace(hit(a), hit(b)).differs;
    expect(differs('at=18446462633113456640 count=3', 'at=18446603338470143528 count=3')).toBe(false);
    expect(differs('at=0xffff000003da2c00 count=3', 'at=0xffff0000015d8a00 count=3')).toBe(false);
    expect(differs('at=18446462633113456640 count=3', 'at=18446603338470143528 count=4')).toBe(true);
    expect(differs('at=100000000000001', 'at=100000000000002')).toBe(true);
  });

  it('takes a tracepoint and a log line that tell the same for one thing', () => {
    const log = '[    1.305578] platform 30000000.remoteproc: Adding to iommu group 0';
    const comparison = compareDmesg([log], [log, log]);
    expect(comparison.lanes.find(({ lane }) => lane === 'adsp')?.counts).toMatchObject({
      same: 1,
      'only-b': 1,
    });
  });

  it('counts what failed on one side only, whether the other side has it or not', () => {
    const failuresOf = (comparison: Comparison) =>
      comparison.lanes.find(({ lane }) => lane === 'adsp')?.failuresOnly;
    const refused = boot({ authStatus: '0xfffffffffffffffe' });
    expect(failuresOf(compareFtrace(boot(), refused))).toEqual({ a: 0, b: 1 });
    expect(failuresOf(compareFtrace(refused, boot()))).toEqual({ a: 1, b: 0 });
    expect(failuresOf(compareFtrace(refused, refused))).toEqual({ a: 0, b: 0 });
    expect(failuresOf(compareFtrace(boot().slice(0, -2), refused))).toEqual({ a: 0, b: 1 });
    const crash = ["[    9.000000] remoteproc remoteproc0: can't start rproc adsp: -22"];
    expect(failuresOf(compareDmesg(crash, ['[    9.000000] nothing']))).toEqual({ a: 1, b: 0 });
  });

  it('begins with a fault that the healthy boot has not, although that fails further on too', () => {
    const ready = 'remoteproc remoteproc0: remote processor adsp is now up';
    const start = ['[    1.000000] remoteproc remoteproc0: powering up adsp'];
    const healthy = [
      ...start,
      `[    2.000000] ${ready}`,
      '[    3.000000] qcom_q6v5_pas 30000000.remoteproc: timeout waiting for ssctl service',
    ];
    const faulty = [
      ...start,
      '[    1.500000] arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x90aff330, fsynr=0x10002, cbfrsynra=0x3000, cb=3',
      '[    7.000000] qcom_q6v5_pas 30000000.remoteproc: start timed out',
    ];
    expect(compareDmesg(healthy, faulty).firstDivergence?.difference.b?.kind).toBe('smmu.faulted');
    expect(compareDmesg(faulty, healthy).firstDivergence?.difference.a?.kind).toBe('smmu.faulted');
  });

  it('names an exception level as the first divergence only where nothing that is done differs', () => {
    const at = (level: number) => [`[    0.021903] CPU: All CPU(s) started at EL${level}`];
    expect(compareDmesg(at(1), at(2)).firstDivergence).toMatchObject({
      lane: 'boot',
      difference: { type: 'changed' },
    });
    const crash = "[    9.000000] remoteproc remoteproc0: can't start rproc adsp: -22";
    expect(compareDmesg(at(1), [...at(2), crash]).firstDivergence).toMatchObject({
      difference: { type: 'only-b', b: { text: 'adsp: start failed, -22 EINVAL' } },
    });
  });

  it('names what one boot dies of, not what the other goes on with and the first does later', () => {
    const said = (time: number, text: string) => `[    ${time.toFixed(6)}] ${text}`;
    const rproc = (time: number, text: string) => said(time, `remoteproc remoteproc0: ${text}`);
    const pas = (time: number, text: string) => said(time, `qcom_q6v5_pas 30000000.remoteproc: ${text}`);
    const up = [rproc(2.1, 'adsp is available'), rproc(3.1, 'remote processor adsp is now up')];
    const again = 'Handover signaled, but it already happened';
    const dies = [
      ...up,
      pas(3.5, 'fatal error received: task.c:7:stack overflow'),
      rproc(3.6, 'crash detected in adsp: type fatal error'),
      pas(3.7, again),
      pas(4.1, 'timeout waiting for ssctl service'),
      rproc(4.2, 'stopped remote processor adsp'),
    ];
    const stops = [
      ...up,
      pas(4.1, 'timeout waiting for ssctl service'),
      pas(4.15, again),
      rproc(4.2, 'stopped remote processor adsp'),
    ];
    const { firstDivergence } = compareDmesg(dies, stops);
    expect(firstDivergence).toMatchObject({ lane: 'adsp', difference: { type: 'only-a', b: null } });
    expect(firstDivergence?.difference.a?.text).toContain('stack overflow');
  });
});
