import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sectionToData } from '../../src/cli/state-data.ts';
import { applyEvent, type BootEvent } from '../../src/events/catalog.ts';
import { focusOf } from '../../src/replay/mapping-focus.ts';
import { diffStates } from '../../src/replay/state-diff.ts';
import { listSection } from '../../src/replay/state-lines.ts';
import { viewMappingsIn, viewSection } from '../../src/replay/state-view.ts';
import { WINDOW_BYTES } from '../../src/soc/mapping-space.ts';
import { initialSocState, type SocState } from '../../src/soc/soc-state.ts';

const PAGE = 4096;

/** Few addresses, on both sides of where a window ends, so that mappings meet, overlap and go on in each other. */
const pages = fc.integer({ min: -12, max: 12 });
const eventBody = fc.record({
  isCreated: fc.boolean(),
  space: fc.constantFrom(null, 'adsp'),
  subject: fc.constantFrom('adsp', 'adsp', 'adsp', 'cdsp'),
  page: pages,
  pageCount: fc.constantFrom(0, 1, 1, 1, 2, 3, 8, 200),
  offset: fc.constantFrom(0, 0, 0, 0x10_0000),
  protection: fc.constantFrom(3, 3, 3, null),
});

const events = fc.array(eventBody, { minLength: 1, maxLength: 40 }).map((bodies) =>
  bodies.map(({ isCreated, space, subject, page, pageCount, offset, protection }, index) => {
    const iova = 4 * WINDOW_BYTES + page * PAGE;
    const size = pageCount * PAGE;
    const envelope = {
      seq: index + 1,
      t_ns: null,
      agent: 'linux',
      subject,
      cause: null,
      context: null,
      source: null,
      line: null,
    };
    return (
      isCreated
        ? {
            ...envelope,
            kind: 'mapping.created',
            payload: { space, iova, pa: iova + offset, size, protection },
          }
        : { ...envelope, kind: 'mapping.removed', payload: { space, iova, size, removed_size: size } }
    ) as BootEvent;
  }),
);

describe('the mappings around an event', () => {
  it('show of what it changed all that the whole of the mappings shows', () => {
    let changeCount = 0;
    fc.assert(
      fc.property(events, (history) => {
        const state = initialSocState();
        const whole = (of: SocState) => listSection('mappings', { mappings: viewSection('mappings', of) });
        for (const event of history) {
          const focus = focusOf(event, state.mappings);
          if (focus === null) throw new Error('an event about mappings has a focus');
          const around = (of: SocState) => listSection('mappings', { mappings: viewMappingsIn(of, focus) });
          const before = { whole: whole(state), around: around(state) };
          applyEvent(state, event);
          const changes = diffStates([before.around], [around(state)]).map(sectionToData);
          expect(changes).toEqual(diffStates([before.whole], [whole(state)]).map(sectionToData));
          changeCount += changes.length;
        }
      }),
      { numRuns: 400 },
    );
    expect(changeCount).toBeGreaterThan(1000);
  });
});
