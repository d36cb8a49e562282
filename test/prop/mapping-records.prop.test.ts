import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LiveMappings } from '../../src/soc/live-mappings.ts';
import { type LiveMapping, type MappingEntry, MappingRecords } from '../../src/soc/mapping-records.ts';

const PAGE = 4096;
const GIB = 2 ** 30;

/** Whole pages as a rule, and around what the short form of the records can keep. */
const numbers = (...edges: number[]) =>
  fc.oneof(
    { weight: 20, arbitrary: fc.nat(2 ** 20).map((page) => page * PAGE) },
    { weight: 1, arbitrary: fc.constantFrom(...edges) },
  );

const figures = fc.record({
  iova: numbers(0, -PAGE, 1, 2 ** 44 - PAGE, 2 ** 44, 2 ** 64, 1.5),
  pa: numbers(0, 4095, 2 ** 44 - PAGE, 2 ** 44, 2 ** 52),
  size: numbers(PAGE, 100, 4 * GIB, 4 * GIB + PAGE, 2 ** 60),
  subject: fc.constantFrom(null, 'adsp', 'cdsp'),
  protection: fc.oneof(fc.constant(null), fc.nat(7)),
});

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: figures.map((made) => ({ ...made, released: undefined })) },
    { weight: 1, arbitrary: fc.nat().map((released) => ({ released })) },
  ),
  { maxLength: 600 },
);

/** How far the clock goes from one mapping to the next, in ns. */
const pace = fc.oneof(
  { weight: 20, arbitrary: fc.nat(100_000) },
  { weight: 1, arbitrary: fc.constantFrom(-5_000, 2 ** 31, -(2 ** 31), 2 ** 40, null) },
);

describe('the records of mappings', () => {
  it('tell what they were told, also of entries that are used again, whatever the numbers are', () => {
    fc.assert(
      fc.property(
        steps,
        fc.infiniteStream(pace),
        fc.constantFrom(0, 2 ** 32 - 100),
        (all, paces, firstSeq) => {
          const records = new MappingRecords();
          const live = new Map<MappingEntry, LiveMapping>();
          let since = firstSeq;
          let clock = 1_000;
          for (const step of all) {
            if (step.released !== undefined) {
              const entry = [...live.keys()][step.released % live.size];
              if (entry === undefined) continue;
              records.release(entry);
              expect(records.mapping(null, entry)).toEqual(live.get(entry));
              live.delete(entry);
              continue;
            }
            const { released: _none, ...made } = step;
            const distance = paces.next().value;
            clock += distance ?? 0;
            since++;
            const useId = records.useId(made.subject, made.protection);
            const entry = records.add(made.iova, made.size, made.pa, since, useId);
            const since_t_ns = distance === null ? null : clock;
            records.keepTime(entry, since_t_ns);
            live.set(entry, { space: null, ...made, since, since_t_ns });
          }
          for (const [entry, mapping] of live) expect(records.mapping(null, entry)).toEqual(mapping);
        },
      ),
    );
  });

  it('keep apart more uses than the short form has numbers for', () => {
    const records = new MappingRecords();
    const entries = Array.from({ length: 5000 }, (_unused, index) =>
      records.add(index * PAGE, PAGE, 0, index, records.useId(null, index)),
    );
    expect(entries.map((entry) => records.mapping(null, entry).protection)).toEqual([...entries.keys()]);
  });

  it('give back the time of a part whose mapping is older than times that were kept since', () => {
    const records = new MappingRecords();
    const keep = (seq: number, time: number | null) => {
      const entry = records.add(PAGE, PAGE, 0, seq, records.useId(null, null));
      records.keepTime(entry, time);
      return entry;
    };
    const timeOf = (entry: MappingEntry) => records.mapping(null, entry).since_t_ns;
    [5, 2 ** 40, 2 ** 41, 2 ** 42].forEach((time, index) => void keep(10 * index, time));
    expect([keep(0, 5), keep(19, 2 ** 40 + 1)].map(timeOf)).toEqual([5, 2 ** 40 + 1]);
    // An event has one time only, but whoever says otherwise is believed.
    const other = keep(10, 7);
    expect(timeOf(other)).toBe(7);
    records.release(other);
    expect(timeOf(keep(10, null))).toBeNull();
  });

  it('know no time of those that were made before anybody told one', () => {
    const records = new MappingRecords();
    const entries = [null, null, 5, 6].map((time, index) => {
      const entry = records.add(PAGE, PAGE, 0, index, records.useId(null, null));
      records.keepTime(entry, time);
      return entry;
    });
    expect(entries.map((entry) => records.mapping(null, entry).since_t_ns)).toEqual([null, null, 5, 6]);
  });
});

describe('live mappings', () => {
  it('are listed by age and then by address, however their ages lie', () => {
    const ages = fc.oneof(fc.nat(20), fc.nat(2 ** 20), fc.constantFrom(2 ** 31, 2 ** 33, 2 ** 53 - 1));
    const made = fc.array(fc.record({ page: fc.nat(1000), since: ages }), { maxLength: 1500 });
    fc.assert(
      fc.property(made, (all) => {
        const live = new LiveMappings();
        for (const { page, since } of all) {
          live.create({
            space: null,
            subject: null,
            iova: page * PAGE,
            pa: 0,
            size: PAGE,
            protection: null,
            since,
            since_t_ns: null,
          });
        }
        const keys = all.map(({ page, since }) => [since, page * PAGE]);
        keys.sort(([sinceA = 0, iovaA = 0], [sinceB = 0, iovaB = 0]) => sinceA - sinceB || iovaA - iovaB);
        expect([...live].map(({ since, iova }) => [since, iova])).toEqual(keys);
      }),
      { numRuns: 30 },
    );
  });
});
