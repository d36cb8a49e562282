import { describe, expect, it } from 'vitest';
import type { BootEvent, NewEvent } from '../../../src/events/catalog.ts';
import { diffStates, type SectionDiff, type StateChange } from '../../../src/replay/state-diff.ts';
import { listState } from '../../../src/replay/state-lines.ts';
import { viewState } from '../../../src/replay/state-view.ts';
import { buildEvent, mapped, numbered, unmapped } from '../../support/build-event.ts';
import { stateByEvents } from '../../support/state-by-events.ts';

function diff(events: readonly NewEvent[], from: number, to: number): SectionDiff[] {
  const log: BootEvent[] = numbered(events);
  const at = (seq: number) => listState(viewState(stateByEvents(log, seq)));
  return diffStates(at(from), at(to));
}

/** `+ label text`, with what belongs to it indented. */
function rendered(changes: readonly StateChange[] = [], indent = ''): string[] {
  return changes.flatMap(({ kind, before, after, below }) => [
    ...(before === null || kind === 'same' ? [] : [`${indent}- ${before.label} ${before.text}`]),
    ...(after === null ? [] : [`${indent}${kind === 'same' ? ' ' : '+'} ${after.label} ${after.text}`]),
    ...rendered(below, `${indent}  `),
  ]);
}

const crash = buildEvent('remoteproc.crashed', { name: 'adsp', type: 'watchdog' });
const running = buildEvent('remoteproc.state_changed', { name: 'adsp', state: 'running' });

describe('diffStates', () => {
  it('is empty between a moment and itself', () => {
    expect(diff([running, crash], 2, 2)).toEqual([]);
  });

  it('tells what was changed, and what is so again', () => {
    expect(rendered(diff([running, crash, running], 1, 2)[0]?.changes)).toEqual([
      '- adsp running',
      '+ adsp crashed',
    ]);
    expect(rendered(diff([running, crash, running], 1, 3)[0]?.changes)).toEqual([
      '- adsp running',
      '+ adsp running',
    ]);
  });

  it('tells what was not known before from what was none', () => {
    const bridge = { handle: 1n, pa: 0, size: 0x1000, ns_permissions: 6, s_permissions: 6 };
    const events = [
      buildEvent('boot.cpus_started', { exception_level: 2 }),
      buildEvent('shm_bridge.enabled', {}),
      buildEvent('shm_bridge.created', bridge),
      buildEvent('shm_bridge.deleted', { handle: 1n }),
    ];
    const bridges = (from: number, to: number) =>
      diff(events, from, to).find(({ name }) => name === 'bridges');
    expect(bridges(1, 2)).toMatchObject({ isKnown: { before: false, after: true }, changes: [] });
    expect(bridges(2, 3)?.changes.map(({ kind }) => kind)).toEqual(['added']);
    expect(bridges(3, 4)?.changes.map(({ kind }) => kind)).toEqual(['removed']);
    expect(bridges(4, 3)?.changes.map(({ kind }) => kind)).toEqual(['added']);
    expect(bridges(2, 4)).toBeUndefined();
  });

  it('tells ranges by what they cover, however they are joined', () => {
    const events = [
      mapped(0x2000, 0x1000, { space: 'adsp' }),
      mapped(0x1000, 0x1000, { space: 'adsp' }),
      unmapped(0x2000, 0x1000, { space: 'adsp' }),
      mapped(0x1000, 0x1000, { space: 'adsp', pa: 0x9000 }),
    ];
    expect(rendered(diff(events, 1, 2)[0]?.changes)).toEqual([
      '- adsp 1 mapping, 4 KiB',
      '+ adsp 2 mappings, 8 KiB',
      '  + 0x1000-0x2000 -> same    4 KiB prot ?',
    ]);
    expect(rendered(diff(events, 1, 3)[0]?.changes)).toEqual([
      '  adsp 1 mapping, 4 KiB',
      '  + 0x1000-0x2000 -> same    4 KiB prot ?',
      '  - 0x2000-0x3000 -> same    4 KiB prot ?',
    ]);
    expect(rendered(diff(events, 3, 4)[0]?.changes)).toEqual([
      '  adsp 1 mapping, 4 KiB',
      '  - 0x1000-0x2000 -> same    4 KiB prot ?',
      '  + 0x1000-0x2000 -> 0x9000    4 KiB prot ?',
    ]);
  });
});
