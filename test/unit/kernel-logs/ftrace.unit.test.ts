import { describe, expect, it } from 'vitest';
import { renderEvent } from '../../../src/events/catalog.ts';
import { detectFormat } from '../../../src/kernel-logs/detect-format.ts';
import { parseText } from '../../support/parse-text.ts';

const AT = '     kworker/0:2-30      [000] d..1.     2.796687: ';

function one(text: string) {
  const events = parseText('ftrace', `${text}\n`);
  return events[0];
}

describe('a trace that somebody pasted', () => {
  const TRACE = [
    '# tracer: nop',
    '#',
    '# entries-in-buffer/entries-written: 3/3   #P:8',
    '#',
    `${AT}scm_smc_request: smc_id:0x42000205 svc_id:0x02 cmd_id:0x05 args_cnt:1 args:{0x1}`,
    `${AT}map: IOMMU: iova=0x0000000000001000 - 0x0000000000002000 paddr=0x0000000040000000 size=4096`,
    `${AT}scm_smc_done: smc_id:0x42000205, ret:0 res_to_callee:0x0 res0:0x0 res1:0x0 res2:0x0`,
  ];
  const read = (lines: readonly string[]) => {
    const text = lines.map((line) => `${line}\n`).join('');
    expect(detectFormat(Buffer.from(text))).toBe('ftrace');
    return parseText('ftrace', text).map(({ kind, t_ns, payload }) => ({ kind, t_ns, payload }));
  };
  it.each([
    ['quoted', (line: string) => `> ${line}`],
    ['quoted twice', (line: string) => `> > ${line}`],
    ['quoted without blanks', (line: string) => `>${line}`],
    ['indented', (line: string) => `    ${line}`],
  ])('%s is read as it was', (_, paste) => {
    expect(read(TRACE.map(paste))).toEqual(read(TRACE));
    // Without its header too.
    expect(read(TRACE.slice(4).map(paste))).toEqual(read(TRACE.slice(4)));
  });
});

describe('ftrace frames', () => {
  it('reads task, CPU, flags and time', () => {
    expect(
      one(`${AT}map: IOMMU: iova=0x0000000000001000 - 0x0000000000002000 paddr=0x0000000040000000 size=4096`),
    ).toMatchObject({
      kind: 'mapping.created',
      t_ns: 2_796_687_000,
      context: 'kworker/0:2-30 [000] d..1.',
      payload: { iova: 0x1000, pa: 0x4000_0000, size: 4096, space: null },
    });
  });

  it.each([
    [
      'a task name with blanks, dashes and brackets',
      ' my [0] odd-task-1234 [001] .....    12.000001: foo: bar',
      'my [0] odd-task-1234 [001] .....',
    ],
    ['four flag columns', '          <idle>-0     [003] d.h2    12.000001: foo: bar', '<idle>-0 [003] d.h2'],
    [
      'no flags, as trace-cmd prints it',
      '            init-1     [000]    12.000001: foo:                  bar',
      'init-1 [000]',
    ],
    [
      'a name longer than its column',
      'a-very-long-task-name-123456  [010] .....    12.000001: foo: bar',
      'a-very-long-task-name-123456 [010] .....',
    ],
  ])('reads %s', (_what, line, context) => {
    expect(one(line)).toMatchObject({
      kind: 'trace.hit',
      t_ns: 12_000_001_000,
      context,
      payload: { event: 'foo', fields: 'bar' },
    });
  });

  it('reads nanoseconds', () => {
    expect(one('            init-1     [000]    12.000001234: foo: bar')).toMatchObject({
      t_ns: 12_000_001_234,
    });
  });

  it('survives carriage returns', () => {
    expect(
      one(`${AT}unmap: IOMMU: iova=0x0000000000001000 - 0x0000000000002000 size=4096 unmapped_size=4096\r`),
    ).toMatchObject({
      kind: 'mapping.removed',
      payload: { iova: 0x1000, size: 4096, removed_size: 4096 },
    });
  });

  it('tells how much of the buffer was lost', () => {
    expect(one('# entries-in-buffer/entries-written: 60/118   #P:1')).toMatchObject({
      kind: 'trace.buffer_counted',
      payload: { kept: 60, written: 118 },
    });
    expect(one('CPU:2 [LOST 1234 EVENTS]')).toMatchObject({
      kind: 'trace.events_lost',
      payload: { cpu: 2, count: 1234 },
    });
  });

  it('keeps a line that it does not understand', () => {
    expect(one('what is this')).toMatchObject({ kind: 'trace.commented', payload: { text: 'what is this' } });
  });
});

