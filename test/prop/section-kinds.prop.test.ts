import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEvent, type BootEvent, DEFINITIONS, type Kind } from '../../src/events/catalog.ts';
import { kindsOfSection, sectionsOfKind } from '../../src/replay/section-kinds.ts';
import { diffStates } from '../../src/replay/state-diff.ts';
import { listState, type StateSection } from '../../src/replay/state-lines.ts';
import { SECTION_NAMES, type SectionName, viewState } from '../../src/replay/state-view.ts';
import { initialSocState } from '../../src/soc/soc-state.ts';
import { arbitraryPlan } from '../support/arbitrary-plan.ts';
import { importedEvents } from '../support/imported-boot.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { SAMPLE_BOOTS, sampleFiles } from '../support/sample-boots.ts';
import { simulated } from '../support/simulated-boot.ts';

/** Events of one kind that are looked at in a boot: the first ones, and then every so many. */
const LOOKED_AT = 12;

/** The sections that an event changed, for events that are spread over a boot and all kinds. */
function* changedSections(events: readonly BootEvent[]): Generator<{ kind: Kind; changed: SectionName[] }> {
  const totals = new Map<Kind, number>();
  for (const { kind } of events) totals.set(kind, (totals.get(kind) ?? 0) + 1);
  const counts = new Map<Kind, number>();
  const state = initialSocState();
  // What is right before an event is often known from the event before.
  let known: { readonly seq: number; readonly lines: StateSection[] } = {
    seq: 0,
    lines: listState(viewState(state)),
  };
  for (const event of events) {
    const count = counts.get(event.kind) ?? 0;
    counts.set(event.kind, count + 1);
    const every = Math.max(1, Math.floor((totals.get(event.kind) ?? 0) / LOOKED_AT));
    if (count > 2 && count % every !== 0) {
      applyEvent(state, event);
      continue;
    }
    const before = known.seq === event.seq - 1 ? known.lines : listState(viewState(state));
    applyEvent(state, event);
    known = { seq: event.seq, lines: listState(viewState(state)) };
    yield { kind: event.kind, changed: diffStates(before, known.lines).map(({ name }) => name) };
  }
}

describe('what kinds of events may change', () => {
  it('is all that the events of a boot change, whatever boot it is', () => {
    fc.assert(
      fc.property(arbitraryPlan, (plan) => {
        for (const { kind, changed } of changedSections(simulated(plan).events)) {
          const unforeseen = changed.filter((name) => !sectionsOfKind(kind).includes(name));
          expect(unforeseen, `${kind} changes what it was not said to`).toEqual([]);
        }
      }),
      propertyRuns(6),
    );
  });

  it.each(SAMPLE_BOOTS)('is all that the events of %s change', (boot) => {
    for (const { kind, changed } of changedSections(importedEvents(sampleFiles(boot)))) {
      const unforeseen = changed.filter((name) => !sectionsOfKind(kind).includes(name));
      expect(unforeseen, `${kind} changes what it was not said to`).toEqual([]);
    }
  });

  it('is something for each kind that has a say in the state, and for no other', () => {
    const reduced = DEFINITIONS.filter(({ reduce }) => reduce !== null).map(({ kind }) => kind);
    const listed = DEFINITIONS.filter(({ kind }) => sectionsOfKind(kind).length > 0).map(({ kind }) => kind);
    expect(listed).toEqual(reduced);
  });

  it('is said for no more than what happens: each kind does change each section that it may, in some boot', () => {
    const seen = new Set<string>();
    for (const [mode, scenario] of [
      ['qhee', 'stop'],
      ['el2', 'crash-recovery'],
    ] as const) {
      const { events } = simulated({ soc: 'lemans', mode, scenario, processors: ['adsp'] });
      for (const { kind, changed } of changedSections(events))
        for (const name of changed) seen.add(`${kind} ${name}`);
    }
    const said = SECTION_NAMES.flatMap((name) => [...kindsOfSection(name)].map((kind) => `${kind} ${name}`));
    // Only an import has bridges unknown until they are enabled; the others take other boots than these.
    const elsewhere = new Set([
      'memory.assigned owners',
      'shm_bridge.enabled bridges',
      'smmu.group_removed devices',
      'remoteproc.crashed processors',
    ]);
    expect(said.filter((pair) => !seen.has(pair) && !elsewhere.has(pair))).toEqual([]);
  });
});
