import { describe, expect, it } from 'vitest';
import type { BootEvent } from '../../../src/events/catalog.ts';
import { simulated } from '../../support/simulated-boot.ts';

/** Lines of the kernel log that match, with their seconds. */
function linesOf(events: readonly BootEvent[], pattern: RegExp): { second: number; text: string }[] {
  return events.flatMap(({ kind, t_ns, payload }) =>
    kind === 'log.printed' && pattern.test(payload.text)
      ? [{ second: Math.floor((t_ns ?? 0) / 1e9), text: payload.text }]
      : [],
  );
}

const textsOf = (events: readonly BootEvent[], pattern: RegExp): string[] =>
  linesOf(events, pattern).map(({ text }) => text);

describe('probe deferral', () => {
  const boot = (soc: string, mode: string, faults: readonly string[] = []) =>
    simulated({ soc, mode, scenario: 'probe-deferral', processors: ['adsp'], faults });

  it('makes SMMU and processor wait for qcom_scm, which the kernel says at the timeout', () => {
    const { events, state } = boot('lemans', 'el2');
    expect(linesOf(events, /deferred|convention|with:$|now up/)).toEqual([
      { second: 11, text: 'platform 15000000.iommu: deferred probe pending: arm-smmu: qcom_scm not ready' },
      {
        second: 11,
        text: 'platform 30000000.remoteproc: deferred probe pending: platform: wait for supplier /soc@0/iommu@15000000',
      },
      { second: 12, text: 'qcom_scm: convention: smc arm 64' },
      { second: 12, text: 'arm-smmu 15000000.iommu: SMMUv2 with:' },
      { second: 12, text: 'remoteproc remoteproc0: remote processor adsp is now up' },
    ]);
    expect(state.remoteprocs.get('adsp')?.state).toBe('running');
  });

  it('has no reason for a processor that is not behind the SMMU, or whose SMMU is up', () => {
    const pending = ['platform 30000000.remoteproc: deferred probe pending: (reason unknown)'];
    expect(textsOf(boot('lemans', 'qhee').events, /remoteproc: deferred/)).toEqual(pending);
    // An SMMUv3 does not ask for qcom_scm.
    expect(textsOf(boot('virt', 'el2').events, /deferred/)).toEqual(pending);
  });

  it('tells of the wait once where qcom_scm fails when it comes', () => {
    const { events } = boot('lemans', 'el2', ['F-08']);
    expect(textsOf(events, /deferred|probe with driver/)).toEqual([
      'platform 15000000.iommu: deferred probe pending: arm-smmu: qcom_scm not ready',
      'platform 30000000.remoteproc: deferred probe pending: platform: wait for supplier /soc@0/iommu@15000000',
      'qcom_scm firmware:scm: probe with driver qcom_scm failed with error 9',
    ]);
  });
});

describe('attach', () => {
  const boot = (mode: string, faults: readonly string[] = [], soc = 'lemans') =>
    simulated({ soc, mode, scenario: 'attach', processors: ['adsp'], faults });
  const LIFE = /^remoteproc|Failed to get|probe with/;

  it.each(['qhee', 'el2-plain-dt'])('takes over a core that goes on working in mode %s', (mode) => {
    const { events, state } = boot(mode);
    expect(textsOf(events, LIFE)).toEqual([
      'remoteproc remoteproc0: adsp is available',
      'remoteproc remoteproc0: attaching to adsp',
      'remoteproc remoteproc0: remote processor adsp is now attached',
    ]);
    expect(events.some(({ kind }) => kind === 'smmu.faulted' || kind === 'remoteproc.crashed')).toBe(false);
    expect(events.some(({ kind, subject }) => kind === 'smc.requested' && subject === 'adsp')).toBe(false);
    expect(state.remoteprocs.get('adsp')?.state).toBe('attached');
  });

  it('lets the stream through at EL2 until the default domain takes it, and faults from then on', () => {
    const { events } = boot('el2');
    const streams = events.flatMap((event) =>
      event.kind === 'smmu.stream_configured' ? [event.payload.type] : [],
    );
    expect(streams.slice(0, 3)).toEqual(['bypass', 'translate', 'translate']);
    const accesses = events.filter(({ kind }) => kind === 'remoteproc.memory_accessed');
    const faults = events.filter(({ kind }) => kind === 'smmu.faulted');
    const taken = events.find(({ kind }) => kind === 'smmu.device_attached');
    expect(accesses.filter(({ seq }) => seq < (taken?.seq ?? 0)).length).toBeGreaterThan(10);
    expect(Math.min(...faults.map(({ seq }) => seq))).toBeGreaterThan(taken?.seq ?? 0);
    // The driver maps nothing, so its own domain is no better: the next fault is a crash.
    expect(textsOf(events, /is now attached|handling crash/)).toEqual([
      'remoteproc remoteproc0: remote processor adsp is now attached',
      'remoteproc remoteproc0: handling crash #1 in adsp',
    ]);
  });

  it('fails, and the probe with it, where the core is not ready', () => {
    const { events, state } = boot('el2', ['F-100']);
    expect(textsOf(events, LIFE)).toEqual([
      'remoteproc remoteproc0: adsp is available',
      'remoteproc remoteproc0: attaching to adsp',
      'qcom_q6v5_pas 30000000.remoteproc: Failed to get subsystem ready interrupt',
      "remoteproc remoteproc0: can't attach to rproc adsp: -22",
      'qcom_q6v5_pas 30000000.remoteproc: probe with driver qcom_q6v5_pas failed with error -22',
    ]);
    expect(state.remoteprocs.get('adsp')?.state).toBe('failed');
  });

  it('waits for user space where the first processor does not boot by itself', () => {
    const { events } = simulated({ soc: 'kodiak', mode: 'qhee', scenario: 'attach' });
    expect(textsOf(events, /attach/)).toEqual([
      'remoteproc remoteproc0: attaching to modem',
      'remoteproc remoteproc0: remote processor modem is now attached',
    ]);
  });
});
