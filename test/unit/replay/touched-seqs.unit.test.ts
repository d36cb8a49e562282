import { describe, expect, it } from 'vitest';
import { runSteps } from '../../../src/base/steps.ts';
import type { BootEvent } from '../../../src/events/catalog.ts';
import type { BlameTarget } from '../../../src/replay/blame-target.ts';
import { TouchedSeqs } from '../../../src/replay/touched-seqs.ts';
import { buildEvent, mapped, numbered, unmapped } from '../../support/build-event.ts';

const events = numbered([
  buildEvent('log.printed', { level: null, text: 'nothing' }),
  mapped(0x1000, 0x1000, { pa: 0x9000 }),
  mapped(0x5000, 0x1000),
  unmapped(0x1000, 0x1000),
  buildEvent('log.printed', { level: null, text: 'nothing' }),
]);

function touchesOf(read: (event: BootEvent) => void = () => {}): TouchedSeqs {
  const counted = function* () {
    for (const event of events) {
      read(event);
      yield event;
    }
  };
  const range = { start: 0x9000, size: 1 };
  return new TouchedSeqs(counted(), [
    { type: 'pa', range },
    { type: 'subject', name: 'nobody' },
  ]);
}

describe('TouchedSeqs', () => {
  it('goes either way from anywhere, by what events before tell too', () => {
    const touched = touchesOf();
    // That the removal ends a mapping of this address, only its creation tells.
    expect([0, 1, 2, 3, 4, 5].map((seq) => runSteps(touched.next(seq)))).toEqual([
      2,
      2,
      4,
      4,
      undefined,
      undefined,
    ]);
    expect([1, 2, 3, 4, 5, 6].map((seq) => runSteps(touched.previous(seq)))).toEqual([
      undefined,
      undefined,
      2,
      2,
      4,
      4,
    ]);
    expect(runSteps(touched.isEmpty())).toBe(false);
  });

  it('passes over tables that hold nothing yet: no I/O address is translated in another way for them', () => {
    const entry = (level: number, old: bigint, word: bigint) =>
      buildEvent('page_table.entry_written', {
        ...{ table_pa: 0x4000, index: 2, level, iova: 0x8000_0000 },
        ...{ old, new: word },
      });
    const written = numbered([
      entry(1, 0n, 0x8003n),
      entry(2, 0n, 0x9003n),
      entry(3, 0n, 0x9590_0743n),
      entry(2, 0x9003n, 0n),
      entry(2, 0n, 0x9580_0741n),
      entry(2, 0x9580_0741n, 0xa003n),
    ]);
    const touchedBy = (target: BlameTarget) => {
      const touched = new TouchedSeqs(written, [target]);
      return [0, 1, 2, 3, 4, 5].map((seq) => runSteps(touched.next(seq)));
    };
    const range = { start: 0x8000_0000, size: 1 };
    expect(touchedBy({ type: 'iova', range, subject: null, space: null })).toEqual([3, 3, 3, 4, 5, 6]);
    // Who asks for the words of the table itself is told of all of them.
    expect(touchedBy({ type: 'pa', range: { start: 0x4010, size: 8 } })).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('says on the way back what it says on the way on, and reads each event once and no further than it takes', () => {
    let readCount = 0;
    const touched = touchesOf(() => readCount++);
    expect(runSteps(touched.next(0))).toBe(2);
    expect(readCount).toBe(2);
    expect(runSteps(touched.previous(4))).toBe(2);
    expect(runSteps(touched.previous(6))).toBe(4);
    expect(runSteps(touched.next(4))).toBeUndefined();
    expect(readCount).toBe(events.length);
  });

  it('is empty where nothing is touched', () => {
    const touched = new TouchedSeqs(events, [{ type: 'subject', name: 'nobody' }]);
    expect(runSteps(touched.isEmpty())).toBe(true);
    expect(runSteps(touched.previous(6))).toBeUndefined();
  });
});
