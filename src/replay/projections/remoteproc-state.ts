import type { BootEvent } from '../../events/catalog.ts';
import type { RemoteprocStateName } from '../../soc/soc-state.ts';
import { LIFETIME_COLUMNS, type Moment } from './lifetime.ts';
import { defineProjection, textColumn } from './projection.ts';

interface Stay {
  readonly state: RemoteprocStateName;
  readonly entered: Moment;
}

/** The states of remote processors with their lifetimes. */
export const remoteprocStateProjection = defineProjection({
  table: 'remoteproc_state',
  doc: 'The states that each remote processor went through, as the remoteproc core saw them.',
  columns: [textColumn('name', 'Remote processor'), textColumn('state', 'State'), ...LIFETIME_COLUMNS],
  indexes: [['name', 'boot', 'from_seq']],
  kinds: ['remoteproc.registered', 'remoteproc.state_changed', 'remoteproc.crashed'],
  start: () => {
    const current = new Map<string, Stay>();
    return {
      apply: (event, emit) => {
        const entered = stateEntered(event);
        if (entered === undefined) return;
        const before = current.get(entered.name);
        if (before?.state === entered.state) return;
        if (before !== undefined) emit(rowOf(entered.name, before, event));
        current.set(entered.name, { state: entered.state, entered: event });
      },
      finish: (emit) => {
        for (const [name, stay] of current) emit(rowOf(name, stay, undefined));
      },
    };
  },
});

function stateEntered(event: BootEvent): { name: string; state: RemoteprocStateName } | undefined {
  switch (event.kind) {
    case 'remoteproc.registered':
      return { name: event.payload.name, state: 'offline' };
    case 'remoteproc.state_changed':
      return event.payload;
    case 'remoteproc.crashed':
      return { name: event.payload.name, state: 'crashed' };
    default:
      return undefined;
  }
}

function rowOf(name: string, { state, entered }: Stay, end: Moment | undefined) {
  return [name, state, entered.seq, end?.seq ?? null, entered.t_ns, end?.t_ns ?? null] as const;
}
