import { rangeNode } from '../../base/range-node.ts';
import { rangeKey } from '../../soc/soc-state.ts';
import { LIFETIME_COLUMNS, type Moment } from './lifetime.ts';
import { defineProjection, integerColumn, nodeColumn, nullable, textColumn } from './projection.ts';

interface Assignment {
  readonly assigned: Moment & { readonly subject: string | null };
  readonly pa: number;
  readonly size: number;
  readonly owners: string;
  readonly ownersBefore: string | null;
}

/** Who owned which memory, and how long. */
export const memoryOwnerProjection = defineProjection({
  table: 'memory_owner',
  doc: 'Memory that was assigned to other owners, or back, and until when that held. It ends when the same range is assigned again; where ranges overlap, the one assigned last holds. What was never assigned belongs to whom the machine gave it, and has no row; neither has an assignment of which nobody told the range or the owners.',
  columns: [
    nullable(textColumn('subject', 'Whom it was done for, as far as that is known')),
    integerColumn('pa', 'First physical address'),
    integerColumn('pa_end', 'First physical address behind it'),
    integerColumn('size', 'Bytes'),
    nodeColumn('pa_node', 'physical addresses'),
    textColumn('owners', 'Owners and permissions, as the event has them'),
    nullable(textColumn('owners_before', 'Owners that it was taken from')),
    ...LIFETIME_COLUMNS,
  ],
  indexes: [['pa_node', 'boot', 'from_seq']],
  kinds: ['memory.assigned'],
  start: () => {
    const current = new Map<string, Assignment>();
    return {
      apply: (event, emit) => {
        if (event.kind !== 'memory.assigned') return;
        const { pa, size, from_vms, to_vms } = event.payload;
        if (pa === null || size === null || to_vms === null) return;
        const key = rangeKey(pa, size);
        const before = current.get(key);
        if (before !== undefined) emit(rowOf(before, event));
        current.set(key, { assigned: event, pa, size, owners: to_vms, ownersBefore: from_vms });
      },
      finish: (emit) => {
        for (const assignment of current.values()) emit(rowOf(assignment, undefined));
      },
    };
  },
});

function rowOf({ assigned, pa, size, owners, ownersBefore }: Assignment, end: Moment | undefined) {
  return [
    assigned.subject,
    pa,
    pa + size,
    size,
    rangeNode(pa, size),
    owners,
    ownersBefore,
    assigned.seq,
    end?.seq ?? null,
    assigned.t_ns,
    end?.t_ns ?? null,
  ] as const;
}
