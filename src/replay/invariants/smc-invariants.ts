import { hex } from '../../base/word.ts';
import { renderPasId } from '../../soc/pas-id.ts';
import { SMC_COMMAND_NAME as CALL } from '../../soc/smc-command.ts';
import { SMC_REISSUE_FUNCTION_ID } from '../../soc/smc-function.ts';
import { EVERY_LEVEL, type Invariant } from './invariant.ts';
import { callName, pasIdOf, whenLinuxCalls, whenTrustZoneGets } from './linux-calls.ts';

/** Reason code of a table that does not fit the buffer: it is asked for once more. */
const TOO_SMALL = 20n;
const EXTENDED_BYTES = 56;

/** A buffer that Linux has written for TrustZone, or lets it write. */
interface Buffer {
  readonly pa: number;
  readonly size: number;
  readonly seq: number;
}

/** Invariants of calls to TrustZone, and of what it is given to read. */
export const SMC_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I1.el1',
    title: 'under a hypervisor Linux bridges no carveout, gets no resource table, attaches and maps nothing',
    levels: [1],
    source: 'domain/07 §9 I1',
    begin: () => ({
      'smc.requested': (event, boot, report) => {
        if (event.agent !== 'linux') return;
        const { arg0, arg2, function_id } = event.payload;
        const name = callName(function_id);
        const subject = event.subject;
        if (name === CALL.getResourceTable) report({ subject, detail: 'Linux asks for a resource table' });
        if (name !== CALL.shmBridgeCreate) return;
        const carveout = boot.carveoutAt(Number((arg0 ?? 0n) & ~0xfffn), Number((arg2 ?? 0n) & ~0xfffn));
        if (carveout !== undefined)
          report({ subject: carveout.owner, detail: `Linux bridges the carveout ${hex(carveout.pa)}` });
      },
      'smmu.device_attached': (event, _boot, report) => {
        if (event.agent === 'linux' && event.payload.device.endsWith('.remoteproc'))
          report({ subject: event.subject, detail: `Linux attaches ${event.payload.device}` });
      },
      'mapping.created': ({ agent, subject, payload }, boot, report) => {
        if (agent === 'linux' && subject !== null && boot.processors.has(subject))
          report({ subject, detail: `Linux maps ${hex(payload.iova)}` });
      },
    }),
  },
  {
    id: 'I1.el2',
    title: 'one resource table is asked for in each start, or two where the first did not fit',
    levels: [2],
    source: 'domain/07 §9 I1; qcom_scm_pas_get_rsc_table',
    begin: () => {
      const asked = new Map<string, { seqs: number[]; allowed: number }>();
      return {
        'remoteproc.state_changed': (event, boot, report) => {
          const { name, state } = event.payload;
          if (state === 'starting') asked.set(name, { seqs: [], allowed: 1 });
          if (state !== 'running' || boot.processors.get(name)?.phase !== 'starting') return;
          const { seqs = [] } = asked.get(name) ?? {};
          if (boot.devices.has(name) && seqs.length === 0)
            report({ subject: name, detail: `${name} came up without a resource table` });
        },
        'smc.requested': (event, _boot, report) => {
          if (event.agent !== 'linux' || callName(event.payload.function_id) !== CALL.getResourceTable)
            return;
          const request = asked.get(event.subject ?? '');
          if (request === undefined) return;
          request.seqs.push(event.seq);
          if (request.seqs.length > request.allowed)
            report({
              subject: event.subject,
              detail: `resource table asked for ${request.seqs.length} times in one start`,
              evidence: request.seqs.slice(0, -1),
            });
        },
        'smc.returned': (event) => {
          const request = asked.get(event.subject ?? '');
          if (request === undefined || callName(event.payload.function_id) !== CALL.getResourceTable) return;
          if (event.payload.status !== 0n && event.payload.result1 === TOO_SMALL) request.allowed = 2;
        },
      };
    },
  },
  {
    id: 'I4',
    title: 'each authentication follows an accepted INIT_IMAGE of the same id',
    levels: EVERY_LEVEL,
    source: 'domain/07 §9 I4',
    begin: () => {
      const initialised = new Set<number>();
      const forget = (pasId: number) => void initialised.delete(pasId);
      return {
        ...whenLinuxCalls(CALL.authAndReset, ({ payload, subject }, _boot, report) => {
          const pasId = pasIdOf(payload);
          if (!initialised.has(pasId))
            report({ subject, detail: `${renderPasId(pasId)} is authenticated without metadata` });
        }),
        'pas.image_initialised': ({ payload }) => void initialised.add(payload.pas_id),
        'pas.refused': ({ payload }) => forget(payload.pas_id),
        'pas.authenticated': ({ payload }) => forget(payload.pas_id),
        'pas.shut_down': ({ payload }) => forget(payload.pas_id),
      };
    },
  },
  {
    id: 'I10',
    title: 'a call of five arguments has the rest of them in a live buffer inside a live bridge',
    levels: EVERY_LEVEL,
    source: 'domain/07 §9 I10; __scm_smc_call',
    begin: () => {
      const live = new Map<number, number>();
      return {
        'memory.allocated': ({ payload, seq }) => {
          if (payload.purpose === 'extended-arguments') live.set(payload.pa, seq);
        },
        'memory.freed': ({ payload }) => void live.delete(payload.pa),
        ...whenLinuxCalls(CALL.getResourceTable, ({ payload, subject }, boot, report) => {
          const pa = Number(payload.arg3 ?? 0n);
          const isTold = live.size > 0;
          const isBridged = boot.state.bridgesEnabled !== true || boot.isBridged(pa, EXTENDED_BYTES);
          if (!isBridged || (isTold && !live.has(pa)))
            report({ subject, detail: `arguments at ${hex(pa)}`, evidence: [...live.values()] });
        }),
      };
    },
  },
  {
    id: 'I12',
    title: 'the metadata that TrustZone gets lies inside live bridges',
    levels: EVERY_LEVEL,
    source: 'domain/07 F-50; qcom_scm_pas_init_image',
    begin: () => {
      const written = new Map<number, Buffer>();
      return {
        'memory.written': ({ payload, seq }) => {
          const { purpose, pa, size } = payload;
          if (purpose === 'metadata') written.set(pa, { pa, size, seq });
        },
        'memory.freed': ({ payload }) => void written.delete(payload.pa),
        ...whenTrustZoneGets(CALL.initImage, ({ payload, subject, seq }, boot, report) => {
          const pa = Number(payload.arg1 ?? 0n);
          const size = written.get(pa)?.size ?? 1;
          if (boot.state.bridgesEnabled === true && !boot.isBridged(pa, size))
            report({
              subject,
              detail: `metadata ${hex(pa)} + ${size} of ${renderPasId(pasIdOf(payload))} is outside the bridges`,
              evidence: [written.get(pa)?.seq, seq],
            });
        }),
      };
    },
  },
  {
    id: 'I13',
    title: 'the buffers of a resource table lie inside live bridges',
    levels: EVERY_LEVEL,
    source: 'domain/07 F-50; qcom_scm_pas_get_rsc_table',
    begin: () => {
      const outputs = new Map<number, Buffer>();
      return {
        'memory.allocated': ({ payload, seq }) => {
          const { purpose, pa, size } = payload;
          if (purpose === 'resource-table-output') outputs.set(pa, { pa, size, seq });
        },
        'memory.freed': ({ payload }) => void outputs.delete(payload.pa),
        ...whenTrustZoneGets(CALL.getResourceTable, ({ payload, subject }, boot, report) => {
          if (boot.state.bridgesEnabled !== true) return;
          const input = { pa: Number(payload.arg1 ?? 0n), size: Number(payload.arg2 ?? 1n), seq: null };
          for (const { pa, size, seq } of [input, ...outputs.values()])
            if (!boot.isBridged(pa, size))
              report({
                subject,
                detail: `buffer ${hex(pa)} + ${size} is outside the bridges`,
                evidence: [seq],
              });
        }),
      };
    },
  },
  {
    id: 'I14',
    title: 'the firmware that TrustZone authenticates lies inside a live bridge',
    levels: EVERY_LEVEL,
    source: 'domain/07 F-57; qcom_scm_pas_prepare_and_auth_reset',
    begin: () =>
      whenTrustZoneGets(CALL.authAndReset, ({ payload, subject, seq }, boot, report) => {
        const pasId = pasIdOf(payload);
        const pas = boot.state.pas.get(pasId);
        if (boot.state.bridgesEnabled !== true || pas === undefined || pas.memory === null) return;
        if (!boot.isBridged(pas.memory.pa, pas.memory.size))
          report({
            subject,
            detail: `firmware of ${renderPasId(pasId)} at ${hex(pas.memory.pa)} is outside the bridges`,
            evidence: [pas.since, seq],
          });
      }),
  },
  {
    id: 'I20',
    title: 'the calls of one task do not nest',
    levels: EVERY_LEVEL,
    source: 'qcom_scm_call: a task waits for the result of its call',
    begin: () => {
      const inFlight = new Map<string, number>();
      const taskOf = new Map<number, string>();
      return {
        'smc.requested': ({ agent, cause, context, payload, seq, subject }, _boot, report) => {
          if (agent !== 'linux' || context === null || payload.function_id === SMC_REISSUE_FUNCTION_ID)
            return;
          // No tracepoint tells of its return.
          if (callName(payload.function_id) === 'WAITQ_GET_WQ_CTX') return;
          const before = inFlight.get(context);
          // Issued again because firmware was busy, or resumed: the same call goes on.
          if (before !== undefined && cause === before) return;
          if (before !== undefined)
            report({ subject, detail: `${context} calls while its call is in flight`, evidence: [before] });
          inFlight.set(context, seq);
          taskOf.set(seq, context);
        },
        'smc.returned': ({ cause }) => {
          const task = cause === null ? undefined : taskOf.get(cause);
          if (task === undefined || cause === null) return;
          taskOf.delete(cause);
          if (inFlight.get(task) === cause) inFlight.delete(task);
        },
      };
    },
  },
];
