import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../src/base/byte-reader.ts';
import { ByteWriter } from '../../src/base/byte-writer.ts';
import { SeededRandom } from '../../src/base/seeded-random.ts';
import { WORD_MAX } from '../../src/base/word.ts';
import { applyEvent, type BootEvent, DEFINITIONS, type NewEvent } from '../../src/events/catalog.ts';
import { INTEGER_LIMIT } from '../../src/events/field.ts';
import { Replay } from '../../src/replay/replay.ts';
import { PACKED_PADDING, packNumbers, unpackNumbers } from '../../src/replay/snapshot/packed-numbers.ts';
import { decodePage, encodePage } from '../../src/replay/snapshot/page-codec.ts';
import { restoreState, SnapshotTaker } from '../../src/replay/snapshot/snapshot.ts';
import { decodeWindow, encodeWindow } from '../../src/replay/snapshot/window-codec.ts';
import { viewState } from '../../src/replay/state-view.ts';
import { initialSocState, type SocState } from '../../src/soc/soc-state.ts';
import { PAGE_UNIT_COUNT, TableMemory } from '../../src/soc/table-memory.ts';
import { WINDOW_FIELDS, WindowColumns } from '../../src/soc/window-columns.ts';
import { stateDifference } from '../../src/store/verify-snapshots.ts';
import { arbitraryEvent } from '../support/arbitrary-events.ts';
import { lastingChunks } from '../support/encode-events.ts';
import { PartsInMemory } from '../support/parts-in-memory.ts';
import { simulated } from '../support/simulated-boot.ts';

describe('a page of a snapshot', () => {
  const word = fc.oneof(
    fc.constant(0n),
    fc.bigInt({ min: 0n, max: WORD_MAX }),
    fc.nat(0xfffff).map((page) => (BigInt(page) << 12n) | 0x60_0000_0000_0f47n),
  );
  /** Words one after the other from an index on, each a step further than the one before. */
  const run = fc.record({
    first: fc.nat(511),
    count: fc.integer({ min: 1, max: 512 }),
    word,
    step: fc.oneof(fc.constantFrom(0n, 0x1000n, 0x20_0000n, -0x1000n), fc.bigInt(-(2n ** 40n), 2n ** 40n)),
  });

  it('is what it was, every word and which words are known', () => {
    fc.assert(
      fc.property(fc.array(run, { maxLength: 12 }), fc.boolean(), (runs, isCleared) => {
        const memory = new TableMemory();
        if (isCleared) memory.clear(0, 4096);
        else memory.write(0, 0n);
        for (const { first, count, word: value, step } of runs) {
          for (let i = 0; i < count && first + i < 512; i++)
            memory.write(8 * (first + i), BigInt.asUintN(64, value + BigInt(i) * step));
        }
        const units = memory.page(0);
        const out = new ByteWriter();
        encodePage(units as Uint32Array, out);
        const decoded = new Uint32Array(PAGE_UNIT_COUNT);
        decodePage(out.view(), decoded);
        expect(decoded).toEqual(units?.slice());
      }),
      { numRuns: 300 },
    );
  });

  it('is what it was, and takes three bytes a word, where words are in no order', () => {
    const page = fc.nat(0xf_ffff).map((number) => BigInt(number) << 12n);
    const anywhere = fc.oneof(
      page.map((pa) => pa | 0x60_0000_0000_0f47n),
      page.map((pa) => pa | 0x60_0000_0000_0fc7n),
    );
    const sized = (words: fc.Arbitrary<bigint>) => fc.array(words, { minLength: 100, maxLength: 512 });
    const bytesOf = (words: readonly bigint[]) => {
      const memory = new TableMemory();
      memory.clear(0, 4096);
      words.forEach((value, index) => {
        memory.write(8 * index, value);
      });
      const units = memory.page(0);
      const out = new ByteWriter();
      encodePage(units as Uint32Array, out);
      const decoded = new Uint32Array(PAGE_UNIT_COUNT);
      decodePage(out.view(), decoded);
      expect(decoded).toEqual(units?.slice());
      return out.length;
    };
    fc.assert(
      fc.property(sized(anywhere), (words) => {
        expect(bytesOf(words)).toBeLessThan(100 + 3 * words.length);
      }),
    );
    fc.assert(fc.property(sized(fc.oneof(anywhere, word)), (words) => void bytesOf(words)));
  });

  it('takes a few bytes where neighbours map neighbours', () => {
    const memory = new TableMemory();
    for (let i = 0; i < 512; i++) memory.write(8 * i, BigInt(0x8000_0f47 + 4096 * i));
    const out = new ByteWriter();
    encodePage(memory.page(0) as Uint32Array, out);
    expect(out.length).toBeLessThan(20);
  });
});

