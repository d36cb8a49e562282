import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffBoots } from '../../src/app/diff-boots.ts';
import { isMechanism } from '../../src/diff/lane.ts';
import { printEvents } from '../support/carried-events.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { simulated } from '../support/simulated-boot.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const { events } = simulated({
  soc: 'lemans',
  mode: 'el2',
  processors: ['adsp', 'cdsp'],
  scenario: 'stop-start',
});
const DMESG = printEvents('dmesg', events);
const TRACE = printEvents('ftrace', events).trimEnd().split('\n');
const HEADER_LINES = TRACE.findIndex((line) => !line.startsWith('#'));

function folderOf(trace: readonly string[]): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'dmesg.txt'), DMESG);
  writeFileSync(join(folder, 'ftrace.txt'), `${trace.join('\n')}\n`);
  return folder;
}

/** The trace without some of its lines, and with the line that the kernel has in their place. */
function withLoss(start: number, count: number): string[] {
  const from = HEADER_LINES + start;
  return [...TRACE.slice(0, from), `CPU:0 [LOST ${count} EVENTS]`, ...TRACE.slice(from + count)];
}

function differencesFrom(trace: readonly string[]): unknown {
  return diffBoots(
    { a: folderOf(TRACE), b: folderOf(trace) },
    ({ comparison: { lanes, differs, firstDivergence } }) => ({
      differs,
      first:
        firstDivergence === null
          ? null
          : (firstDivergence.difference.b ?? firstDivergence.difference.a)?.text,
      counting: lanes
        .filter(({ lane }) => !isMechanism(lane))
        .flatMap(({ lane, differences, maybeLost }) =>
          differences
            .filter((difference) => !maybeLost.has(difference))
            .map(({ type, a, b }) => `${lane} ${type}: ${(b ?? a)?.text}`),
        ),
    }),
  );
}

const NOTHING = { differs: false, first: null, counting: [] };

describe('what a trace lost', () => {
  it('is no difference, wherever it was', () => {
    const losses = fc
      .nat(TRACE.length - HEADER_LINES - 1)
      .chain((start) =>
        fc.tuple(
          fc.constant(start),
          fc.integer({ min: 1, max: Math.min(40, TRACE.length - HEADER_LINES - start) }),
        ),
      );
    fc.assert(
      fc.property(losses, ([start, count]) => {
        expect(differencesFrom(withLoss(start, count))).toEqual(NOTHING);
      }),
      propertyRuns(20),
    );
  });

  it('is a difference where nothing says that events were lost', () => {
    const map = TRACE.findIndex((line) => line.includes('map: IOMMU:'));
    const trace = TRACE.filter((_line, index) => index !== map);
    expect(differencesFrom(trace)).toMatchObject({ differs: true });
  });
});
