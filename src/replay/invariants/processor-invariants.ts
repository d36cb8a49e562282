import { hex } from '../../base/word.ts';
import { renderPasId } from '../../soc/pas-id.ts';
import type { BootView } from './boot-view.ts';
import { EVERY_LEVEL, type Invariant, type Report } from './invariant.ts';
import { hasDied, whenSettled } from './settled.ts';

interface Range {
  readonly pa: number;
  readonly size: number;
  readonly seq: number;
}

interface Metadata {
  readonly subject: string | null;
  readonly seq: number;
}

/** Invariants of a remote processor's life: its memory, its images, its votes, and what is said of them. */
export const PROCESSOR_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I11',
    title: 'Linux maps, bridges and writes only memory that HLOS owns',
    levels: EVERY_LEVEL,
    source: 'domain/07 §9 I11',
    begin: () => {
      let foreign: Range[] = [];
      const check = (
        what: string,
        subject: string | null,
        pa: number,
        size: number,
        report: Report,
      ): void => {
        for (const range of foreign)
          if (pa < range.pa + range.size && range.pa < pa + size)
            report({
              subject,
              detail: `${what} ${hex(pa)}, which HLOS has given away`,
              evidence: [range.seq],
            });
      };
      return {
        'memory.assigned': ({ payload: { pa, size, to_vms }, seq }) => {
          if (pa === null || size === null || to_vms === null) return;
          foreign = foreign.filter((range) => range.pa !== pa);
          if (!includesHlos(to_vms)) foreign.push({ pa, size, seq });
        },
        'mapping.created': ({ agent, subject, payload }, _boot, report) => {
          if (agent === 'linux') check('maps', subject, payload.pa, payload.size, report);
        },
        'shm_bridge.created': ({ subject, payload }, _boot, report) =>
          check('bridges', subject, payload.pa, payload.size, report),
        'memory.written': ({ agent, subject, payload }, _boot, report) => {
          if (agent === 'linux') check('writes', subject, payload.pa, payload.size, report);
        },
      };
    },
  },
  {
    id: 'I15',
    title: 'no metadata buffer is left once a start has ended',
    levels: EVERY_LEVEL,
    source: 'qcom_scm_pas_metadata_release; domain/02 §5',
    begin: () => {
      const live = new Map<number, Metadata>();
      const tell = (isMeant: (subject: string | null) => boolean, report: Report): void => {
        for (const [pa, { subject, seq }] of live) {
          if (!isMeant(subject)) continue;
          live.delete(pa);
          report({ subject, detail: `metadata at ${hex(pa)} was never freed`, evidence: [seq] });
        }
      };
      return {
        'memory.allocated': ({ payload: { purpose, pa }, subject, seq }) => {
          if (purpose === 'metadata') live.set(pa, { subject, seq });
        },
        'memory.freed': ({ payload }) => void live.delete(payload.pa),
        'remoteproc.state_changed': ({ payload: { name, state } }, _boot, report) => {
          if (state === 'running' || state === 'starting' || state === 'recovering')
            tell((subject) => subject === name, report);
        },
        // A recovery or a call that goes on when the simulation ends, ends with it.
        'boot.finished': (event, boot, report) => {
          if (hasDied(event)) return;
          const goesOn = (subject: string | null) =>
            boot.processors.get(subject ?? '')?.phase === 'recovering' || boot.isInCall(subject);
          tell((subject) => !goesOn(subject), report);
        },
      };
    },
  },
  {
    id: 'I23',
    title: 'no image of a processor that is down runs',
    levels: EVERY_LEVEL,
    source: 'domain/07 F-78, F-112; qcom_pas_start, qcom_pas_stop',
    begin: () => ({
      'remoteproc.state_changed': ({ payload: { name, state } }, boot, report) => {
        if (state === 'offline' || state === 'failed') tellRunning(name, boot, report);
      },
    }),
  },
  {
    id: 'I24',
    title: 'what fails tells a negative error number',
    levels: EVERY_LEVEL,
    source: 'domain/07 F-86; qcom_scm_pas_* return res.result[0]',
    begin: () => ({
      'remoteproc.failed': ({ payload: { name, step, errno }, cause }, _boot, report) => {
        if (errno !== null && errno > 0)
          report({ subject: name, detail: `${step} of ${name} fails with ${errno}`, evidence: [cause] });
      },
      'firmware.refused': ({ payload: { step, errno }, subject, cause }, _boot, report) => {
        if (errno !== null && errno > 0)
          report({ subject, detail: `${step} fails with ${errno}`, evidence: [cause] });
      },
    }),
  },
  {
    id: 'I25',
    title: 'the load state is withdrawn only from a core that was shut down',
    levels: EVERY_LEVEL,
    source: 'qcom_q6v5_unprepare',
    begin: () => ({
      'power.voted': ({ payload: { type, level }, subject }, boot, report) => {
        if (type !== 'load-state' || level !== 'off' || subject === null) return;
        for (const { pasId, since } of boot.runningImages(subject))
          report({ subject, detail: `load state off while ${renderPasId(pasId)} runs`, evidence: [since] });
      },
    }),
  },
  {
    id: 'I26',
    title: 'a clock or power domain is given back only while it is held',
    levels: EVERY_LEVEL,
    source: 'qcom_pas_start, qcom_pas_handover: clk_disable_unprepare, pm_runtime_put',
    begin: () => {
      const held = new Map<string, number>();
      return {
        'power.voted': ({ payload: { type, resource, level }, subject, seq }, _boot, report) => {
          if (type !== 'clock' && type !== 'power-domain') return;
          const key = `${subject} ${type} ${resource}`;
          if (level !== 'off' && level !== '0') held.set(key, seq);
          else if (!held.delete(key)) report({ subject, detail: `${type} ${resource} is given back twice` });
        },
      };
    },
  },
  {
    id: 'I27',
    title: 'a processor that is down holds no vote',
    levels: EVERY_LEVEL,
    source: 'qcom_q6v5_unprepare, qcom_pas_start',
    begin: () => {
      const held = new Map<string, Map<string, number>>();
      return {
        ...whenSettled(({ name }, _boot, report) => {
          for (const [vote, seq] of held.get(name) ?? [])
            report({ subject: name, detail: `${vote} is still voted for`, evidence: [seq] });
        }),
        'power.voted': ({ payload: { type, resource, level }, subject, seq }) => {
          if (subject === null) return;
          let votes = held.get(subject);
          if (votes === undefined) {
            votes = new Map();
            held.set(subject, votes);
          }
          if (level === 'off' || level === '0') votes.delete(`${type} ${resource}`);
          else votes.set(`${type} ${resource}`, seq);
        },
      };
    },
  },
];

function tellRunning(name: string, boot: BootView, report: Report): void {
  for (const { pasId, since } of boot.runningImages(name))
    report({ subject: name, detail: `${renderPasId(pasId)} still runs`, evidence: [since] });
}

/** Owners as `MP_ASSIGN` names them: `3:rw 6:rwx`, or HLOS by name. */
function includesHlos(owners: string): boolean {
  return owners.split(/[\s,;]+/).some((owner) => /^(?:hlos|0x0*3|3)$/i.test(owner.split(':')[0] ?? ''));
}
