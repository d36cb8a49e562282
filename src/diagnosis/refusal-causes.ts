import { hex } from '../base/word.ts';
import type { BootFacts } from './boot-facts.ts';
import { rangeText } from './evidence.ts';
import type { Certainty, RuledOut } from './finding.ts';
import { initCalls, type PasCall, pasCalls } from './pas-calls.ts';
import type { Attempt } from './processor-facts.ts';

/** A PAS call that TrustZone refused, in a start; without a call where only a log tells of it. */
interface Refusal {
  readonly boot: BootFacts;
  readonly attempt: Attempt;
  readonly call: PasCall | undefined;
}

/** What was thought of, and the event that says that it is not so. */
type Disproved = Omit<RuledOut, 'modes'>;

/** Says which event disproves a cause of a refusal; null where none does. */
type Disproof = (refusal: Refusal) => Disproved | null;

/**
 * What disproves each cause that a refusal of TrustZone may have, by its failure mode. That something was not done
 * disproves only where calls are told, and none of them was lost.
 */
const DISPROOFS: Readonly<Record<string, Disproof>> = {
  'F-01': (refusal) =>
    nodeHasIommus(refusal) ?? otherCameUp(refusal.boot, refusal.attempt, 'the plain device tree at EL2'),
  'F-03': (refusal) =>
    nodeHasIommus(refusal) ?? otherCameUp(refusal.boot, refusal.attempt, 'the plain device tree at EL2'),
  'F-05': (refusal) => nodeHasIommus(refusal),
  'F-64': (refusal) => nodeHasIommus(refusal),
  'F-02': ({ boot, attempt, call }) => {
    const other = otherCameUp(boot, attempt, 'the EL2 device tree at EL1');
    if (other !== null || call === undefined || boot.eventsLost.length > 0) return other;
    if (!boot.sight.isOnBefore(attempt.seq)) return null;
    if (boot.hasIommus(attempt.processor) === true || boot.callsIn(attempt, 'PAS_GET_RSCTABLE').length > 0)
      return null;
    return {
      what: 'the EL2 device tree: Linux asks for no resource table, as it does with iommus on the node',
      seq: call.seq,
    };
  },
  'F-50': (refusal) => metadataBridged(refusal) ?? bridgedByHypervisor(refusal, 'the metadata'),
  'F-51': ({ boot, call }) => {
    if (call === undefined || boot.eventsLost.length > 0 || !boot.sight.isFromProbe) return null;
    const metadata = call.args[1] ?? null;
    if (metadata === null || boot.bridgesOver(Number(metadata), 1, call.seq).length > 0) return null;
    return {
      what: `a bridge of Linux over the metadata: none stands over ${hex(metadata)}`,
      seq: call.seq,
    };
  },
  'F-52': ({ boot, attempt, call }) => {
    const init = acceptedInit(boot, attempt, call);
    if (call === undefined || init === undefined) return null;
    const metadata = Number(init.args[1] ?? 0n);
    const touches = (pa: number, size: number) => pa <= metadata && metadata < pa + size;
    // Only a history that tells how the buffer is filled tells whether something else is written there.
    const isTold = boot.writes.some(
      ({ seq, payload }) => seq < init.seq && touches(payload.pa, payload.size),
    );
    const isTouched =
      boot.frees.some(({ seq, payload }) => isBetween(seq, init, call) && payload.pa === metadata) ||
      boot.writes.some(({ seq, payload }) => isBetween(seq, init, call) && touches(payload.pa, payload.size));
    if (!isTold || isTouched) return null;
    return { what: 'metadata that was freed or overwritten: nothing touched it', seq: init.seq };
  },
  'F-56': (refusal) => carveoutBridged(refusal) ?? bridgedByHypervisor(refusal, 'the carveout'),
  'F-57': (refusal) => carveoutBridged(refusal) ?? bridgedByHypervisor(refusal, 'the carveout'),
  'F-72': ({ boot, attempt, call }) => {
    const setUp = acceptedSetUp(boot, attempt, call);
    return setUp === undefined
      ? null
      : { what: 'a missing PAS_MEM_SETUP: TrustZone was told where the image lies', seq: setUp.seq };
  },
  'F-75': ({ boot, call }) => {
    if (call === undefined || boot.eventsLost.length > 0) return null;
    const lastOf = (name: string) =>
      boot.calls.findLast(
        (other) =>
          other.name === name &&
          other.seq < call.seq &&
          Number(other.args[0] ?? -1n) === call.pasId &&
          other.returned?.errno === 0,
      );
    if (!boot.sight.isOnBefore(call.seq)) return null;
    const running = lastOf('PAS_AUTH_AND_RESET');
    const stopped = lastOf('PAS_SHUTDOWN');
    if (running !== undefined && (stopped === undefined || stopped.seq < running.seq)) return null;
    return {
      what: `a second authentication: ${running === undefined ? 'this is the first' : 'the core was shut down before'}`,
      seq: stopped?.seq ?? call.seq,
    };
  },
  'F-76': ({ boot, attempt, call }) => {
    const init = acceptedInit(boot, attempt, call);
    return init === undefined
      ? null
      : { what: 'a wrong order of calls: TrustZone had accepted the metadata', seq: init.seq };
  },
  'F-79': ({ boot, attempt }) => {
    const description = boot.soc?.remoteprocs.find(({ name }) => name === attempt.processor);
    if (description === undefined) return null;
    const lite = description.litePasId ?? null;
    if (lite === null)
      return { what: `lite firmware of the boot loader: ${boot.soc?.name} has none for it`, seq: null };
    const stopped = pasCalls(boot, attempt, 'PAS_SHUTDOWN').find(({ pasId }) => pasId === lite);
    return stopped === undefined
      ? null
      : { what: 'lite firmware of the boot loader: it was shut down', seq: stopped.seq };
  },
  'F-82': ({ boot, attempt, call }) => {
    const description = boot.soc?.remoteprocs.find(({ name }) => name === attempt.processor);
    const up = boot.processors
      .get(attempt.processor)
      ?.attempts.find(({ number, outcome }) => number < attempt.number && outcome === 'up');
    if (up !== undefined)
      return {
        what: `a wrong PAS id: ${attempt.processor} came up with it before`,
        seq: up.outcomeSeq,
        about: 'PAS id',
      };
    if (call === undefined || description === undefined) return null;
    if (call.pasId !== description.pasId && call.pasId !== description.dtbPasId) return null;
    return {
      what: `a wrong PAS id: ${call.pasId} is that of ${attempt.processor}`,
      seq: call.seq,
      about: 'PAS id',
    };
  },
};

