import { describe, expect, it } from 'vitest';
import { OtherErrors } from '../../../src/app/other-errors.ts';
import { diagnose } from '../../../src/diagnosis/diagnose.ts';
import { renderEvent } from '../../../src/events/catalog.ts';
import { parseText } from '../../support/parse-text.ts';
import { simulated } from '../../support/simulated-boot.ts';

function otherErrors(lines: readonly string[]): string[] {
  const events = parseText('dmesg', `${lines.join('\n')}\n`);
  const others = new OtherErrors();
  for (const event of events) others.add(event);
  return others.notIn(diagnose(events)).map(({ seq, count }) => {
    const event = events.find((candidate) => candidate.seq === seq);
    return `${count} ${event === undefined ? '' : renderEvent(event)}`;
  });
}

describe('errors that no rule is about', () => {
  it('are not the lines that a simulated kernel prints of a fault', () => {
    const { events } = simulated({ soc: 'lemans', mode: 'el2', processors: ['adsp'], faults: ['F-16:adsp'] });
    const others = new OtherErrors();
    for (const event of events) others.add(event);
    expect(events.filter(({ kind }) => kind === 'smmu.faulted')).toHaveLength(1);
    expect(others.notIn(diagnose(events))).toEqual([]);
  });

  it('are lines that speak of one, the commonest first, alike but for numbers', () => {
    expect(
      otherErrors([
        '[    1.000000] panel-x c0000000.panel: reset line is stuck low',
        '[    2.000000] disk-y 1d84000.disk: command 0x28 timed out, tag 3',
        '[    2.100000] disk-y 1d84000.disk: command 0x2a timed out, tag 17',
        '[    3.000000] disk-y 1d84000.disk: gear 4, lanes 2',
      ]),
    ).toEqual([
      '2 disk-y 1d84000.disk: command 0x28 timed out, tag 3',
      '1 panel-x c0000000.panel: reset line is stuck low',
    ]);
  });

  it('are links and devices that give no answer', () => {
    expect(
      otherErrors([
        '[    1.000000] pcie-x 1c08000.pcie: Phy link never came up',
        '[    2.000000] bus-z 8c0000.bus: device not responding',
      ]),
    ).toHaveLength(2);
  });

  it('are no lines that name errors and tell of none', () => {
    expect(
      otherErrors([
        '[    1.000000] ubi0: good PEBs: 96, bad PEBs: 0, corrupted PEBs: 0',
        '[    2.000000] wdt-x 17c10000.wdt: Initialized with 12s timeout @ 19200000 Hz, action=0.',
        '[    3.000000] ERST: Error Record Serialization Table (ERST) support is initialized.',
        '[    4.000000] RAS: Correctable Errors collector initialized.',
        '[    5.000000] disk-y 1d84000.disk: self test ended without error',
      ]),
    ).toEqual([]);
    expect(otherErrors(['[    1.000000] ubi0: good PEBs: 96, corrupted PEBs: 3'])).toHaveLength(1);
  });

  it('are lines that the kernel printed as errors, whatever they say', () => {
    expect(otherErrors(['<3>[    1.000000] panel-x: no voltage', '<6>[    2.000000] panel-x: 12 V'])).toEqual(
      ['1 panel-x: no voltage'],
    );
  });

  it('are devices that fail without a finding, but no probe that waits', () => {
    expect(
      otherErrors([
        '[    0.900000] remoteproc remoteproc0: remote processor adsp is now up',
        '[    1.000000] qcom,apr 6800000.remoteproc:glink-edge.adsp_apps.-1.-1: probe with driver qcom,apr failed with error -12',
        '[    2.000000] bus-z 8c0000.bus: getting clocks failed: -517',
        '[    3.000000] bus-z 8c0000.bus: lookup of vdd failed, assuming enabled',
        '[    4.000000] bus-z 8c0000.bus: transfers: 12, failed: 0',
        '[    5.000000] daemon[417]: cannot reach the network',
      ]),
    ).toEqual(['1 6800000.remoteproc:glink-edge.adsp_apps.-1.-1: probe with qcom,apr returned -12 ENOMEM']);
  });

  it('are no lines that a finding stands on or explains', () => {
    expect(
      otherErrors([
        '[    1.000000] remoteproc remoteproc0: adsp is available',
        '[    2.000000] remoteproc remoteproc0: powering up adsp',
        '[    2.000001] remoteproc remoteproc0: Direct firmware load for qcom/sa8775p/adsp.mbn failed with error -2',
        '[    2.000002] remoteproc remoteproc0: request_firmware failed: -2',
      ]),
    ).toEqual([]);
  });

  it('are no lines of a warning with its call trace', () => {
    expect(
      otherErrors([
        '[    1.000000] ------------[ cut here ]------------',
        '[    1.000001] panel-x: vsync timed out',
        '[    1.000002] WARNING: CPU: 2 PID: 71 at drivers/video/panel-x.c:88 panel_wait+0x1c/0x40',
        '[    1.000003] Modules linked in: panel_x',
        '[    1.000004] Call trace:',
        '[    1.000005]  panel_wait+0x1c/0x40',
        '[    1.000006]  panel_enable+0x80/0xc0',
        '[    1.000007] ---[ end trace 0000000000000000 ]---',
      ]),
    ).toEqual([]);
  });
});
