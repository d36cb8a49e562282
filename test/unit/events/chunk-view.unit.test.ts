import { describe, expect, it } from 'vitest';
import { CorruptBytesError } from '../../../src/base/byte-reader.ts';
import { ChunkView } from '../../../src/events/chunk-view.ts';
import { COLUMN_ENCODING, HAS_NULLS } from '../../../src/events/column-encoding.ts';
import type { StoredKind } from '../../../src/events/stored-kind.ts';
import { HandWrittenChunk } from '../../support/hand-written-chunk.ts';

const KIND: StoredKind = {
  kindId: 7,
  kind: 'log.printed',
  version: 1,
  fields: [
    { name: 'level', storage: 'integer' },
    { name: 'text', storage: 'text' },
  ],
};
const STRINGS = ['linux'];

const begin = (count: number, rowCount = count) =>
  new HandWrittenChunk(KIND.kindId, count, STRINGS, rowCount);

function read(payload: Uint8Array): unknown[] {
  const view = new ChunkView(payload, 1, (kindId) => (kindId === KIND.kindId ? KIND : undefined));
  return [...view.events()].map((event) => event.payload);
}

const CONSTANT = COLUMN_ENCODING.constant;

describe('a chunk', () => {
  it('is read as it was written', () => {
    const chunk = begin(2).envelope(2).numbers([6, null]).texts(['one', 'two']).end();
    expect(read(chunk)).toEqual([
      { level: 6, text: 'one' },
      { level: null, text: 'two' },
    ]);
  });

  it.each<[string, () => Uint8Array]>([
    ['of no events', () => begin(0).envelope(0).numbers([]).texts([]).end()],
    [
      'of more events than a chunk can hold',
      () =>
        begin(2 ** 50)
          .envelope(1)
          .numbers([1])
          .texts(['x'])
          .end(),
    ],
    ['of 4097 events', () => begin(4097).envelope(1).numbers([1]).texts(['x']).end()],
    [
      'whose kinds have another number of rows',
      () => begin(1, 2).envelope(1).numbers([1]).texts(['x']).end(),
    ],
    [
      'whose dictionary claims more strings than it has bytes',
      () =>
        begin(1)
          .envelope(1)
          .numbers([1])
          .texts(['x'])
          .end(2 ** 40),
    ],
    [
      'whose dictionary claims fewer strings than it has',
      () => begin(1).envelope(1).numbers([1]).texts(['x']).end(0),
    ],
    [
      'with a symbol that is not in the dictionary',
      () =>
        begin(1)
          .envelope(1, { agents: () => void 0 })
          .numbers([1])
          .texts(['x'])
          .end(),
    ],
    [
      'with bytes between its columns and its dictionary',
      () => begin(1).envelope(1).numbers([1]).texts(['x']).bytes(0).end(),
    ],
    ['with a text of less than no bytes', () => begin(1).envelope(1).numbers([1]).bytes(CONSTANT, 3).end()],
    [
      'with a text that has no length',
      () =>
        begin(1)
          .envelope(1)
          .numbers([1])
          .bytes(COLUMN_ENCODING.empty | HAS_NULLS, 0, 0)
          .end(),
    ],
    [
      'with a text that is longer than the chunk',
      () => begin(1).envelope(1).numbers([1]).bytes(CONSTANT, 0xfe, 0xff, 0x7f).end(),
    ],
    [
      'with values packed in three bits',
      () => begin(1).envelope(1).bytes(COLUMN_ENCODING.packed, 0, 0, 3, 0).texts(['x']).end(),
    ],
    [
      'with a pace of no values',
      () =>
        begin(1)
          .envelope(1)
          .bytes(COLUMN_ENCODING.pace | HAS_NULLS, 0, 0, 0, 0, 0, 1)
          .texts(['x'])
          .end(),
    ],
    [
      'with a pace that ends early',
      () => begin(1).envelope(1).numbers([1]).bytes(COLUMN_ENCODING.pace, 2, 0, 0, 9).end(),
    ],
    ['with a column of a way that there is not', () => begin(1).envelope(1).bytes(99).texts(['x']).end()],
  ])('%s is refused', (_what, write) => {
    expect(() => read(write())).toThrow(CorruptBytesError);
  });

  it.each([
    ['one too large', 2],
    ['one that would be negative as a signed number', 2 ** 31 + 1],
  ])('with %s for a symbol is refused', (_what, id) => {
    const chunk = begin(1);
    const agents = () => {
      chunk.out.byte(CONSTANT);
      chunk.out.varint(id);
    };
    const bytes = chunk.envelope(1, { agents }).numbers([1]).texts(['x']).end();
    expect(() => read(bytes)).toThrow('a symbol is not in the dictionary');
  });
});
