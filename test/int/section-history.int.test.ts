import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { BootEvents } from '../../src/app/boot-events.ts';
import { openHistory } from '../../src/app/open-history.ts';
import { SectionHistory } from '../../src/app/section-history.ts';
import { StateCursor } from '../../src/app/state-cursor.ts';
import { writeSampleHistory } from '../support/sample-history.ts';
import { sharedFolder } from '../support/temp-folder.ts';

const path = join(sharedFolder(), 'long.db');
const COUNT = 60_000;

describe('sections on the way back through a long boot', () => {
  it('are the same as on the way on, and take few replays', () => {
    writeSampleHistory(path, { eventCount: COUNT });
    const history = openHistory(path);
    const { log } = history;
    const replays = vi.spyOn(log, 'lazyChunks');
    const sectionsOf = () => new SectionHistory(new BootEvents(log, 1, COUNT), new StateCursor(history, 1));
    const seqs = Array.from({ length: 20 }, (_unused, index) => COUNT - 25 + index);
    const on = sectionsOf();
    const forwards = seqs.map((seq) => on.atStop(seq, ['bridges', 'calls']));
    expect(replays).toHaveBeenCalledTimes(1);
    const back = sectionsOf();
    back.atStop(COUNT - 1, []);
    const backwards = [...seqs].reverse().map((seq) => back.atStop(seq, ['bridges', 'calls']));
    expect(backwards.reverse()).toEqual(forwards);
    expect(forwards.some(({ changes }) => changes.length > 0)).toBe(true);
    expect(replays.mock.calls.length).toBeLessThanOrEqual(4);
    history.close();
  });
});
