import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/diagnosis/all-rules.ts';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import type { Finding } from '../../src/diagnosis/finding.ts';
import type { BootEvent } from '../../src/events/catalog.ts';
import { numbered } from '../support/build-event.ts';
import { printEvents } from '../support/carried-events.ts';
import { FAULT_EXAMPLES } from '../support/fault-examples.ts';
import { parseText } from '../support/parse-text.ts';
import { RULE_EXAMPLES } from '../support/rule-examples.ts';
import { simulated } from '../support/simulated-boot.ts';

const VIEWS = {
  'all events': (events: readonly BootEvent[]) => events,
  'kernel log': (events: readonly BootEvent[]) => parseText('dmesg', printEvents('dmesg', events)),
};

/** A boot as whoever has to find its fault gets it. */
function findingsOf(events: readonly BootEvent[], view: keyof typeof VIEWS): Finding[] {
  return diagnose(VIEWS[view](events.filter(({ kind }) => kind !== 'fault.injected')));
}

function rulesOf(findings: readonly Finding[]): string[] {
  return findings.map(({ rule }) => rule);
}

/** The mode of these is the fault; the same boot without them is another one. */
const MODE_FAULTS = ['F-03'];

describe('the rules of trace check', () => {
  it('have an example each', () => {
    expect(Object.keys(RULE_EXAMPLES).sort()).toEqual(RULES.map(({ id }) => id).sort());
  });

  it('say what would disprove them and what to try', () => {
    for (const { id, disprovedBy, tries, doc, source } of RULES)
      expect([id, disprovedBy, tries.length > 0, doc, source]).not.toContain('');
    expect(RULES.filter(({ tries }) => tries.length === 0).map(({ id }) => id)).toEqual([]);
  });

  for (const [rule, example] of Object.entries(RULE_EXAMPLES)) {
    if ('lines' in example) {
      it(`${rule}: lines that show it, and lines that do not`, () => {
        const parse = (lines: readonly string[]) =>
          parseText(example.format ?? 'dmesg', `${lines.join('\n')}\n`);
        expect(rulesOf(diagnose(parse(example.lines)))).toContain(rule);
        expect(rulesOf(diagnose(parse(example.without)))).not.toContain(rule);
      });
      continue;
    }
    if ('events' in example) {
      it(`${rule}: events that show it, and events that do not`, () => {
        expect(rulesOf(diagnose(numbered(example.events)))).toContain(rule);
        expect(rulesOf(diagnose(numbered(example.withoutEvents)))).not.toContain(rule);
      });
      continue;
    }
    it(`${rule}: finds ${example.fault}, and nothing in the boot without it`, () => {
      const boot = FAULT_EXAMPLES.find(({ id }) => id === example.fault);
      if (boot === undefined) throw new Error(`there is no example of ${example.fault}`);
      const { id, title: _title, faults: _faults, ...healthy } = boot;
      const faulty = simulated(boot).events;
      for (const view of example.views) expect(rulesOf(findingsOf(faulty, view))).toContain(rule);
      if (MODE_FAULTS.includes(id)) return;
      const events = simulated(healthy).events;
      for (const view of example.views) expect(rulesOf(findingsOf(events, view))).not.toContain(rule);
    });
  }

  it('say nothing worse than noise of healthy boots', () => {
    for (const soc of ['lemans', 'hamoa', 'virt'])
      for (const mode of ['qhee', 'el2'])
        for (const scenario of ['boot', 'stop-start', 'probe-deferral']) {
          const { events } = simulated({ soc, mode, scenario });
          for (const view of ['all events', 'kernel log'] as const) {
            const bad = findingsOf(events, view).filter(({ severity }) => severity !== 'noise');
            expect([soc, mode, scenario, view, ...rulesOf(bad)]).toEqual([soc, mode, scenario, view]);
          }
        }
  });

  it('make one finding of ten thousand faults of one cause', () => {
    const line = (index: number) =>
      `[    ${(1 + index / 1e5).toFixed(6)}] arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x${(0x95900000 + index * 64).toString(16)}, fsynr=0x1, cbfrsynra=0x3000, cb=0`;
    const head = [
      '[    0.000000] Machine model: Qualcomm Technologies, Inc. Lemans EVK',
      '[    0.020000] CPU: All CPU(s) started at EL2',
    ];
    const text = [...head, ...Array.from({ length: 10_000 }, (_, index) => line(index))].join('\n');
    const findings = diagnose(parseText('dmesg', text)).filter(({ severity }) => severity !== 'noise');
    expect(rulesOf(findings)).toEqual(['core-runs-before-attach']);
    expect(findings[0]).toMatchObject({ count: 10_000, subjects: ['adsp'], certainty: 'certain' });
    expect(findings[0]?.evidence.length).toBeLessThanOrEqual(12);
  });

  it('name the line of qseecom as ruled out where an image is refused', () => {
    const lines = [
      '[    0.020000] CPU: All CPU(s) started at EL2',
      '[    0.130000] qcom_scm firmware:scm: qseecom: untested machine, skipping',
      '[    1.200000] remoteproc remoteproc0: powering up adsp',
      '[    1.300000] remoteproc remoteproc0: Booting fw image qcom/sa8775p/adsp.mbn, size 4096',
      '[    1.400000] qcom_q6v5_pas 30000000.remoteproc: error -22 initializing firmware qcom/sa8775p/adsp.mbn',
      "[    1.400001] remoteproc remoteproc0: can't start rproc adsp: -22",
    ];
    const events = parseText('dmesg', `${lines.join('\n')}\n`);
    const [first] = diagnose(events);
    const note = events.find(({ kind }) => kind === 'device.noted');
    expect(first?.rule).toBe('image-refused');
    expect(first?.ruledOut.find(({ what }) => what.includes('qseecom'))?.seq).toBe(note?.seq);
  });
});
