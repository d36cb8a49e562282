import { rangeNode } from '../../base/range-node.ts';
import { signedWord } from '../../base/word.ts';
import type { BootEvent, PayloadOf } from '../../events/catalog.ts';
import { LIFETIME_COLUMNS, type Moment } from './lifetime.ts';
import {
  defineProjection,
  integerColumn,
  nodeColumn,
  nullable,
  textColumn,
  wordColumn,
} from './projection.ts';

interface Bridge {
  readonly created: Moment & { readonly subject: string | null };
  readonly payload: PayloadOf<'shm_bridge.created'>;
}

/** SHM bridges with their lifetimes. */
export const shmBridgeProjection = defineProjection({
  table: 'shm_bridge',
  doc: 'Memory that was opened to TrustZone by an SHM bridge, and how long.',
  columns: [
    wordColumn('handle', 'Handle'),
    nullable(textColumn('subject', 'Whose memory it is, as far as that is known')),
    integerColumn('pa', 'First physical address'),
    integerColumn('size', 'Bytes'),
    integerColumn('pa_end', 'First physical address behind it'),
    nodeColumn('pa_node', 'physical addresses'),
    ...LIFETIME_COLUMNS,
  ],
  indexes: [['pa_node', 'boot', 'from_seq']],
  kinds: ['shm_bridge.created', 'shm_bridge.deleted'],
  start: () => {
    const live = new Map<bigint, Bridge>();
    return {
      apply: (event: BootEvent, emit) => {
        if (event.kind !== 'shm_bridge.created' && event.kind !== 'shm_bridge.deleted') return;
        const { handle } = event.payload;
        // A handle is given out again only after its bridge is gone, even where no event says that it went.
        const before = live.get(handle);
        if (before !== undefined) {
          live.delete(handle);
          emit(rowOf(before, event));
        }
        if (event.kind === 'shm_bridge.created') live.set(handle, { created: event, payload: event.payload });
      },
      finish: (emit) => {
        for (const bridge of live.values()) emit(rowOf(bridge, undefined));
      },
    };
  },
});

function rowOf({ created, payload }: Bridge, end: Moment | undefined) {
  return [
    signedWord(payload.handle),
    created.subject,
    payload.pa,
    payload.size,
    payload.pa + payload.size,
    rangeNode(payload.pa, payload.size),
    created.seq,
    end?.seq ?? null,
    created.t_ns,
    end?.t_ns ?? null,
  ] as const;
}
