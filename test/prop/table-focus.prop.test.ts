import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sectionToData } from '../../src/cli/state-data.ts';
import { applyEvent } from '../../src/events/catalog.ts';
import { diffStates } from '../../src/replay/state-diff.ts';
import { listSection } from '../../src/replay/state-lines.ts';
import { viewSection, viewTablesAt } from '../../src/replay/state-view.ts';
import { tablesChangedBy } from '../../src/replay/table-focus.ts';
import { initialSocState, type SocState } from '../../src/soc/soc-state.ts';
import { simulated } from '../support/simulated-boot.ts';

const PLANS = [
  { soc: 'virt', mode: 'el2', scenario: 'stop-start' },
  { soc: 'lemans', mode: 'qhee', processors: ['adsp'] },
];

describe('the tables that a descriptor belongs to', () => {
  it.each(PLANS)('show of what it changed all that the whole of the tables shows: %o', (plan) => {
    const { events } = simulated(plan);
    const written = events.filter(({ kind }) => kind === 'page_table.entry_written').length;
    expect(written).toBeGreaterThan(500);
    let changeCount = 0;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 97 }), (step) => {
        const state = initialSocState();
        const whole = (of: SocState) => listSection('tables', { tables: viewSection('tables', of) });
        let count = 0;
        for (const event of events) {
          const roots =
            event.kind === 'page_table.entry_written' && count++ % 97 === step
              ? tablesChangedBy(event, state)
              : null;
          if (roots === null) {
            applyEvent(state, event);
            continue;
          }
          const around = (of: SocState) => listSection('tables', { tables: viewTablesAt(of, roots) });
          const before = { whole: whole(state), around: around(state) };
          applyEvent(state, event);
          const changes = diffStates([before.around], [around(state)]).map(sectionToData);
          expect(changes).toEqual(diffStates([before.whole], [whole(state)]).map(sectionToData));
          changeCount += changes.length;
        }
      }),
      { numRuns: 3 },
    );
    expect(changeCount).toBeGreaterThan(0);
  });
});
