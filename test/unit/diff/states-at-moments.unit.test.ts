import { describe, expect, it } from 'vitest';
import type { PlanRequest } from '../../../src/app/plan-boot.ts';
import { bootOfEvents } from '../../../src/diff/boot-source.ts';
import {
  compareStatesAtMoments,
  type StateComparison,
  withoutExplained,
} from '../../../src/diff/states-at-moments.ts';
import { printEvents } from '../../support/carried-events.ts';
import { parseText } from '../../support/parse-text.ts';
import { simulated } from '../../support/simulated-boot.ts';

const boot = (request: Partial<PlanRequest> = {}) =>
  bootOfEvents(simulated({ soc: 'lemans', mode: 'el2', processors: ['adsp'], ...request }).events);

function told({ moments }: StateComparison): string[] {
  return moments.flatMap(({ moment, differences }) =>
    differences.map(({ what, a, b }) => `${moment} | ${what} | ${a} | ${b}`),
  );
}

describe('states at the same moments', () => {
  it('are the same in boots that differ in seed, and so in buffers, handles and times', () => {
    const { moments, momentCount, unknown } = compareStatesAtMoments(boot({ seed: 1 }), boot({ seed: 9 }));
    expect(moments).toEqual([]);
    expect(momentCount).toBeGreaterThan(2);
    expect(unknown).toEqual({ a: [], b: [] });
  });

  it('show what is not mapped where it has to be, once, and what comes of that', () => {
    const found = told(compareStatesAtMoments(boot(), boot({ without: ['map-carveout'] })));
    expect(found.slice(0, 1)).toEqual([
      'adsp:authenticated | mapped for adsp | 0x95900000-0x97700000 30 MiB rw | null',
    ]);
    expect(found).toContain('end | adsp | running | failed');
    expect(found.filter((line) => line.includes('0x95900000-0x97700000'))).toHaveLength(1);
    expect(told(compareStatesAtMoments(boot({ without: ['map-carveout'] }), boot()))).toContain(
      'adsp:authenticated | mapped for adsp | null | 0x95900000-0x97700000 30 MiB rw',
    );
  });

  it('are of the same start, whichever of its kind a moment is', () => {
    const line = (time: number, text: string) => `[    ${time.toFixed(6)}] ${text}\n`;
    const starting = (time: number) => line(time, 'remoteproc remoteproc0: powering up adsp');
    const up = (time: number) => line(time, 'remoteproc remoteproc0: remote processor adsp is now up');
    const failed = (time: number) => line(time, "remoteproc remoteproc0: can't start rproc adsp: -22");
    const countOf = (a: string, b: string) => {
      const [ofA, ofB] = [bootOfEvents(parseText('dmesg', a)), bootOfEvents(parseText('dmesg', b))];
      return compareStatesAtMoments(ofA, ofB).momentCount;
    };
    const first = starting(1) + up(2);
    expect(countOf(first, first)).toBe(2);
    // The first time that B runs is in its second start, which A has not.
    expect(countOf(first, starting(1) + failed(2) + starting(3) + up(4))).toBe(1);
    expect(countOf(first + starting(3) + up(4), starting(1) + failed(2) + starting(3) + up(4))).toBe(2);
  });

  it('leave out what one side cannot know, and say so', () => {
    const { events } = simulated({ soc: 'lemans', mode: 'el2', processors: ['adsp'] });
    const log = bootOfEvents(parseText('dmesg', printEvents('dmesg', events)));
    const compared = compareStatesAtMoments(bootOfEvents(events), log);
    expect(compared.unknown.b).toEqual(expect.arrayContaining(['bridges', 'mappings', 'smmu', 'pas']));
    expect(compared.unknown.a).toEqual([]);
    expect(told(compared)).toEqual([]);
  });

  it('leave out what a model of the modes has too', () => {
    const modes = compareStatesAtMoments(boot({ mode: 'qhee', seed: 3 }), boot({ seed: 4 }));
    expect(told(modes).length).toBeGreaterThan(0);
    const model = compareStatesAtMoments(boot({ mode: 'qhee' }), boot());
    const left = withoutExplained(modes, model);
    expect(told(left)).toEqual([]);
    expect(left.explainedCount).toBe(told(modes).length);
  });
});
