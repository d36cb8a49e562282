import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/diagnosis/diagnose.ts';
import { parseText } from '../../support/parse-text.ts';

const findings = (lines: readonly string[]) =>
  diagnose(parseText('dmesg', `${lines.join('\n')}\n`)).map(
    ({ rule, severity, sentence }) => `${severity} ${rule}: ${sentence}`,
  );

describe('excerpts as people paste them', () => {
  it('blame the core that was heard of first, though the crash of the other was told first', () => {
    expect(
      findings([
        '[  208.000000] remoteproc remoteproc4: adsp is available',
        '[  208.000001] remoteproc remoteproc0: gpdsp0 is available',
        '[  208.100000] qcom_q6v5_pas 20c00000.remoteproc: fatal error received: link.c:678: not open',
        '[  208.102000] qcom_q6v5_pas 30000000.remoteproc: fatal error received: link.c:758: peer is gone',
        '[  208.102100] remoteproc remoteproc4: crash detected in adsp: type fatal error',
        '[  208.110000] remoteproc remoteproc0: crash detected in gpdsp0: type fatal error',
      ]),
    ).toEqual(['degraded crash-cascade: gpdsp0 dies: "link.c:678: not open" and takes adsp along']);
  });

  it('say that they end while a processor is starting', () => {
    const start = [
      '[   14.100000] remoteproc remoteproc0: powering up adsp',
      '[   14.200000] remoteproc remoteproc0: Booting fw image qcom/sm8750/adsp.mbn, size 17680824',
    ];
    expect(findings(start)).toEqual([
      'noise silent-start: the history ends while adsp is starting: what became of it is not in this log',
    ]);
    expect(
      findings([...start, '[   14.900000] remoteproc remoteproc0: remote processor adsp is now up']),
    ).toEqual([]);
  });

  it('tell of a processor that says it dies, whatever the kernel did then', () => {
    expect(
      findings([
        '[   17.300000] qcom_q6v5_pas 3000000.remoteproc: fatal error received: kernel.c:12: no stack',
      ]),
    ).toEqual([
      'degraded processor-crashed: adsp dies of a fatal error: "kernel.c:12: no stack"; what the kernel did then is not in this log',
    ]);
  });

  it('take the panic that a kernel of a vendor answers with for a consequence', () => {
    const death = '[   45.883259] modem subsystem failure reason: EX:kernel:0x0::0x0:PC=0xc0c6537c.';
    expect(
      findings([
        death,
        '[   45.983499] Kernel panic - not syncing: subsys-restart: Resetting the SoC - modem crashed.',
      ]),
    ).toEqual([
      'system processor-crashed: modem dies of a fatal error: "EX:kernel:0x0::0x0:PC=0xc0c6537c"; the kernel stops the machine for it',
    ]);
    expect(findings([death, '[   45.983499] Kernel panic - not syncing: Attempted to kill init!'])).toEqual([
      expect.stringMatching(/^system kernel-died: /),
      expect.stringMatching(/^degraded processor-crashed: .*not in this log$/),
    ]);
  });

  it('tell of a processor that dies without a word, and of a port that does not halt while it is stopped', () => {
    expect(
      findings([
        '[   78.820552] remoteproc remoteproc3: remote processor 4080000.remoteproc is now up',
        '[   78.820600] qcom-q6v5-mss 4080000.remoteproc: fatal error received: ',
        '[   78.820655] remoteproc remoteproc3: crash detected in 4080000.remoteproc: type fatal error',
        '[   78.820755] remoteproc remoteproc3: recovering 4080000.remoteproc',
        '[   78.924344] qcom-q6v5-mss 4080000.remoteproc: port failed halt',
      ]),
    ).toEqual([
      expect.stringMatching(/^degraded processor-crashed: modem dies of a fatal error/),
      expect.stringMatching(/^degraded stop-failed: modem fails at halt-port/),
    ]);
  });

  it('tie a fault in a FastRPC context to the processor that says right after that it dies', () => {
    const fault =
      'arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0xfd7ff000, fsynr=0x540003, cbfrsynra=0x19c3, cb=10';
    const death = 'qcom_q6v5_pas 26300000.remoteproc: fatal error received: watchdog suspected';
    expect(findings([`[   63.100000] ${fault}`, `[   63.112000] ${death}`])).toContain(
      'degraded compute-stream-fault: a FastRPC context of cdsp (stream 0x19c3) reads at 0xfd7ff000, which is not mapped; cdsp dies of it',
    );
    expect(findings([`[   63.100000] ${fault}`, `[   93.112000] ${death}`])).toEqual([
      expect.stringMatching(/^degraded processor-crashed: /),
      expect.stringMatching(/^noise /),
      expect.stringMatching(/^noise fault-of-other-stream: /),
    ]);
    // Without stamps, the lines say no more than that one follows on the other.
    expect(findings([fault, death])).toEqual([
      expect.stringMatching(/^degraded compute-stream-fault: .*; cdsp dies of it$/),
      expect.stringMatching(/^noise context-bank-translated: /),
    ]);
    const between = Array.from({ length: 40 }, (_, index) => `usb 1-1: new device number ${index}`);
    expect(findings([fault, ...between, death])).toContainEqual(
      expect.stringMatching(/^degraded processor-crashed: /),
    );
  });

  it('have one cause where the files of several processors are missing from one folder', () => {
    const missing = (index: number, name: string, folder = 'qcom/sc8280xp') => [
      `[    5.${index}00000] remoteproc remoteproc${index}: ${name} is available`,
      `[    5.${index}00001] remoteproc remoteproc${index}: Direct firmware load for ${folder}/qc${name}8280.mbn failed with error -2`,
      `[    5.${index}00002] remoteproc remoteproc${index}: request_firmware failed: -2`,
    ];
    expect(findings([...missing(0, 'slpi'), ...missing(1, 'adsp'), ...missing(2, 'cdsp')])).toEqual([
      'fatal firmware-missing: slpi, adsp and cdsp have no firmware: no file of theirs in qcom/sc8280xp can be read (-2 ENOENT)',
    ]);
    expect(findings([...missing(0, 'slpi'), ...missing(1, 'adsp', 'qcom/other')])).toEqual([
      'fatal firmware-missing: slpi has no firmware: qcom/sc8280xp/qcslpi8280.mbn cannot be read (-2 ENOENT)',
      'fatal firmware-missing: adsp has no firmware: qcom/other/qcadsp8280.mbn cannot be read (-2 ENOENT)',
    ]);
    // One that came up in the end had its file.
    const late = [
      '[    6.000000] remoteproc remoteproc1: powering up adsp',
      '[    6.100000] remoteproc remoteproc1: remote processor adsp is now up',
    ];
    expect(findings([...missing(0, 'slpi'), ...missing(1, 'adsp'), ...late])).toHaveLength(2);
  });

  it('do not call a modem released whose boot authenticator did not come up', () => {
    expect(
      findings([
        '[   20.100000] remoteproc remoteproc1: powering up 4080000.remoteproc',
        '[   20.200000] remoteproc remoteproc1: Booting fw image mba.mbn, size 213888',
        '[   20.400000] qcom-q6v5-mss 4080000.remoteproc: PBL returned unexpected status -284031232',
        '[   20.410000] qcom-q6v5-mss 4080000.remoteproc: failed to boot MBA: -110',
        "[   20.420000] remoteproc remoteproc1: can't start rproc 4080000.remoteproc: -110",
      ]),
    ).toEqual(['fatal start-failed: modem fails at boot-authenticator; why is not known']);
  });

  it('name processors by addresses and nodes of other SoCs', () => {
    const subjects = parseText(
      'dmesg',
      [
        '[   18.100000] remoteproc remoteproc0: adsp-pil is available',
        '[   18.200000] remoteproc remoteproc1: 2080000.remoteproc is available',
        '[   18.300000] qcom_q6v5_pas 5c00000.remoteproc: start timed out',
        '[   18.400000] qcom-q6v5-mss fc880000.remoteproc: fatal error received: memory.c:297: size 0',
        '[   18.500000] qcom_q6v5_pas ab00000.remoteproc: Handover signaled, but it already happened',
        '',
      ].join('\n'),
    ).flatMap(({ kind, subject }) => (kind.startsWith('remoteproc.') && subject !== null ? [subject] : []));
    expect([...new Set(subjects)]).toEqual(['adsp', 'modem', 'slpi']);
  });
});

