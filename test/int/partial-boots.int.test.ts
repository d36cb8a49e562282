import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { faultyBoots, healthyBoots } from '../../tools/eval/cases.ts';
import {
  ofUnknownSoc,
  type PartialView,
  withoutBeginning,
  withoutEnd,
} from '../../tools/eval/partial-views.ts';
import { falselyRuledOut, misleads } from '../../tools/eval/verdict.ts';

/** What a part of a boot says that is not so; `npm run eval` looks at all faults. */
function untruths(fault: string, views: Iterable<PartialView>): string[] {
  return [...views].flatMap(({ name, events }) => {
    const findings = diagnose(events);
    const [first] = findings.filter(({ severity }) => severity !== 'noise');
    const misleading = first === undefined ? null : misleads(fault, first, first);
    return [
      ...(misleading === null ? [] : [`${name}: ${misleading}: ${first?.rule}`]),
      ...falselyRuledOut(fault, findings).map((what) => `${name}: ruled out: ${what}`),
    ];
  });
}

describe('what is left of a boot with a fault', () => {
  it.each([
    ['F-01', 'lemans', 'the video driver fails before the processors do'],
    ['F-21', 'hamoa', 'the line of the remoteproc core comes before those of the SMMU'],
    ['F-32', 'hamoa', 'whose stream it is only a SoC that is known tells'],
    ['F-36', 'lemans', 'the crash is told after the fault'],
    ['F-38', 'hamoa', 'firmware of the boot loader has a dtb region too'],
    ['F-53', 'hamoa', 'the carveout is known by its name only'],
    ['F-54', 'talos', 'the first lines tell of the overlap'],
    ['F-71', 'lemans', 'a call is on its way when the history ends'],
    ['F-76', 'hamoa', 'the dtb image was set up, the main image was not'],
    ['F-82', 'virt', 'nobody is known by the PAS id'],
    ['F-107', 'lemans', 'a trace alone does not tell of the crash'],
    ['F-112', 'hamoa', 'what Linux makes of the refusal is told by the next line'],
  ])('never names another cause: %s on %s (%s)', (fault, soc) => {
    for (const { events } of faultyBoots({ socs: [soc], faults: [fault] })) {
      expect(untruths(fault, withoutBeginning(events))).toEqual([]);
      expect(untruths(fault, withoutEnd(events))).toEqual([]);
      expect(untruths(fault, ofUnknownSoc(events))).toEqual([]);
    }
  });

  it.each([
    ['F-10', 'rsctable-too-big'],
    ['F-11', 'rsctable-exceeds-pool'],
    ['F-12', 'rsctable-unbelievable'],
    ['F-55', 'carveout-bridge-leaked'],
    ['F-82', 'pas-id-unknown'],
    ['F-107', 'recovery-refused'],
  ])('a trace alone shows %s as %s', (fault, rule) => {
    const [boot] = faultyBoots({ socs: ['lemans'], faults: [fault] });
    const [trace] = withoutBeginning(boot?.events ?? []);
    expect(diagnose(trace?.events ?? [])[0]?.rule).toBe(rule);
  });
});

describe('what is left of a healthy boot', () => {
  it('has no finding above noise', () => {
    for (const { name, events } of healthyBoots({ socs: ['lemans'], seeds: 1 }))
      for (const view of [...withoutBeginning(events), ...ofUnknownSoc(events)])
        expect([
          name,
          view.name,
          ...diagnose(view.events).flatMap(({ severity, sentence }) =>
            severity === 'noise' ? [] : sentence,
          ),
        ]).toEqual([name, view.name]);
  });
});