describe('packed numbers of a snapshot', () => {
  const whole = fc.oneof(
    fc.nat(2 ** 24).map((page) => page * 4096),
    fc.integer({ min: -5, max: 2 ** 40 }),
    fc.integer({ min: 0, max: 3 }),
  );
  const anyNumber = fc.oneof(
    whole,
    fc.constantFrom(INTEGER_LIMIT, -INTEGER_LIMIT, 2 * INTEGER_LIMIT, 2 ** 60 + 4096, Number.NaN, 0.5),
  );
  const numbers = fc.oneof(
    fc.array(whole, { maxLength: 40 }),
    fc.array(anyNumber, { maxLength: 40 }),
    fc.tuple(anyNumber, fc.nat(40)).map(([value, count]) => Array.from({ length: count }, () => value)),
  );

  it('are what they were', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const out = new ByteWriter(1);
        out.byte(1);
        packNumbers(Float64Array.of(...values, 7), values.length, out);
        const end = out.length;
        for (let i = 0; i < PACKED_PADDING; i++) out.byte(0xff);
        const reader = new ByteReader(out.view());
        reader.byte();
        const unpacked = new Float64Array(values.length);
        unpackNumbers(reader, unpacked, values.length);
        expect([...unpacked]).toEqual(values);
        expect(reader.position).toBe(end);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a window of a snapshot', () => {
  it('takes six bytes a mapping where pages anywhere are mapped, now and long ago', () => {
    const random = new SeededRandom(3);
    const columns = new WindowColumns();
    columns.reserve(64);
    columns.count = 64;
    for (let row = 0; row < 64; row++) {
      columns.iova[row] = 0x8000_0000 + 8192 * row;
      columns.size[row] = 4096;
      columns.pa[row] = 4096 * random.below(2 ** 20);
      columns.useId[row] = 0;
      columns.since[row] = 9_000_000 + random.below(2 ** 19);
    }
    const out = new ByteWriter();
    encodeWindow(columns, out);
    expect(out.length).toBeLessThan(6.5 * 64);
    const decoded = new WindowColumns();
    decodeWindow(out.view(), decoded);
    expect(decoded.count).toBe(64);
    for (const field of WINDOW_FIELDS)
      expect(decoded[field].subarray(0, 64)).toEqual(columns[field].subarray(0, 64));
  });
});

/** Takes snapshots as events are applied, after every `step` of them, the initial state included. */
function snapshotsOf(events: readonly BootEvent[], step: number) {
  const parts = new PartsInMemory();
  const taker = new SnapshotTaker(parts);
  const state = initialSocState();
  const roots: Uint8Array[] = [taker.take(state).slice()];
  for (const event of events) {
    applyEvent(state, event);
    if (event.seq % step === 0) roots.push(taker.take(state).slice());
  }
  const restored = (index: number): SocState => restoreState(roots[index] as Uint8Array, parts);
  return { parts, roots, restored };
}

function asBoot(events: readonly NewEvent[]): BootEvent[] {
  return events.map((event, index) => ({ ...event, seq: index + 1 }));
}

describe('a snapshot', () => {
  const reducedKinds = DEFINITIONS.filter(({ reduce }) => reduce !== null).map(({ kind }) => kind);
  const mappingKinds = ['mapping.created', 'mapping.removed', 'page_table.entry_written'] as const;
  const someEvents = fc.oneof(
    fc.array(arbitraryEvent(reducedKinds), { minLength: 1, maxLength: 60 }),
    fc.array(arbitraryEvent(mappingKinds), { minLength: 1, maxLength: 100 }),
  );

  it('is the state that it was taken of, and goes on as that does, whatever the events are', () => {
    fc.assert(
      fc.property(someEvents, fc.integer({ min: 1, max: 20 }), (newEvents, step) => {
        const events = asBoot(newEvents);
        const { roots, restored } = snapshotsOf(events, step);
        const state = initialSocState();
        for (const [index] of roots.entries()) {
          for (const event of events.slice((index - 1) * step, index * step))
            if (index > 0) applyEvent(state, event);
          const found = restored(index);
          for (const event of events.slice(index * step)) applyEvent(found, event);
          const end = initialSocState();
          for (const event of events) applyEvent(end, event);
          expect(stateDifference(found, end)).toEqual([]);
          expect(stateDifference(restored(index), state)).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('leads to the same state as a full replay at a thousand random events of a boot', () => {
    const { events } = simulated({ soc: 'lemans', mode: 'el2', scenario: 'stop-start' });
    const step = 700;
    const { parts, roots, restored } = snapshotsOf(events, step);
    const random = new SeededRandom(7);
    const seqs = Array.from({ length: 1000 }, () => 1 + random.below(events.length)).sort((a, b) => a - b);
    const state = initialSocState();
    const different: string[] = [];
    let applied = 0;
    for (const seq of seqs) {
      for (; applied < seq; applied++) applyEvent(state, events[applied] as BootEvent);
      const index = Math.floor(seq / step);
      const start = index * step;
      const replay = new Replay(chunksFrom(events, start), restored(index), start);
      replay.advanceTo(seq);
      different.push(...stateDifference(replay.state, state).map((part) => `${part} at ${seq}`));
    }
    expect(different).toEqual([]);
    expect(roots.length).toBeGreaterThan(15);
    // Shared: each snapshot alone would need as many parts as the last one has.
    expect(parts.count).toBeLessThan(roots.length * 100);
  });

  it('lists everything as the state does that it was taken of', () => {
    const { events } = simulated({ soc: 'kodiak', mode: 'qhee' });
    const { roots, restored } = snapshotsOf(events, 1500);
    const state = initialSocState();
    for (const event of events.slice(0, (roots.length - 1) * 1500)) applyEvent(state, event);
    expect(viewState(restored(roots.length - 1))).toEqual(viewState(state));
  });

  it('fetches no page or window that nobody looks at', () => {
    const { events } = simulated({ soc: 'lemans', mode: 'el2' });
    const { parts, roots, restored } = snapshotsOf(events, 5000);
    parts.fetchCount = 0;
    const state = restored(roots.length - 1);
    const sectionCount = parts.fetchCount;
    expect(sectionCount).toBe(Object.keys(state).length - 2);
    const [page] = state.tableMemory.pageNumbers();
    state.tableMemory.read((page as number) * 4096);
    expect(parts.fetchCount).toBe(sectionCount + 1);
    state.tableMemory.read((page as number) * 4096 + 8);
    expect(parts.fetchCount).toBe(sectionCount + 1);
  });
});

let encoded: { events: readonly BootEvent[]; chunks: ReturnType<typeof chunksOf> } | undefined;

function chunksOf(events: readonly BootEvent[]) {
  const sizes = Array.from({ length: Math.ceil(events.length / 300) }, () => 300);
  return lastingChunks(events, sizes);
}

/** The chunks from the one that holds the event after a seq. */
function chunksFrom(events: readonly BootEvent[], seq: number) {
  if (encoded?.events !== events) encoded = { events, chunks: chunksOf(events) };
  return encoded.chunks.filter(({ lastSeq }) => lastSeq > seq);
}
