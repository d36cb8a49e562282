import type { BootEvent, Kind, NewEvent, PayloadOf } from '../../src/events/catalog.ts';
import type { Envelope } from '../../src/events/envelope.ts';

type Around = Partial<Omit<Envelope, 'seq'>>;

/** An event as a parser would make it; what is not given is not known. */
export function buildEvent<K extends Kind>(kind: K, payload: PayloadOf<K>, around: Around = {}): NewEvent {
  const envelope = {
    t_ns: null,
    agent: 'linux',
    subject: null,
    cause: null,
    context: null,
    source: null,
    line: null,
    ...around,
  };
  return { ...envelope, kind, payload } as unknown as NewEvent;
}

/** Events as the log hands them out: numbered from 1, and a microsecond apart where they have no time. */
export function numbered(events: readonly NewEvent[]): BootEvent[] {
  return events.map((event, index) => ({
    t_ns: (index + 1) * 1000,
    ...withoutNullTime(event),
    seq: index + 1,
  })) as BootEvent[];
}

function withoutNullTime(event: NewEvent): Partial<NewEvent> {
  const { t_ns, ...rest } = event;
  return t_ns === null ? rest : event;
}

/** A `mapping.created` of whole pages. */
export function mapped(
  iova: number,
  size: number,
  around: Around & { space?: string; pa?: number } = {},
): NewEvent {
  const { space = null, pa = iova, ...envelope } = around;
  return buildEvent('mapping.created', { space, iova, pa, size, protection: null }, envelope);
}

/** A `mapping.removed` that removed all it was asked for. */
export function unmapped(iova: number, size: number, around: Around & { space?: string } = {}): NewEvent {
  const { space = null, ...envelope } = around;
  return buildEvent('mapping.removed', { space, iova, size, removed_size: size }, envelope);
}

/** A call of TrustZone with its arguments. */
export function requested(functionId: number, args: readonly bigint[], around: Around = {}): NewEvent {
  const [arg0 = null, arg1 = null, arg2 = null, arg3 = null, arg4 = null, arg5 = null] = args;
  return buildEvent(
    'smc.requested',
    {
      function_id: functionId,
      service: (functionId >>> 8) & 0xff,
      command: functionId & 0xff,
      arg_count: args.length,
      arg0,
      arg1,
      arg2,
      arg3,
      arg4,
      arg5,
      conduit: null,
    },
    around,
  );
}

/** What came back from a call. */
export function returned(
  functionId: number,
  status: bigint,
  around: Around & { results?: readonly [bigint, bigint, bigint]; transportError?: number } = {},
): NewEvent {
  const { results: [result0, result1, result2] = [0n, 0n, 0n], transportError = 0, ...envelope } = around;
  return buildEvent(
    'smc.returned',
    { function_id: functionId, transport_error: transportError, status, result0, result1, result2 },
    envelope,
  );
}
