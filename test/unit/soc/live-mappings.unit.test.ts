import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../src/base/seeded-random.ts';
import { type LiveMapping, LiveMappings } from '../../../src/soc/live-mappings.ts';

const KIB = 1024;
const PAGE = 4 * KIB;

let seq = 0;

function mapping(iova: number, size: number, over: Partial<LiveMapping> = {}): LiveMapping {
  seq++;
  return {
    space: 's',
    subject: null,
    iova,
    pa: iova,
    size,
    protection: null,
    since: seq,
    since_t_ns: null,
    ...over,
  };
}

/** What ended, as `first..end@since`. */
function remove(
  live: LiveMappings,
  iova: number,
  size: number,
  over: { space?: string | null; subject?: string } = {},
) {
  const ended: string[] = [];
  const { space = 's', subject = null } = over;
  live.remove({ space, subject, iova, size }, (part) => ended.push(describeRange(part)));
  return ended;
}

function describeRange({ iova, size, since }: LiveMapping): string {
  return `${iova}..${iova + size}@${since}`;
}

const listed = (live: LiveMappings) => [...live].map(describeRange);

describe('live mappings', () => {
  it('end as they were made', () => {
    seq = 0;
    const live = new LiveMappings();
    live.create(mapping(0, 100));
    live.create(mapping(100, 50));
    expect(remove(live, 0, 100)).toEqual(['0..100@1']);
    expect(listed(live)).toEqual(['100..150@2']);
    expect(live.size).toBe(1);
  });

  it('begin where they are told to, however strange the address is', () => {
    seq = 0;
    const live = new LiveMappings();
    live.create(mapping(-1, PAGE));
    expect(listed(live)).toEqual(['-1..4095@1']);
    expect(remove(live, -1, PAGE)).toEqual(['-1..4095@1']);
    expect(remove(live, -1, PAGE)).toEqual([]);
    live.create(mapping(0, PAGE));
    expect(remove(live, 2 ** 95, PAGE)).toEqual([]);
  });

  it('end together when one removal covers several', () => {
    seq = 0;
    const live = new LiveMappings();
    for (const at of [0, 10, 20, 40]) live.create(mapping(at, 10));
    expect(remove(live, 0, 50)).toEqual(['0..10@1', '10..20@2', '20..30@3', '40..50@4']);
    expect(live.size).toBe(0);
  });

  it('live on around a hole, with the beginning that they had and the address that they mapped', () => {
    seq = 0;
    const live = new LiveMappings();
    live.create(mapping(1000, 300, { pa: 5000 }));
    expect(remove(live, 1100, 100)).toEqual(['1100..1200@1']);
    expect(listed(live)).toEqual(['1000..1100@1', '1200..1300@1']);
    expect([...live].map(({ pa }) => pa)).toEqual([5000, 5200]);
  });

  it('end as far as a removal reaches over their edges', () => {
    seq = 0;
    const live = new LiveMappings();
    live.create(mapping(0, 100));
    live.create(mapping(100, 100));
    expect(remove(live, 50, 100)).toEqual(['50..100@1', '100..150@2']);
    expect(listed(live)).toEqual(['0..50@1', '150..200@2']);
  });

  it('are not there when nothing was mapped', () => {
    const live = new LiveMappings();
    live.create(mapping(0, 0));
    expect(live.size).toBe(0);
    expect(remove(live, 0, 100)).toEqual([]);
  });

  it('give way to a mapping that begins where they do, in a known space', () => {
    seq = 0;
    const live = new LiveMappings();
    live.create(mapping(0, 100));
    const ended: string[] = [];
    live.create(mapping(0, 40), (part) => ended.push(describeRange(part)));
    expect(ended).toEqual(['0..40@1']);
    expect(listed(live)).toEqual(['40..100@1', '0..40@2']);
  });

  it('stand beside one another where the space is unknown', () => {
    seq = 0;
    const live = new LiveMappings();
    live.create(mapping(0, 100, { space: null, subject: 'adsp' }));
    live.create(mapping(0, 100, { space: null, subject: 'cdsp' }));
    live.create(mapping(0, 100, { space: null }));
    expect(remove(live, 0, 100, { space: null, subject: 'adsp' })).toEqual(['0..100@1']);
    expect(remove(live, 0, 100, { space: null })).toEqual(['0..100@3']);
    expect(remove(live, 0, 100, { space: null, subject: 'wpss' })).toEqual(['0..100@2']);
    expect(remove(live, 0, 100, { space: null })).toEqual([]);
  });

  it('end once at each address where several spaces are told as one', () => {
    seq = 0;
    const live = new LiveMappings();
    live.create(mapping(0, 50, { space: null, subject: 'adsp' }));
    live.create(mapping(50, 50, { space: null, subject: 'adsp' }));
    live.create(mapping(20, 60, { space: null, subject: 'cdsp' }));
    expect(remove(live, 0, 100, { space: null, subject: 'adsp' })).toEqual(['0..50@1', '50..100@2']);
    expect(listed(live)).toEqual(['20..80@3']);
  });

  it('of one space are none of another', () => {
    seq = 0;
    const live = new LiveMappings();
    live.create(mapping(0, 10, { space: 'a' }));
    live.create(mapping(0, 10, { space: 'b' }));
    expect(remove(live, 0, 10, { space: 'b' })).toEqual(['0..10@2']);
    expect(remove(live, 0, 100, { space: 'c' })).toEqual([]);
    expect(listed(live)).toEqual(['0..10@1']);
  });

  it('are listed in the order in which they were made, whatever their spaces and addresses, each with its time', () => {
    const live = new LiveMappings();
    const made = Array.from({ length: 1000 }, (_, index) =>
      mapping((1000 - index) * PAGE, PAGE, {
        space: [null, 'a', 'b'][index % 3] ?? null,
        since_t_ns: index % 5 === 0 ? null : index * 1e9,
      }),
    );
    for (const each of made) live.create(each);
    expect([...live]).toEqual(made);
    const [, second] = made;
    if (second !== undefined) live.remove(second);
    expect([...live]).toEqual(made.filter((each) => each !== second));
  });

  it('agree with a table of pages, whatever is mapped and unmapped', () => {
    const steps = fc.array(
      fc.record({ isMap: fc.boolean(), page: fc.nat(40), pages: fc.integer({ min: 1, max: 8 }) }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(steps, (operations) => compareWithPages(operations)),
      { numRuns: 300 },
    );
  });

  it('stay fast with a hundred thousand of them, also where no removal fits exactly', {
    timeout: 20_000,
  }, () => {
    const LIVE = 100_000;
    const random = new SeededRandom(3);
    const live = new LiveMappings();
    const pages = Array.from({ length: 3 * LIVE }, (_unused, index) => index * 4);
    // Shuffled, so that neither what is made nor what is removed comes in order.
    for (let i = pages.length - 1; i > 0; i--) {
      const other = random.below(i + 1);
      [pages[i], pages[other]] = [pages[other] as number, pages[i] as number];
    }
    let ended = 0;
    const removePages = (page: number, count: number) =>
      live.remove({ space: 's', subject: null, iova: page * PAGE, size: count * PAGE }, () => ended++);
    pages.forEach((page, index) => {
      live.create(mapping(page * PAGE, 4 * PAGE));
      const old = pages[index - LIVE];
      if (old === undefined) return;
      // Each tenth one goes in two halves, and each takes a search.
      const isWhole = index % 10 !== 0;
      removePages(old, isWhole ? 4 : 2);
      if (!isWhole) removePages(old + 2, 2);
    });
    expect(live.size).toBe(LIVE);
    expect(ended).toBe(2 * LIVE + (2 * LIVE) / 10);
  });
});

interface Step {
  readonly isMap: boolean;
  readonly page: number;
  readonly pages: number;
}

/** Plays the steps on live mappings and on a map from page to the seq that mapped it. */
function compareWithPages(steps: readonly Step[]): void {
  seq = 0;
  const live = new LiveMappings();
  const model = new Map<number, number>();
  for (const { isMap, page, pages } of steps) {
    const range = Array.from({ length: pages }, (_unused, index) => page + index);
    const ended: number[] = [];
    const onEnded = (part: LiveMapping) => {
      for (let at = part.iova; at < part.iova + part.size; at += PAGE) ended.push(at / PAGE);
    };
    const isFree = range.every((at) => !model.has(at));
    if (isMap && isFree) {
      live.create(mapping(page * PAGE, pages * PAGE), onEnded);
      for (const at of range) model.set(at, seq);
      expect(ended).toEqual([]);
    } else {
      live.remove({ space: 's', subject: null, iova: page * PAGE, size: pages * PAGE }, onEnded);
      expect(ended).toEqual(range.filter((at) => model.has(at)));
      for (const at of range) model.delete(at);
    }
  }
  const pagesNow = [...live].flatMap(({ iova, size, since }) =>
    Array.from({ length: size / PAGE }, (_unused, index) => [iova / PAGE + index, since] as const),
  );
  expect(new Map(pagesNow)).toEqual(model);
  expect(pagesNow.length).toBe(model.size);
}
