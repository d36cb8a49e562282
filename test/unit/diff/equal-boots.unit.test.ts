import { describe, expect, it } from 'vitest';
import { bootOfEvents } from '../../../src/diff/boot-source.ts';
import { compareBoots } from '../../../src/diff/compare.ts';
import { simulated } from '../../support/simulated-boot.ts';

/** Another seed gives other times, so that starts overlap in other ways, pools grow elsewhere, and more often or less. */
describe('boots of one plan that differ in their seeds', () => {
  it.each([
    ['lemans', 'el2', 'boot'],
    ['lemans', 'qhee', 'boot'],
    ['monaco', 'el2', 'stop-start'],
    ['hamoa', 'gunyah', 'boot'],
    ['kodiak', 'qhee', 'boot'],
  ])('are the same: %s %s %s', (soc, mode, scenario) => {
    const boot = (seed: number) => simulated({ soc, mode, scenario, seed }).events;
    const first = boot(1);
    for (const seed of [3, 7, 10, 11]) {
      const { differs, firstDivergence } = compareBoots(bootOfEvents(first), bootOfEvents(boot(seed)));
      const { a, b } = firstDivergence?.difference ?? {};
      const shown = [a, b].map((item) => (item === undefined || item === null ? null : JSON.stringify(item)));
      expect({ seed, differs, shown }).toEqual({ seed, differs: false, shown: [null, null] });
    }
  });
});
