import { highHalf, lowHalf } from '../../base/word.ts';
import type { PayloadOf } from '../../events/catalog.ts';
import {
  clearRoot,
  NO_TABLE,
  pointedTable,
  type TableWords,
  writeEntryTo,
} from '../../events/families/page-table.ts';
import { LIFETIME_COLUMNS, type Moment } from './lifetime.ts';
import { type DescriptorLife, LiveDescriptors, type WrittenPlace } from './live-descriptors.ts';
import { defineProjection, integerColumn, nullable, textColumn, wordColumn } from './projection.ts';

/** Descriptors of translation tables with their lifetimes. */
export const pageTableEntryProjection = defineProjection({
  table: 'page_table_entry',
  doc: 'Descriptors of translation tables, and how long each was there. It ends when the word is written again, also with the same value, and when its table is zeroed because it was allocated anew; from_seq and to_seq name those events. A word that is 0 has no row. Memory of a table that was freed keeps its words until somebody writes it.',
  columns: [
    nullable(textColumn('space', 'Address space of the table; null where nobody told')),
    integerColumn('table_pa', 'Physical address of the table'),
    integerColumn('index', 'Index in the table'),
    integerColumn('pa', 'Physical address of the descriptor: table_pa + 8 * index'),
    integerColumn('level', 'Level of the table'),
    integerColumn('iova', 'First input address that the entry translates'),
    wordColumn('value', "The descriptor; 64 bits, as two's complement"),
    textColumn(
      'kind',
      '`table`, `block`, `page`, or `invalid` for a word that is not 0 and translates nothing',
    ),
    nullable(integerColumn('output_pa', 'Table that it points to, or memory that it translates to')),
    ...LIFETIME_COLUMNS,
  ],
  indexes: [['pa', 'boot', 'from_seq']],
  kinds: ['page_table.created', 'page_table.entry_written'],
  start: () => {
    const live = new LiveDescriptors();
    /** Address space of each table that hangs below a root of which it was told. */
    const spaces = new Map<number, string | null>();
    const nothing: WrittenPlace = { space: null, table_pa: 0, level: 0, iova: 0 };
    let [place, moment]: [WrittenPlace, Moment] = [nothing, { seq: 0, t_ns: null }];
    let ended: (life: DescriptorLife) => void = () => {};
    // What the state does to its memory of tables, by the same rules.
    const words: TableWords = {
      clear: (pa, bytes) => live.clear(pa, bytes, ended),
      writeHalves: (pa, high, low) => live.write(pa, high, low, place, moment, ended),
    };
    return {
      apply: (event, emit) => {
        moment = event;
        ended = (life) => emit(rowOf(life, event));
        if (event.kind === 'page_table.created') {
          const { root_pa, space } = event.payload;
          spaces.set(root_pa, space);
          clearRoot(words, event.payload);
        }
        if (event.kind === 'page_table.entry_written') {
          place = placeOf(event.payload, spaces);
          writeEntryTo(words, event.payload);
        }
      },
      finish: (emit) => {
        for (const descriptor of live) emit(rowOf(descriptor, undefined));
      },
    };
  },
});

/** Where an event writes, and in whose tables; a table that it points to is of the same space. */
function placeOf(
  { table_pa, level, iova, new: word }: PayloadOf<'page_table.entry_written'>,
  spaces: Map<number, string | null>,
): WrittenPlace {
  const space = spaces.get(table_pa) ?? null;
  const child = pointedTable(level, highHalf(word), lowHalf(word));
  if (child !== NO_TABLE) spaces.set(child, space);
  return { space, table_pa, level, iova };
}

function rowOf(life: DescriptorLife, end: Moment | undefined) {
  return [
    life.space,
    life.table_pa,
    life.index,
    life.pa,
    life.level,
    life.iova,
    life.value,
    life.kind,
    life.output_pa,
    life.from_seq,
    end?.seq ?? null,
    life.from_t_ns,
    end?.t_ns ?? null,
  ] as const;
}