/** The node has `iommus`: Linux asks for the resource table, or the device is in a group. */
function nodeHasIommus({ boot, attempt }: Refusal): Disproved | null {
  const table = boot.callsIn(attempt, 'PAS_GET_RSCTABLE')[0];
  if (table !== undefined)
    return {
      what: 'a node without iommus: Linux asks for the resource table, as it does only with them',
      seq: table.seq,
    };
  if (boot.hasIommus(attempt.processor) !== true) return null;
  const facts = boot.processors.get(attempt.processor);
  return {
    what: `a node without iommus: that of ${attempt.processor} has them`,
    seq: facts?.group ?? facts?.attached ?? null,
  };
}

/** A device tree that is wrong as a whole lets no processor come up. */
function otherCameUp(boot: BootFacts, { processor }: Attempt, what: string): Disproved | null {
  const up = boot.attempts.find((other) => other.processor !== processor && other.outcome === 'up');
  return up === undefined ? null : { what: `${what}: ${up.processor} came up`, seq: up.outcomeSeq };
}

/** What is left of the causes of a refusal, and what disproves the others. */
export interface RefusalCauses {
  readonly modes: readonly string[];
  readonly certainty: Certainty;
  readonly ruledOut: readonly RuledOut[];
}

/** Sorts the causes that a refusal may have by what the events disprove. */
export function refusalCauses(
  boot: BootFacts,
  attempt: Attempt,
  call: PasCall | undefined,
  candidates: readonly string[],
): RefusalCauses {
  const modes: string[] = [];
  const ruledOut = new Map<string, RuledOut>();
  for (const mode of candidates) {
    const disproof = DISPROOFS[mode]?.({ boot, attempt, call }) ?? null;
    if (disproof === null) modes.push(mode);
    else
      ruledOut.set(disproof.what, {
        ...disproof,
        modes: [...(ruledOut.get(disproof.what)?.modes ?? []), mode],
      });
  }
  const certainty = modes.length === 0 ? 'unknown' : modes.length === 1 ? 'likely' : 'narrowed';
  return { modes, certainty, ruledOut: [...ruledOut.values()] };
}

function isBetween(seq: number, init: PasCall, call: PasCall): boolean {
  return seq > (init.returned?.seq ?? init.seq) && seq < call.seq;
}

function acceptedInit(boot: BootFacts, attempt: Attempt, call: PasCall | undefined): PasCall | undefined {
  return initCalls(boot, attempt).findLast((init) => isAcceptedBefore(init, call));
}

function acceptedSetUp(boot: BootFacts, attempt: Attempt, call: PasCall | undefined): PasCall | undefined {
  return pasCalls(boot, attempt, 'PAS_MEM_SETUP').findLast((setUp) => isAcceptedBefore(setUp, call));
}

/** Whether a call about the same image went well before another. */
function isAcceptedBefore(earlier: PasCall, call: PasCall | undefined): boolean {
  return (
    call !== undefined &&
    earlier.pasId === call.pasId &&
    earlier.seq < call.seq &&
    earlier.returned?.errno === 0
  );
}

function metadataBridged({ boot, call }: Refusal): Disproved | null {
  const metadata = call?.args[1] ?? null;
  if (call === undefined || metadata === null) return null;
  const [bridge] = boot.bridgesOver(Number(metadata), 1, call.seq);
  return bridge === undefined
    ? null
    : { what: 'metadata outside the bridges: it lay inside one', seq: bridge.seq };
}

function carveoutBridged({ boot, attempt, call }: Refusal): Disproved | null {
  if (call === undefined) return null;
  const setUp = acceptedSetUp(boot, attempt, call);
  const region =
    boot.carveoutOf(attempt.processor, call.part) ??
    (setUp === undefined
      ? undefined
      : { pa: Number(setUp.args[1] ?? 0n), size: Number(setUp.args[2] ?? 0n) });
  const [bridge] = region === undefined ? [] : boot.bridgesOver(region.pa, region.size, call.seq);
  return region === undefined || bridge === undefined
    ? null
    : { what: `no bridge over the carveout ${rangeText(region)}: one stands there`, seq: bridge.seq };
}

/** Under a hypervisor, with no `iommus` on the node, Linux makes no bridge, and nobody misses it. */
function bridgedByHypervisor({ boot, attempt }: Refusal, what: string): Disproved | null {
  const level = boot.exceptionLevel;
  if (level?.value !== 1 || boot.hasIommus(attempt.processor) !== false) return null;
  return { what: `no bridge over ${what}: at EL1 the hypervisor makes it`, seq: level.seq };
}
