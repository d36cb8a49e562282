import { hex } from '../../base/word.ts';
import { findPasPeripheral, renderPasId } from '../../soc/pas-id.ts';
import { SMC_COMMAND_NAME as CALL } from '../../soc/smc-command.ts';
import type { BootView } from './boot-view.ts';
import { EVERY_LEVEL, type Invariant } from './invariant.ts';
import { pasIdOf, whenTrustZoneGets } from './linux-calls.ts';

/** A bridge over a carveout, while it lives. */
interface CarveoutBridge {
  readonly pa: number;
  readonly size: number;
  readonly seq: number;
  readonly owner: string;
  /** Authentications since it was made, each by the request that it began with. */
  readonly calls: number[];
}

/** Purposes of buffers that TrustZone reads or writes. */
const BUFFERS = /^(?:metadata|extended-arguments|resource-table-\w+)$/;

/** Invariants of SHM bridges. */
export const BRIDGE_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I2',
    title: 'a bridge over a carveout holds exactly one authentication of its owner',
    levels: EVERY_LEVEL,
    source: 'domain/07 §9 I2; qcom_scm_pas_prepare_and_auth_reset',
    begin: () => {
      const live = new Map<bigint, CarveoutBridge>();
      return {
        'shm_bridge.created': ({ payload, seq }, boot) => {
          const { handle, pa, size } = payload;
          const carveout = boot.carveoutAt(pa, size);
          if (carveout !== undefined) live.set(handle, { pa, size, seq, owner: carveout.owner, calls: [] });
        },
        ...whenTrustZoneGets(CALL.authAndReset, ({ first, payload }, boot, report) => {
          const pasId = pasIdOf(payload);
          const memory = boot.state.pas.get(pasId)?.memory;
          for (const { pa, size, owner, calls, seq: since } of live.values()) {
            // Without MEM_SETUP nobody has told where the image is.
            const isIts =
              memory === null || memory === undefined
                ? findPasPeripheral(pasId)?.subject === owner
                : memory.pa >= pa && memory.pa < pa + size;
            // Issued again because firmware was busy: the same authentication goes on.
            if (!isIts || calls.includes(first)) continue;
            calls.push(first);
            if (calls.length > 1)
              report({
                subject: owner,
                detail: `${renderPasId(pasId)} is authenticated once more in one bridge`,
                evidence: [since, ...calls.slice(0, -1)],
              });
          }
        }),
        'shm_bridge.deleted': ({ payload }, _boot, report) => {
          const bridge = live.get(payload.handle);
          live.delete(payload.handle);
          if (bridge !== undefined && bridge.calls.length === 0)
            report({
              subject: bridge.owner,
              detail: `the bridge over ${hex(bridge.pa)} is deleted before any authentication`,
              evidence: [bridge.seq],
            });
        },
      };
    },
  },
  {
    id: 'I5',
    title: 'live bridges share no address, pool bridges stay, and each pool buffer lies in one of them',
    levels: EVERY_LEVEL,
    source: 'domain/07 §9 I5; qcom_tzmem.c',
    begin: () => {
      const pools = new Map<bigint, number>();
      return {
        'shm_bridge.created': ({ payload, seq, subject }, boot, report) => {
          const { handle, pa, size } = payload;
          if (subject === 'scm') pools.set(handle, seq);
          const others = boot.bridgesOver(pa, size);
          if (others.length > 0)
            report({
              subject,
              detail: `bridge over ${hex(pa)} + ${size} overlaps another`,
              evidence: others.map(({ since }) => since),
            });
        },
        'shm_bridge.deleted': ({ payload, subject }, _boot, report) => {
          const since = pools.get(payload.handle);
          pools.delete(payload.handle);
          if (since !== undefined)
            report({ subject, detail: 'the bridge over an area of the pool is deleted', evidence: [since] });
        },
        'memory.allocated': ({ payload, subject }, boot, report) => {
          const { purpose, pa, size } = payload;
          if (!BUFFERS.test(purpose)) return;
          const bridges = boot.bridgesOver(pa, size);
          const isWhole = bridges.some((bridge) => bridge.pa <= pa && pa + size <= bridge.pa + bridge.size);
          if (bridges.length > 0 && !isWhole)
            report({
              subject,
              detail: `buffer ${hex(pa)} + ${size} lies in no one area`,
              evidence: bridges.map(({ since }) => since),
            });
        },
      };
    },
  },
  {
    id: 'I16',
    title: 'no bridge over a carveout is left once a start or a stop has ended',
    levels: EVERY_LEVEL,
    source: 'domain/07 F-55; qcom_scm_pas_prepare_and_auth_reset',
    begin: () => ({
      'remoteproc.state_changed': (event, boot, report) => {
        const { name, state } = event.payload;
        if (state !== 'running' && state !== 'failed' && state !== 'offline') return;
        for (const { pa, since } of bridgesOf(name, boot))
          report({ subject: name, detail: `the bridge over ${hex(pa)} is still there`, evidence: [since] });
      },
    }),
  },
];

function bridgesOf(processor: string, boot: BootView) {
  return boot.carveouts
    .filter(({ owner }) => owner === processor)
    .flatMap(({ pa, size }) => boot.bridgesOver(pa, size));
}