describe('iommu events', () => {
  it('reads the older form without the end of the range', () => {
    expect(one(`${AT}map: IOMMU: iova=0x0000000000001000 paddr=0x0000000040000000 size=4096`)).toMatchObject({
      kind: 'mapping.created',
    });
  });

  it('keeps a form that it does not know as it stands', () => {
    const body = 'IOMMU: iova=0x0000000000001000 paddr=0x0000000040000000 size=4096 dev=1d84000.ufshc';
    expect(one(`${AT}map: ${body}`)).toMatchObject({
      kind: 'trace.hit',
      payload: { event: 'map', fields: body },
    });
  });

  it('keeps addresses above 4 GiB exact', () => {
    expect(
      one(`${AT}map: IOMMU: iova=0x0003fffffffff000 - 0x0004000000000000 paddr=0x0000000fffff0000 size=4096`),
    ).toMatchObject({
      kind: 'mapping.created',
      payload: { iova: 0x3fffffffff000, pa: 0xfffff0000 },
    });
  });

  it('does not squeeze an address that is too large into a number', () => {
    expect(
      one(`${AT}map: IOMMU: iova=0xffff000000001000 - 0xffff000000002000 paddr=0x0000000040000000 size=4096`),
    ).toMatchObject({
      kind: 'trace.hit',
    });
  });

  it('attributes identity maps to the processor that the task is busy with, and nothing else', () => {
    const events = parseText(
      'ftrace',
      [
        '     kworker/0:1-9       [000] .....     2.860115: attach_device_to_domain: IOMMU: device=30000000.remoteproc',
        '     kworker/0:1-9       [000] .....     2.860860: map: IOMMU: iova=0x0000000030000000 - 0x0000000030100000 paddr=0x0000000030000000 size=1048576',
        '     kworker/0:1-9       [000] .....     2.860870: map: IOMMU: iova=0x00000000fffff000 - 0x0000000100000000 paddr=0x0000000045000000 size=4096',
        '            init-1       [000] .....     2.860880: map: IOMMU: iova=0x0000000050000000 - 0x0000000050001000 paddr=0x0000000050000000 size=4096',
        '            init-1       [000] .....     4.036740: unmap: IOMMU: iova=0x0000000030000000 - 0x0000000030100000 size=1048576 unmapped_size=1048576',
        '',
      ].join('\n'),
    );
    expect(events.map((event) => [event.kind, event.subject])).toEqual([
      ['smmu.device_attached', 'adsp'],
      ['mapping.created', 'adsp'],
      ['mapping.created', null],
      ['mapping.created', null],
      ['mapping.removed', 'adsp'],
    ]);
  });

  it('keeps apart what several processors map at the same address', () => {
    const at = (task: string, body: string) => `     ${task}       [000] .....     2.860115: ${body}`;
    const range = 'iova=0x0000000030000000 - 0x0000000030100000';
    const boots = (task: string, device: string) => [
      at(task, `attach_device_to_domain: IOMMU: device=${device}`),
      at(
        task,
        'lpae_map: (arm_lpae_map_pages+0x0/0x170) iova=0x30000000 pa=0x30000000 pgsz=0x1000 cnt=256 prot=0x3',
      ),
      at(task, `map: IOMMU: ${range} paddr=0x0000000030000000 size=1048576`),
    ];
    const unmaps = (task: string) => [
      at(task, 'lpae_unmap: (arm_lpae_unmap_pages+0x0/0x170) iova=0x30000000 pgsz=0x1000 cnt=256'),
      at(task, `unmap: IOMMU: ${range} size=1048576 unmapped_size=1048576`),
    ];
    const events = parseText(
      'ftrace',
      [
        ...boots('kworker/0:1-9', '30000000.remoteproc'),
        ...boots('kworker/1:1-10', '26300000.remoteproc'),
        ...boots('kworker/2:1-11', '20c00000.remoteproc'),
        // Which of the three a stranger unmaps for is not known; the task that mapped says.
        ...unmaps('init-1'),
        ...unmaps('kworker/1:1-10'),
        ...unmaps('kworker/0:1-9'),
        // Only one is left.
        ...unmaps('init-1'),
        '',
      ].join('\n'),
    );
    expect(events.slice(9).map((event) => [event.kind, event.subject])).toEqual([
      ['page_table.pages_unmapped', null],
      ['mapping.removed', null],
      ['page_table.pages_unmapped', 'cdsp'],
      ['mapping.removed', 'cdsp'],
      ['page_table.pages_unmapped', 'adsp'],
      ['mapping.removed', 'adsp'],
      ['page_table.pages_unmapped', 'gpdsp0'],
      ['mapping.removed', 'gpdsp0'],
    ]);
  });

  it('knows whose a mapping was that its processor removes once more', () => {
    const range = 'iova=0x0000000030000000 - 0x0000000030001000';
    const probe = 'lpae_unmap: (arm_lpae_unmap_pages+0x0/0x170) iova=0x30000000 pgsz=0x1000 cnt=1';
    const bodies = [
      'attach_device_to_domain: IOMMU: device=30000000.remoteproc',
      'lpae_map: (arm_lpae_map_pages+0x0/0x170) iova=0x30000000 pa=0x30000000 pgsz=0x1000 cnt=1 prot=0x3',
      `map: IOMMU: ${range} paddr=0x0000000030000000 size=4096`,
      probe,
      `unmap: IOMMU: ${range} size=4096 unmapped_size=4096`,
      probe,
      `unmap: IOMMU: ${range} size=4096 unmapped_size=0`,
    ];
    const stranger = '            init-1       [000] .....     4.036740: ';
    const events = parseText(
      'ftrace',
      [...bodies.map((body) => `${AT}${body}\n`), `${stranger}${bodies[6]}\n`].join(''),
    );
    expect(events.slice(3).map((event) => [event.kind, event.subject])).toEqual([
      ['page_table.pages_unmapped', 'adsp'],
      ['mapping.removed', 'adsp'],
      ['page_table.pages_unmapped', 'adsp'],
      ['mapping.removed', 'adsp'],
      ['mapping.removed', null],
    ]);
  });

  it('goes on with the processor of a task that makes a PAS call with an id of nobody', () => {
    const range = 'iova=0x0000000030000000 - 0x0000000030001000';
    const bodies = [
      'attach_device_to_domain: IOMMU: device=30000000.remoteproc',
      `map: IOMMU: ${range} paddr=0x0000000030000000 size=4096`,
      'scm_smc_request: smc_id:0x42000201 svc_id:0x02 cmd_id:0x01 args_cnt:2 args:{0x7f,0x43659000}',
      'scm_smc_done: smc_id:0x42000201, ret:0 res_to_callee:0xfffffffffffffffe res0:0x0 res1:0x0 res2:0x0',
      'map: IOMMU: iova=0x0000000030001000 - 0x0000000030002000 paddr=0x0000000030001000 size=4096',
    ];
    const events = parseText('ftrace', bodies.map((body) => `${AT}${body}\n`).join(''));
    expect(events.map((event) => [event.kind, event.subject])).toEqual([
      ['smmu.device_attached', 'adsp'],
      ['mapping.created', 'adsp'],
      ['smc.requested', 'pas-127'],
      ['smc.returned', 'pas-127'],
      ['pas.refused', 'pas-127'],
      ['mapping.created', 'adsp'],
    ]);
  });

  describe('in a trace that does not show all of it', () => {
    const CALL = {
      table: [0x21, 5],
      image: [0x01, 2],
      memory: [0x02, 3],
      release: [0x05, 1],
      stop: [0x06, 1],
    } as const;
    const hex = (value: number) => value.toString(16).padStart(16, '0');
    const call = (name: keyof typeof CALL, pasId: number) => {
      const [command, count] = CALL[name];
      const id = `0x420002${command.toString(16).padStart(2, '0')}`;
      const others = count === 3 ? ',0x99900000,0x500000' : ',0x43659000'.repeat(count - 1);
      return [
        `scm_smc_request: smc_id:${id} svc_id:0x02 cmd_id:0x${id.slice(-2)} args_cnt:${count} args:{0x${pasId.toString(16)}${others}}`,
        `scm_smc_done: smc_id:${id}, ret:0 res_to_callee:0x0 res0:0x0 res1:0x0 res2:0x0`,
      ];
    };
    const map = (iova: number) =>
      `map: IOMMU: iova=0x${hex(iova)} - 0x${hex(iova + 4096)} paddr=0x${hex(iova)} size=4096`;
    const unmap = (iova: number) =>
      `unmap: IOMMU: iova=0x${hex(iova)} - 0x${hex(iova + 4096)} size=4096 unmapped_size=4096`;
    const attach = (device: string) => `attach_device_to_domain: IOMMU: device=${device}.remoteproc`;
    const ADSP = 1;
    const CDSP = 18;
    const REGISTERS = 0x3000_0000;
    const owners = (bodies: readonly (string | readonly string[])[]) =>
      parseText(
        'ftrace',
        bodies
          .flat()
          .map((body) => `${body.startsWith(' ') ? '' : AT}${body}\n`)
          .join(''),
      )
        .filter(({ kind }) => kind.startsWith('mapping.'))
        .map(({ subject }) => subject);
    const LOST = ' CPU:0 [LOST 12 EVENTS]';
    const OTHER = '            init-1       [000] .....     4.036740: ';

    it('tells whose a mapping is by the call that follows', () => {
      expect(owners([map(REGISTERS), call('image', ADSP), unmap(REGISTERS)])).toEqual(['adsp', 'adsp']);
    });

    it('tells so although the task was busy with another before', () => {
      const adsp = [
        attach('30000000'),
        ...call('table', ADSP),
        ...call('image', ADSP),
        ...call('release', ADSP),
      ];
      expect(owners([adsp, LOST, map(REGISTERS), call('image', CDSP)])).toEqual(['cdsp']);
      expect(owners([adsp, map(REGISTERS), call('image', CDSP)])).toEqual(['cdsp']);
      expect(owners([adsp, LOST, map(REGISTERS)])).toEqual([null]);
      expect(owners([adsp, map(REGISTERS)])).toEqual([null]);
    });

    it('tells it not by a call with which another start or a stop begins', () => {
      expect(owners([map(REGISTERS), call('table', CDSP)])).toEqual([null]);
      expect(owners([map(REGISTERS), call('stop', CDSP)])).toEqual([null]);
    });

    it('gives no mapping that was made before to the only one that is known to have one', () => {
      const adsp = [call('table', ADSP), map(REGISTERS), call('image', ADSP), call('release', ADSP)];
      // The CDSP was started before the trace began.
      expect(owners([adsp, call('stop', CDSP), unmap(REGISTERS), attach('26300000')].flat())).toEqual([
        'adsp',
        'cdsp',
      ]);
      expect(owners([adsp, call('stop', CDSP), unmap(REGISTERS)].flat())).toEqual(['adsp', null]);
      // Somebody mapped there, and nothing says for whom.
      expect(owners([adsp, `${OTHER}${map(REGISTERS)}`, `${OTHER}${unmap(REGISTERS)}`].flat())).toEqual([
        'adsp',
        null,
        null,
      ]);
    });

    it('knows the end of a stop by the device that goes back', () => {
      const starts = [
        [call('table', ADSP), map(REGISTERS), call('image', ADSP), call('release', ADSP)],
        [call('table', CDSP), map(REGISTERS), call('image', CDSP), call('release', CDSP)],
      ].flat(2);
      expect(owners([...starts, unmap(REGISTERS), attach('30000000')]).at(-1)).toBe('adsp');
      expect(owners([...starts, `${OTHER}${unmap(REGISTERS)}`, `${OTHER}${attach('30000000')}`]).at(-1)).toBe(
        'adsp',
      );
    });

    it('goes by the carveout that an address is in, where a call or a log told of it', () => {
      const cdsp = [
        call('image', CDSP),
        call('memory', CDSP),
        map(0x9990_0000),
        call('release', CDSP),
      ].flat();
      expect(owners([...cdsp, LOST, `${OTHER}${unmap(0x9990_0000)}`])).toEqual(['cdsp', 'cdsp']);
      expect(owners([...cdsp, call('stop', ADSP), unmap(0x9990_0000)].flat())).toEqual(['cdsp', 'cdsp']);
    });

    it('takes no mapping of a task that is done with its processor for one of it', () => {
      const stop = [call('stop', ADSP), attach('30000000'), map(0x5000_0000)].flat();
      expect(owners(stop)).toEqual([null]);
    });
  });

  it('remembers whose a mapping is when a second one at its address fails and is undone', () => {
    const range = (size: number) =>
      `iova=0x0000000030000000 - 0x${(0x3000_0000 + size).toString(16).padStart(16, '0')}`;
    const bodies = [
      'attach_device_to_domain: IOMMU: device=30000000.remoteproc',
      `map: IOMMU: ${range(4096)} paddr=0x0000000030000000 size=4096`,
      `map: IOMMU: ${range(0)} paddr=0x0000000030000000 size=0`,
      `unmap: IOMMU: ${range(0)} size=0 unmapped_size=0`,
      `unmap: IOMMU: ${range(4096)} size=4096 unmapped_size=4096`,
    ];
    const events = parseText('ftrace', bodies.map((body) => `${AT}${body}\n`).join(''));
    expect(events.slice(1).map((event) => [event.kind, event.subject])).toEqual([
      ['mapping.created', 'adsp'],
      ['mapping.created', 'adsp'],
      ['mapping.removed', 'adsp'],
      ['mapping.removed', 'adsp'],
    ]);
  });
});

