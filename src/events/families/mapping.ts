import { renderSize } from '../../base/size.ts';
import { hex } from '../../base/word.ts';
import type { LiveMapping, RemovedRange } from '../../soc/live-mappings.ts';
import { numberOrNull } from '../column-number.ts';
import { defineEvent, type ReducedEnvelope } from '../define-event.ts';
import { address, integer, optional, size, symbol } from '../field.ts';
import { renderIommuProtection } from './page-table.ts';

export const mappingCreated = defineEvent({
  kind: 'mapping.created',
  doc: 'A range of I/O addresses was mapped (tracepoint iommu:map). A failed iommu_map shows what it had mapped, often nothing.',
  fields: {
    space: optional(
      symbol('identity', 'Address space; null from iommu:map, which names neither device nor domain'),
    ),
    iova: address('identity', 'First I/O address'),
    pa: address('value', 'First physical address'),
    size: size('value', 'Bytes that were really mapped'),
    protection: optional(integer('value', 'IOMMU_* bits', 'hex')),
  },
  render: (e) => {
    const protection = e.protection === null ? '' : ` ${renderIommuProtection(e.protection)}`;
    const identity = e.iova === e.pa ? ' (identity)' : ` -> ${hex(e.pa)}`;
    return `map iova ${hex(e.iova)} + ${renderSize(e.size)}${identity}${protection}`;
  },
  reduce: (state, e, envelope) => {
    state.told.mappings = true;
    state.mappings.create(createdMapping(e, envelope));
  },
  reduceColumns: (state, columns) => {
    const iova = columns.numbers('iova');
    const pa = columns.numbers('pa');
    const size = columns.numbers('size');
    const space = columns.symbols('space');
    const protection = columns.numbers('protection');
    const { firstSeq, strings, subjects } = columns;
    const { mappings } = state;
    state.told.mappings = true;
    const envelope = { seq: 0, subject: null as string | null };
    return (row, index) => {
      const payload = {
        space: strings[space[row] as number] ?? null,
        iova: iova[row] as number,
        pa: pa[row] as number,
        size: size[row] as number,
        protection: numberOrNull(protection[row] as number),
      };
      envelope.seq = firstSeq + index;
      envelope.subject = strings[subjects[index] as number] ?? null;
      mappings.create(createdMapping(payload, envelope));
    };
  },
});

export const mappingRemoved = defineEvent({
  kind: 'mapping.removed',
  doc: 'A range of I/O addresses was unmapped (tracepoint iommu:unmap).',
  fields: {
    space: optional(symbol('identity', 'Address space; null from iommu:unmap')),
    iova: address('identity', 'First I/O address'),
    size: size('value', 'Bytes that were asked for'),
    removed_size: size('value', 'Bytes that were really unmapped'),
  },
  render: (e) => {
    const short = e.removed_size === e.size ? '' : `, only ${renderSize(e.removed_size)} done`;
    return `unmap iova ${hex(e.iova)} + ${renderSize(e.size)}${short}`;
  },
  reduce: (state, e, envelope) => {
    state.told.mappings = true;
    state.mappings.remove(removedRange(e, envelope));
  },
  reduceColumns: (state, columns) => {
    const iova = columns.numbers('iova');
    const removedSize = columns.numbers('removed_size');
    const space = columns.symbols('space');
    const { strings, subjects } = columns;
    const { mappings } = state;
    state.told.mappings = true;
    const envelope = { subject: null as string | null };
    return (row, index) => {
      const payload = {
        space: strings[space[row] as number] ?? null,
        iova: iova[row] as number,
        removed_size: removedSize[row] as number,
      };
      envelope.subject = strings[subjects[index] as number] ?? null;
      mappings.remove(removedRange(payload, envelope));
    };
  },
});

interface CreatedPayload {
  readonly space: string | null;
  readonly iova: number;
  readonly pa: number;
  readonly size: number;
  readonly protection: number | null;
}

/** The mapping that a `mapping.created` brings about, with its time for whoever wants to keep that. */
export function createdMapping(
  e: CreatedPayload,
  envelope: Pick<ReducedEnvelope, 'seq' | 'subject'>,
  since_t_ns: number | null = null,
): LiveMapping {
  const { space, iova, pa, size, protection } = e;
  return {
    space,
    subject: envelope.subject,
    iova,
    pa,
    size,
    protection,
    since: envelope.seq,
    since_t_ns,
  };
}

interface RemovedPayload {
  readonly space: string | null;
  readonly iova: number;
  readonly removed_size: number;
}

/** What a `mapping.removed` really took away, which may be less than was asked for. */
export function removedRange(e: RemovedPayload, envelope: Pick<ReducedEnvelope, 'subject'>): RemovedRange {
  return { space: e.space, subject: envelope.subject, iova: e.iova, size: e.removed_size };
}
