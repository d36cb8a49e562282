import { rangeNode } from '../../base/range-node.ts';
import { createdMapping, removedRange } from '../../events/families/mapping.ts';
import { type LiveMapping, LiveMappings } from '../../soc/live-mappings.ts';
import { LIFETIME_COLUMNS, type Moment } from './lifetime.ts';
import { defineProjection, integerColumn, nodeColumn, nullable, textColumn } from './projection.ts';

/** I/O mappings with their lifetimes. */
export const mappingProjection = defineProjection({
  table: 'mapping',
  doc: 'I/O mappings and how long they lived. A removal that covers part of a mapping ends that part; the rest goes on as rows of its own that began when the mapping did.',
  columns: [
    nullable(textColumn('space', 'Address space; null from traces, which do not name it')),
    nullable(textColumn('subject', 'Whom it was made for, as far as that is known')),
    integerColumn('iova', 'First I/O address'),
    integerColumn('iova_end', 'First I/O address behind it'),
    integerColumn('pa', 'First physical address'),
    integerColumn('size', 'Bytes'),
    nullable(
      integerColumn('protection', 'IOMMU_* bits: 1 read, 2 write, 4 cache, 8 noexec, 16 mmio, 32 priv'),
    ),
    nodeColumn('iova_node', 'I/O addresses'),
    nodeColumn('pa_node', 'physical addresses'),
    ...LIFETIME_COLUMNS,
  ],
  indexes: [
    ['iova_node', 'boot', 'space', 'from_seq', 'to_seq'],
    ['pa_node', 'boot', 'from_seq', 'to_seq'],
  ],
  kinds: ['mapping.created', 'mapping.removed'],
  start: () => {
    const live = new LiveMappings();
    return {
      apply: (event, emit) => {
        if (event.kind === 'mapping.created')
          live.create(createdMapping(event.payload, event, event.t_ns), (ended) => emit(rowOf(ended, event)));
        if (event.kind === 'mapping.removed')
          live.remove(removedRange(event.payload, event), (ended) => emit(rowOf(ended, event)));
      },
      finish: (emit) => {
        for (const mapping of live) emit(rowOf(mapping, undefined));
      },
    };
  },
});

function rowOf(mapping: LiveMapping, end: Moment | undefined) {
  const { space, subject, iova, pa, size, protection, since, since_t_ns } = mapping;
  return [
    space,
    subject,
    iova,
    iova + size,
    pa,
    size,
    protection,
    rangeNode(iova, size),
    rangeNode(pa, size),
    since,
    end?.seq ?? null,
    since_t_ns,
    end?.t_ns ?? null,
  ] as const;
}