describe('probes', () => {
  const place = '(arm_lpae_map_pages+0x0/0x170)';

  it('goes by the probed function, whatever the probe is called', () => {
    expect(
      one(`${AT}my_probe: ${place} iova=0x95a00000 pa=0x95a00000 pgsz=0x200000 cnt=14 prot=0x3`),
    ).toMatchObject({
      kind: 'page_table.pages_mapped',
      payload: { iova: 0x95a00000, pa: 0x95a00000, page_size: 0x200000, count: 14, protection: 3 },
    });
  });

  it('leaves unknown what the probe did not fetch', () => {
    expect(one(`${AT}lpae_map: ${place} iova=0x1000 pa=0x2000 pgsz=0x1000 cnt=0x1`)).toMatchObject({
      kind: 'page_table.pages_mapped',
      payload: { protection: null },
    });
  });

  it('keeps other functions with their arguments', () => {
    expect(one(`${AT}mdt: (qcom_mdt_pas_load+0x0/0x730 [mdt_loader]) pas=1`)).toMatchObject({
      kind: 'trace.hit',
      payload: { event: 'mdt', function: 'qcom_mdt_pas_load', fields: 'pas=1' },
    });
    expect(one(`${AT}ret: (caller+0x24/0x40 [mod] <- probed) ret=0`)).toMatchObject({
      kind: 'trace.hit',
      payload: { event: 'ret', function: 'probed', fields: 'ret=0' },
    });
  });

  it('reads arguments after a hit of the same probe that had none', () => {
    const events = parseText('ftrace', `${AT}p: (probed+0x0/0x10)\n${AT}p: (probed+0x0/0x10) x=1\n`);
    expect(events.map((event) => event.payload)).toEqual([
      { event: 'p', function: 'probed', fields: '' },
      { event: 'p', function: 'probed', fields: 'x=1' },
    ]);
  });

  it('notices when the same probe fires in another place', () => {
    const events = parseText(
      'ftrace',
      [
        `${AT}p: ${place} iova=0x1000 pa=0x2000 pgsz=0x1000 cnt=1`,
        `${AT}p: ${place} iova=0x2000 pa=0x3000 pgsz=0x1000 cnt=1`,
        `${AT}p: (other+0x0/0x10) iova=0x3000 pa=0x4000 pgsz=0x1000 cnt=1`,
        '',
      ].join('\n'),
    );
    expect(events.map((event) => event.kind)).toEqual([
      'page_table.pages_mapped',
      'page_table.pages_mapped',
      'trace.hit',
    ]);
  });
});

