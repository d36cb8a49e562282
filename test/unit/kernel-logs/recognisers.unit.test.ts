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
});
