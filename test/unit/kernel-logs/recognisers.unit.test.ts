import { describe, expect, it } from 'vitest';
import { renderEvent } from '../../../src/events/catalog.ts';
import { RECOGNISERS } from '../../../src/kernel-logs/dmesg/all-recognisers.ts';
import { parseText } from '../../support/parse-text.ts';

describe('recognisers', () => {
  it.each(RECOGNISERS.map((recogniser) => [recogniser.name, recogniser] as const))(
    '%s: its example gives events',
    (_name, recogniser) => {
      const events = parseText('dmesg', `[    1.000000] ${recogniser.example}\n`);
      const [printed, ...meanings] = events;
      expect(printed).toMatchObject({
        kind: 'log.printed',
        payload: { text: recogniser.example },
        t_ns: 1e9,
        line: 1,
      });
      expect(meanings.length).toBeGreaterThan(0);
      for (const meaning of meanings)
        expect(meaning).toMatchObject({ cause: printed?.seq, source: 1, line: 1 });
    },
  );

  it.each(RECOGNISERS.map((recogniser) => [recogniser.name, recogniser] as const))(
    '%s: is found by its first word and takes whole lines only',
    (_name, { place = 'line', pattern, example, firstWord }) => {
      if (place === 'line') expect(example.split(/[ :]/)[0]).toBe(firstWord);
      else if (place === 'text') expect(/: \s*([^ :]+)/.exec(example)?.[1]).toBe(firstWord);
      else expect(example.endsWith(firstWord)).toBe(true);
      expect(pattern.source).toMatch(/^\^.*\$$/);
      expect(pattern.test(`prefix ${example}`)).toBe(false);
    },
  );

  it('ties a processor to its number, and its number to what is said of it later', () => {
    const events = parseText(
      'dmesg',
      [
        '[    2.000000] remoteproc remoteproc3: cdsp1 is available',
        '[    2.100000] remoteproc remoteproc3: Booting fw image qcom/sa8775p/cdsp1.mbn, size 4096',
        "[    2.200000] remoteproc remoteproc3: can't start rproc cdsp1: -110",
        '',
      ].join('\n'),
    );
    expect(events.filter((event) => event.subject === 'cdsp1').map(renderEvent)).toEqual([
      'cdsp1 registered as remoteproc3',
      'firmware qcom/sa8775p/cdsp1.mbn, 4096 bytes',
      'cdsp1: start failed, -110 ETIMEDOUT',
      'cdsp1 is failed',
    ]);
  });

  it.each([
    'attaching to cdsp1',
    'handling crash #1 in cdsp1',
    'releasing cdsp1',
    "can't prepare rproc cdsp1: -22",
    'failed to prepare subdevices for cdsp1: -12',
  ])('knows from the line itself whom it is about: %s', (text) => {
    const [, meaning] = parseText('dmesg', `[    2.000000] remoteproc remoteproc3: ${text}\n`);
    expect(meaning?.subject).toBe('cdsp1');
  });

  it('finds lines whose first word is a name of its own by what follows', () => {
    const notes = parseText(
      'dmesg',
      '[    1.000000] /soc@0/usb@1: Fixed dependency cycle(s) with /soc@0/phy@2\n[    1.100000] CPU7: failed to boot: -95\n',
    );
    expect(notes.map(renderEvent).filter((_text, index) => index % 2 === 1)).toEqual([
      '/soc@0/usb@1: dependency-cycle: /soc@0/phy@2',
      'cpu7: cpu-on failed, -95 EOPNOTSUPP',
    ]);
  });

  it('learns the name from any line that gives it, and knows a device by it', () => {
    const events = parseText(
      'dmesg',
      [
        '[    2.000000] remoteproc remoteproc1: powering up cdsp',
        '[    2.100000] remoteproc remoteproc1: Booting fw image qcom/qcs6490/cdsp.mbn, size 4096',
        '[    3.000000] remoteproc remoteproc2: 4080000.remoteproc is available',
        '[    3.100000] remoteproc remoteproc2: remote processor 4080000.remoteproc is now up',
        "[    4.000000] remoteproc remoteproc3: can't start rproc adsp: -22",
        '',
      ].join('\n'),
    );
    expect(
      events.filter((event) => event.subject !== null).map((event) => [event.subject, renderEvent(event)]),
    ).toEqual([
      ['cdsp', 'cdsp is starting'],
      ['cdsp', 'firmware qcom/qcs6490/cdsp.mbn, 4096 bytes'],
      ['modem', 'modem registered as remoteproc2'],
      ['modem', 'modem is running'],
      ['adsp', 'adsp: start failed, -22 EINVAL'],
      ['adsp', 'adsp is failed'],
    ]);
  });

  it.each([
    'firmware_class:fw_get_filesystem_firmware: ',
    'remoteproc:rproc_boot:1934: ',
    '[87] remoteproc:rproc_boot:remoteproc_core.c:1934: ',
    'rproc_boot: ',
    '[87] ',
  ])('reads on behind what dynamic debug puts before a text: %s', (prefix) => {
    const events = parseText('dmesg', `[    2.000000] ${prefix}remoteproc remoteproc1: powering up cdsp\n`);
    expect(events.map((event) => [event.subject, renderEvent(event)])).toContainEqual([
      'cdsp',
      'cdsp is starting',
    ]);
  });

  it('takes no other word before a colon for a function', () => {
    const events = parseText('dmesg', '[    2.000000] example: remoteproc remoteproc1: powering up cdsp\n');
    expect(events.map(({ kind }) => kind)).toEqual(['log.printed']);
  });

  it('takes no line without a time into a report of a log that has them', () => {
    const [warned] = parseText(
      'dmesg',
      [
        '[    2.000000] ------------[ cut here ]------------',
        "Setting prompt string to ['login:']",
        '[    2.000001] WARNING: drivers/soc/example.c:12 at example_probe+0x10/0x80, CPU#3: kworker/3:1/143',
        '',
      ].join('\n'),
    ).filter(({ kind }) => kind === 'kernel.warned');
    expect(warned).toMatchObject({ kind: 'kernel.warned', payload: { message: null } });
  });

  it('keeps level, caller and text apart', () => {
    const [event] = parseText('dmesg', '<3>[  116.882012][    C0] arm-smmu 15000000.iommu: something new\n');
    expect(event).toMatchObject({
      kind: 'log.printed',
      t_ns: 116_882_012_000,
      context: 'C0',
      payload: { level: 3, text: 'arm-smmu 15000000.iommu: something new' },
    });
  });

  it('leaves unknown the time of a line that has none', () => {
    const events = parseText('dmesg', 'no time yet\n[    5.000001] timed\n  continued\n');
    expect(events.map((event) => event.t_ns)).toEqual([null, 5_000_001_000, null]);
  });

  it('does not take a bootloader clock for a kernel time', () => {
    const [event] = parseText('dmesg', '[2124700] [2124700] fastboot: reboot\n');
    expect(event).toMatchObject({ t_ns: null, payload: { text: '[2124700] [2124700] fastboot: reboot' } });
  });

  const identityOf = (lines: readonly string[]) =>
    parseText('dmesg', `${lines.join('\n')}\n`)
      .filter(({ kind }) => kind === 'boot.kernel_identified' || kind === 'boot.machine_identified')
      .map(({ line, payload }) => [line, payload]);

  const warning = (kernel: string) => [
    '[    2.000000] ------------[ cut here ]------------',
    '[    2.000001] WARNING: CPU: 3 PID: 143 at drivers/soc/example.c:12 example_probe+0x10/0x80',
    `[    2.000002] CPU: 3 UID: 0 PID: 143 Comm: kworker/3:1 Tainted: G        W          ${kernel} #12 PREEMPT`,
    '[    2.000003] Hardware name: Example Ride Board (DT)',
    '[    2.000004] Call trace:',
    '[    2.000005]  example_probe+0x10/0x80',
    '[    2.000006] ---[ end trace 0000000000000000 ]---',
  ];

  it('knows kernel and machine by the header of a report where nothing else tells', () => {
    const first = [
      [1, { release: '6.1.0-rc4-00075-gabc', banner: '#12 PREEMPT', basis: 'report' }],
      [1, { model: 'Example Ride Board', basis: 'report' }],
    ];
    expect(identityOf([...warning('6.1.0-rc4-00075-gabc'), ...warning('6.1.0-rc4-00075-gabc')])).toEqual(
      first,
    );
    // Lines of a report whose beginning is missing.
    expect(identityOf(warning('6.1.0').slice(2, 4)).map(([line]) => line)).toEqual([1, 1]);
    expect(identityOf(warning('6.1.0').slice(3, 4)).map(([line]) => line)).toEqual([1]);
    expect(identityOf(warning('none given').slice(2, 3))).toEqual([]);
  });

  it('tells a report whose beginning is missing, where nothing told of the kernel before', () => {
    const warned = (lines: readonly string[]) =>
      parseText('dmesg', `${lines.join('\n')}\n`).filter(({ kind }) => kind === 'kernel.warned');
    const rest = warning('6.1.0').slice(2);
    expect(warned(rest).map(renderEvent)).toEqual([
      'kernel warning in example_probe on CPU 3 by kworker/3:1, 1 frame: a report whose beginning is missing',
    ]);
    // The backtrace of another CPU says nothing new.
    expect(warned([...warning('6.1.0'), ...rest])).toHaveLength(1);
    expect(warned(['[    0.000000] Linux version 6.1.0 (builder@host) #12', ...rest])).toEqual([]);
    expect(warned(rest.slice(0, 2))).toEqual([]);
  });

  it('takes the banner and the device tree for what they say, and tells a report of another kernel', () => {
    const head = [
      '[    0.000000] Linux version 6.1.0 (builder@host) #12',
      '[    0.000000] OF: fdt:Machine model: Example Phone',
      '[    0.010000] DMI: Example Laptop/Board, BIOS 1.2 11/27/2026',
    ];
    const told = [
      [1, { release: '6.1.0', banner: '(builder@host) #12', basis: 'banner' }],
      [2, { model: 'Example Phone', basis: 'devicetree' }],
    ];
    expect(identityOf([...head, ...warning('6.1.0')])).toEqual(told);
    expect(identityOf([...head, ...warning('6.2.0')])).toEqual([
      ...told,
      [4, { release: '6.2.0', banner: '#12 PREEMPT', basis: 'report' }],
    ]);
    expect(identityOf(head.slice(2))).toEqual([[1, { model: 'Example Laptop/Board', basis: 'smbios' }]]);
  });

  it.each([
    ['qcom_adsp_pil adsp-pil: failed to authenticate image and release reset', 'adsp', 'authenticate'],
    ['qcom-q6v5-mss 4080000.remoteproc: MPSS authentication failed: -22', 'modem', 'modem-image'],
  ])('knows what older drivers say: %s', (text, subject, step) => {
    const [, failed] = parseText('dmesg', `[    5.000000] ${text}\n`);
    expect(failed).toMatchObject({ kind: 'remoteproc.failed', subject, payload: { step } });
  });

  it('knows the processor of a protection domain, and what became of that', () => {
    const states = ['1fffffff', 'fffffff', '12345678'].map((state) => {
      const [, noted] = parseText(
        'dmesg',
        `[    5.000000] PDR: Indication received from msm/adsp/audio_pd, state: 0x${state}, trans-id: 1\n`,
      );
      return [noted?.subject, (noted?.payload as { detail: string } | undefined)?.detail];
    });
    expect(states).toEqual([
      ['adsp', 'up'],
      ['adsp', 'down'],
      ['adsp', 'state 0x12345678'],
    ]);
  });

  it('tells of a task that hangs in what it waits for, not in how', () => {
    const lines = [
      'INFO: task kworker/u32:5:143 blocked for more than 120 seconds.',
      '      Not tainted 7.2.13 #1',
      'task:kworker/u32:5   state:D stack:0     pid:143   tgid:143   ppid:2      flags:0x00000010',
      'Call trace:',
      ' __switch_to+0xf0/0x1c0 (T)',
      ' __schedule+0x358/0x9a0',
      ' schedule+0x34/0x120',
      ' schedule_timeout+0x88/0x100',
      ' wait_for_completion+0x78/0x140',
      ' qcom_scm_wait_for_wq_completion+0x50/0x80',
      ' qcom_scm_pas_auth_and_reset+0x98/0x120',
    ];
    const events = parseText('dmesg', lines.map((text) => `[  247.000000] ${text}\n`).join(''));
    expect(events.find(({ kind }) => kind === 'kernel.stalled')?.payload).toMatchObject({
      function: 'qcom_scm_wait_for_wq_completion',
    });
  });

  it('reads a fault as kernels of msm print it, with address and stream on lines of their own', () => {
    const smmu = 'arm-smmu 15000000.apps-smmu:';
    const fault = (iova: string) => [
      `${smmu} Unhandled context fault: iova=0x${iova}, fsr=0x40000402, fsynr=0x300003, cb=5`,
      `${smmu} FAR    = 00000000${iova}`,
      `${smmu} FSR    = 40000402 [TF SS ]`,
      `${smmu} context bank#    = 0x5`,
      `${smmu} soft iova-to-phys=0x0000000000000000`,
      `${smmu} SOFTWARE TABLE WALK FAILED! Looks like 15000000.apps-smmu accessed an unmapped address!`,
      `${smmu} hard iova-to-phys (ATOS) failed`,
      `${smmu} SID=0x40`,
    ];
    const lines = [...fault('a0900040'), ...fault('a0901000').slice(0, 3), 'icnss: something else'];
    const events = parseText('dmesg', lines.map((text) => `[ 3440.122844] ${text}\n`).join(''));
    expect(
      events
        .filter(({ cause }) => cause !== null)
        .map(({ kind, line, payload }) => ({ kind, line, payload })),
    ).toMatchObject([
      {
        kind: 'smmu.faulted',
        line: 1,
        payload: {
          stream_id: 0x40,
          iova: 0xa0900040,
          fsr: 0x40000402,
          detail: 'software walk: unmapped, hardware walk: failed',
        },
      },
      { kind: 'smmu.faulted', line: 9, payload: { stream_id: null, iova: 0xa0901000 } },
    ]);
  });

  describe('last words of several lines', () => {
    const BEGIN = 'qcom-q6v5-wcss-pil cd00000.remoteproc: fatal error received: ';
    const told = (...texts: string[]) =>
      parseText('dmesg', texts.map((text) => `[  152.551149] ${text}\n`).join(''))
        .filter(({ kind }) => kind === 'remoteproc.interrupted')
        .map(({ payload, line }) => [line, (payload as { message: string | null }).message]);

    it('are one event at their first line', () => {
      const words = [
        BEGIN,
        'QC Image Version: QC_IMAGE_VERSION_STRING=WLAN.EX.1.0',
        'Image Variant : IMAGE_VARIANT_STRING=1234.wlanfw.exampleQ',
        '',
        'platform_example.c:42 Assertion segment != 0x0 failedparam0 :zero, param1 :zero.',
        'Thread ID      : 0x00000072  Thread name    : wlan_example  Process ID     : 0',
        'Register:',
        'SP : 0x4bb2a8f0',
        'remoteproc remoteproc0: crash detected in cd00000.remoteproc: type fatal error',
      ];
      expect(told(...words)).toEqual([
        [1, 'platform_example.c:42 Assertion segment != 0x0 failedparam0 :zero, param1 :zero.'],
      ]);
      const events = parseText('dmesg', words.map((text) => `[  152.551149] ${text}\n`).join(''));
      expect(events.filter(({ cause }) => cause !== null).map(({ kind }) => kind)).toEqual([
        'remoteproc.interrupted',
        'remoteproc.crashed',
      ]);
    });

    it('are none where other lines follow', () => {
      expect(told(BEGIN)).toEqual([[1, null]]);
      expect(told(BEGIN, 'other_driver.c:12: Assertion of somebody else')).toEqual([[1, null]]);
      expect(told(BEGIN, '', 'usb 1-1: new device', 'x.c:1 Assertion y failed')).toEqual([[1, null]]);
      expect(told(BEGIN, 'QC Image Version: X', BEGIN)).toEqual([
        [1, null],
        [3, null],
      ]);
    });
  });
});