describe('SMC events', () => {
  const request = (task: string, id: string, args: string, count: number) =>
    `${task.padStart(16)}-30      [000] .....     2.796687: scm_smc_request: smc_id:${id} svc_id:0x02 cmd_id:0x${id.slice(-2)} args_cnt:${count} args:{${args}}`;
  const done = (task: string, id: string, status: string, results = ['0x0', '0x0', '0x0']) =>
    `${task.padStart(16)}-30      [000] .....     2.796751: scm_smc_done: smc_id:${id}, ret:0 res_to_callee:${status} res0:${results[0]} res1:${results[1]} res2:${results[2]}`;

  it('pairs a result with the request of its own task', () => {
    const events = parseText(
      'ftrace',
      [
        request('one', '0x42000201', '0x1,0x42c6e000', 2),
        request('two', '0x42000205', '0x12', 1),
        done('one', '0x42000201', '0x0'),
        done('two', '0x42000205', '0xfffffffffffffffe'),
        '',
      ].join('\n'),
    );
    expect(events.map((event) => [event.kind, event.subject, event.cause])).toEqual([
      ['smc.requested', 'adsp', null],
      ['smc.requested', 'cdsp', null],
      ['smc.returned', 'adsp', 1],
      ['pas.image_initialised', 'adsp', 3],
      ['smc.returned', 'cdsp', 2],
      ['pas.refused', 'cdsp', 5],
    ]);
    expect(events.at(-1)).toMatchObject({ payload: { call: 'PAS_AUTH_AND_RESET', errno: -22 } });
  });

  it('keeps 64-bit registers exact', () => {
    const [event] = parseText(
      'ftrace',
      `${done('one', '0x42000205', '0xfffffffffffffffc', ['0xffffffffffffffff', '0x8000000000000001', '0x123456789abcdef0'])}\n`,
    );
    expect(event).toMatchObject({
      kind: 'smc.returned',
      cause: null,
      payload: {
        status: 0xffff_ffff_ffff_fffcn,
        result0: 0xffff_ffff_ffff_ffffn,
        result1: 0x8000_0000_0000_0001n,
        result2: 0x1234_5678_9abc_def0n,
      },
    });
    expect(event === undefined ? '' : renderEvent(event)).toContain(
      'status -4 EOPNOTSUPP, errno -95 EOPNOTSUPP',
    );
  });

  it('keeps apart a call that an interrupt makes inside another', () => {
    const events = parseText(
      'ftrace',
      [
        request('one', '0x42000205', '0x1', 1),
        request('one', '0xc2001503', '0x2', 1),
        done('one', '0xc2001503', '0x0'),
        done('one', '0x42000205', '0xfffffffffffffffe'),
        '',
      ].join('\n'),
    );
    expect(events.filter((event) => event.kind === 'smc.returned').map((event) => event.cause)).toEqual([
      2, 1,
    ]);
    expect(events.at(-1)).toMatchObject({ kind: 'pas.refused', subject: 'adsp', payload: { errno: -22 } });
  });

  it('reads the raw fields that a trace-cmd without the format prints', () => {
    const [event] = parseText(
      'ftrace',
      '            init-1     [000]     0.159660: scm_smc_request:      [FAILED TO PARSE] smc_id=1107296769 svc_id=2 cmd_id=1 args_cnt=2 args=ARRAY[01, 00, 00, 00, 00, 00, 00, 00, 00, e0, c6, 42, 00, 00, 00, 80]\n',
    );
    expect(event).toMatchObject({
      kind: 'smc.requested',
      payload: { function_id: 0x42000201, arg_count: 2, arg0: 1n, arg1: 0x8000_0000_42c6_e000n, arg2: null },
    });
  });

  it('takes a re-issue after INTERRUPTED for the same call', () => {
    const events = parseText(
      'ftrace',
      [
        request('one', '0x42000205', '0x1', 1),
        '             one-30      [000] .....     2.796700: scm_smc_request: smc_id:0x00000001 svc_id:0x02 cmd_id:0x05 args_cnt:1 args:{0x1}',
        done('one', '0x42000205', '0x0'),
        '',
      ].join('\n'),
    );
    expect(events.map((event) => [event.kind, event.cause])).toEqual([
      ['smc.requested', null],
      ['smc.requested', 1],
      ['smc.returned', 1],
      ['pas.authenticated', 3],
    ]);
  });

  it('takes a fast call that comes again for another: of WAITQ_GET_WQ_CTX no return is traced', () => {
    const thread = '  irq/39-qcom-scm-30      [000] .....     2.019272: ';
    const asks = 'scm_smc_request: smc_id:0xc2002403 svc_id:0x24 cmd_id:0x03 args_cnt:0 args:{}';
    const events = parseText('ftrace', `${thread}${asks}\n${thread}${asks}\n`);
    expect(events.map(({ kind, cause }) => [kind, cause])).toEqual([
      ['smc.requested', null],
      ['smc.requested', null],
    ]);
  });

  it('takes the resumption of a sleeping call, and what is issued again after busy, for the same call', () => {
    const frame = '             one-30      [000] .....     2.796700: ';
    const events = parseText(
      'ftrace',
      [
        request('one', '0x42000205', '0x1', 1),
        request('one', '0x42000205', '0x1', 1),
        `${frame}scm_waitq_sleep: wq_ctx:0, smc_call_ctx:1`,
        `${frame}scm_waitq_resume: smc_call_ctx:1`,
        `${frame}scm_smc_request: smc_id:0x42002402 svc_id:0x24 cmd_id:0x02 args_cnt:1 args:{0x1}`,
        done('one', '0x42000205', '0x0'),
        '',
      ].join('\n'),
    );
    expect(events.map((event) => [event.kind, event.cause])).toEqual([
      ['smc.requested', null],
      ['smc.requested', 1],
      ['smc.slept', 1],
      ['smc.resumed', 1],
      ['smc.requested', 1],
      ['smc.returned', 1],
      ['pas.authenticated', 6],
    ]);
  });

  it('sees a positive result of a PAS call as the refusal that the driver takes it for', () => {
    const events = parseText(
      'ftrace',
      [
        request('one', '0x42000206', '0x1', 1),
        done('one', '0x42000206', '0x0', ['0x7', '0x0', '0x0']),
        '',
      ].join('\n'),
    );
    expect(events.at(-1)).toMatchObject({ kind: 'pas.refused', payload: { call: 'PAS_SHUTDOWN', errno: 7 } });
    expect(events[1] === undefined ? '' : renderEvent(events[1])).toContain('-> refused with code 7');
  });
});

describe('smp2p events', () => {
  const update = (before: string, after: string) =>
    `${AT}smp2p_update_bits: smp2p-adsp: master-kernel: orig:0x${before} new:0x${after}`;

  it.each([
    ['0', '1', 'stop', true],
    ['3', '1', 'bits 0x2', false],
    ['0', '80000000', 'bits 0x80000000', true],
  ])('0x%s -> 0x%s is %s', (before, after, signal, raised) => {
    expect(one(update(before, after))).toMatchObject({
      kind: 'remoteproc.signalled',
      payload: { name: 'adsp', signal, raised },
    });
  });
});

describe('detectFormat', () => {
  it.each([
    ['ftrace', '# tracer: nop\n#\n'],
    ['ftrace', `${AT}foo: bar\n`],
    ['ftrace', 'cpus=1\n            init-1     [000]    12.000001: foo: bar\n'],
    ['dmesg', '[    0.000000] Booting Linux on physical CPU 0x0\n'],
    ['dmesg', 'anything\n'],
    ['dmesg', ''],
  ])('%s: %j', (format, text) => {
    expect(detectFormat(Buffer.from(text))).toBe(format);
  });
});
