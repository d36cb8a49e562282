import { describe, expect, it } from 'vitest';
import { HeardLines, OTHER_CLOCK_NS, SAME_CLOCK_NS } from '../../../src/kernel-logs/heard-lines.ts';

/** Says things one after another; what is told gets the next seq. Gives which were told by an event, and by which. */
function hearAll(lines: HeardLines, said: readonly (readonly [string, number, number])[]) {
  let seq = 0;
  return said.map(([what, source, tNs]) => {
    const cause = lines.hear(what, source, tNs);
    if (cause === undefined) lines.told(++seq);
    return cause;
  });
}

describe('lines of several sources', () => {
  it('are told once, by the first that has them', () => {
    expect(
      hearAll(new HeardLines(SAME_CLOCK_NS), [
        ['up', 1, 5000],
        ['up', 2, 5000],
        ['down', 2, 6000],
        ['up', 3, 5000],
        ['down', 1, 6000],
      ]),
    ).toEqual([undefined, 1, undefined, 1, 2]);
  });

  it('are told as often as one source has them', () => {
    expect(
      hearAll(new HeardLines(SAME_CLOCK_NS), [
        ['fault', 1, 5000],
        ['fault', 1, 5000],
        ['fault', 2, 5000],
        ['fault', 2, 5000],
        ['fault', 2, 5000],
      ]),
    ).toEqual([undefined, undefined, 2, 2, undefined]);
  });

  it('are other lines at another time, unless clocks differ', () => {
    const said = [
      ['up', 1, 5_000],
      ['up', 2, 900_000_000],
      ['up', 1, 20_000_000_000],
    ] as const;
    expect(hearAll(new HeardLines(SAME_CLOCK_NS), said)).toEqual([undefined, undefined, undefined]);
    expect(hearAll(new HeardLines(OTHER_CLOCK_NS), said)).toEqual([undefined, 1, undefined]);
  });
});
