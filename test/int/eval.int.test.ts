import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { faultyBoots } from '../../tools/eval/cases.ts';
import { evaluateCuts } from '../../tools/eval/cut-report.ts';
import { firstEffects } from '../../tools/eval/first-effect.ts';
import { compare, judgeHeadline } from '../../tools/eval/headline.ts';
import { labelledPairs } from '../../tools/eval/pairs.ts';
import { twinsOf } from '../../tools/eval/twins.ts';
import { judge } from '../../tools/eval/verdict.ts';
import { VIEWS, type ViewName } from '../../tools/eval/views.ts';

/** How the head of a diff names a fault, against a healthy boot of the same mode and against one under QHEE. */
function headlinesOf(soc: string, fault: string, view: ViewName): string[] {
  return [...labelledPairs({ socs: [soc], faults: [fault] })].map((pair) => {
    const see = VIEWS[view];
    const boots = { a: see(pair.a), b: see(pair.b), twin: see(pair.twin) };
    const comparison = compare(boots.a, boots.b, view === 'all events' ? 'simulation' : 'import');
    return judgeHeadline(fault, comparison, boots, firstEffects(boots.twin, boots.b)).outcome;
  });
}

describe('the first divergence of a healthy boot and one with a fault', () => {
  it.each([
    ['F-36', 'a map that is not made'],
    ['F-103', 'an interrupt that never comes, before what follows from it later'],
  ])('is what the fault is first seen by, in the same mode and across modes: %s, %s', (fault) => {
    expect(headlinesOf('lemans', fault, 'all events')).toEqual(['effect', 'effect']);
  });

  it.each(['F-14', 'F-17', 'F-35'])(
    'is a failure rather than what the other boot goes on with: %s',
    (fault) => {
      expect(headlinesOf('lemans', fault, 'all events')).toEqual(['effect', 'effect']);
    },
  );

  it('is the crash of a processor that is recovered, and not that it came up', () => {
    expect(headlinesOf('lemans', 'F-104', 'kernel log')).toEqual(['effect', 'effect']);
    expect(headlinesOf('lemans', 'F-104', 'all events')).toEqual(['effect', 'effect']);
  });
});

describe('faults that a kernel log does not tell apart', () => {
  const twinsIn = (soc: string, fault: string): { outcome: string; twins: string[] } => {
    const [boot] = faultyBoots({ socs: [soc], faults: [fault] });
    if (boot === undefined) throw new Error(`${fault} befalls nothing on ${soc}`);
    const verdict = judge(fault, diagnose(VIEWS['kernel log'](boot.events)));
    return { outcome: verdict.outcome, twins: twinsOf(boot, verdict) };
  };

  it('print the same lines, and are narrowed down together', () => {
    expect(twinsIn('lemans', 'F-11')).toEqual({ outcome: 'narrowed', twins: ['F-58'] });
    expect(twinsIn('lemans', 'F-50')).toEqual({ outcome: 'narrowed', twins: ['F-70', 'F-82'] });
  });

  it('may print what a healthy boot prints', () => {
    expect(twinsIn('lemans', 'F-23')).toEqual({ outcome: 'missed', twins: ['no fault'] });
  });

  it('are not taken for those that print a line of their own', () => {
    expect(twinsIn('lemans', 'F-60')).toEqual({ outcome: 'narrowed', twins: [] });
  });
});

describe('healthy boots of which the sources show a part', () => {
  it('conform, and have no finding but of what is under way where they end', () => {
    let report = '';
    const options = { socs: ['talos'], isEveryCut: false, isVerbose: false };
    const isBad = evaluateCuts(options, (text) => {
      report += text;
    });
    expect(report).toMatch(/^\d+ cuts of sources of healthy boots$/m);
    expect(report).toMatch(/^ {2}log, part of trace +[1-9]/m);
    expect(isBad, report).toBe(false);
  });
});