describe('what a finding says', () => {
  const START = '[    1.100000] remoteproc remoteproc0: powering up adsp';
  const PAS = 'qcom_q6v5_pas 30000000.remoteproc:';

  it('is no advice about smp2p to a core that says itself that it dies', () => {
    const [found] = diagnose(
      parseText(
        'dmesg',
        [
          START,
          `[    1.200000] ${PAS} fatal error received: main.c:12: no memory`,
          `[    6.200000] ${PAS} start timed out`,
          "[    6.200100] remoteproc remoteproc0: can't start rproc adsp: -110",
          '',
        ].join('\n'),
      ),
    );
    expect(found?.sentence).toBe('adsp died while it started: "main.c:12: no memory"');
    expect(found?.tries.join()).not.toContain('smp2p');
  });

  it('is a malformed image, where a segment is bigger in the file than in memory', () => {
    expect(
      findings([
        START,
        `[    1.200000] ${PAS} refusing to load segment 3 with p_filesz > p_memsz`,
        '[    1.200100] remoteproc remoteproc0: Failed to load program segments: -22',
      ]),
    ).toEqual([
      'fatal image-malformed: the image of adsp is malformed: a segment takes more bytes in the file than in memory',
    ]);
  });

  it('rules out no fault where one came of a stream that may be the processor’s', () => {
    const fault =
      '[    1.300000] arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x80a00000, fsynr=0x20001, cbfrsynra=0x1c60, cb=2';
    const [found] = diagnose(
      parseText(
        'dmesg',
        [
          '[    0.100000] arm-smmu 15000000.iommu: probing hardware configuration...',
          START,
          fault,
          `[    6.200000] ${PAS} start timed out`,
          '',
        ].join('\n'),
      ),
    );
    expect(found?.modes).toContain('F-16');
    expect(found?.certainty).toBe('narrowed');
    expect(found?.ruledOut.map(({ what }) => what).join()).not.toContain('not mapped');
  });

  it('is not that a call never returns, where the history ends at once', () => {
    const ends = [
      '[    0.000000] Linux version 7.2.0',
      '[    0.020000] CPU: All CPU(s) started at EL2',
      START,
    ];
    expect(diagnose(parseText('dmesg', `${ends.join('\n')}\n`)).map(({ certainty }) => certainty)).toEqual([
      'unknown',
    ]);
    const goesOn = diagnose(parseText('dmesg', `${[...ends, '[   30.000000] systemd[1]: up'].join('\n')}\n`));
    expect(goesOn.map(({ certainty }) => certainty)).toEqual(['narrowed']);
  });
});
