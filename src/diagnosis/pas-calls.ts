import { findPasPeripheral, type PasPeripheral } from '../soc/pas-id.ts';
import { between } from './between.ts';
import type { BootFacts } from './boot-facts.ts';
import type { Attempt } from './processor-facts.ts';
import type { Call } from './told-things.ts';

/** A PAS call with the part of the firmware that its id stands for. */
export interface PasCall extends Call {
  readonly pasId: number;
  readonly part: 'main' | 'dtb';
  readonly isLite: boolean;
}

/**
 * PAS calls of one command in an attempt: of the processor itself, or of an id that nobody is known by, where the
 * processor asks for none of its own main image and has not come to an end.
 */
export function pasCalls(boot: BootFacts, attempt: Attempt, name: string): PasCall[] {
  const found: PasCall[] = [];
  const calls = between(boot.calls, attempt.seq, attempt.end).filter((call) => call.name === name);
  const isOwn = ({ subject }: Call) => subject === attempt.processor;
  const hasMain = calls.some((call) => isOwn(call) && peripheralOf(call)?.part === 'main');
  for (const call of calls) {
    const peripheral = peripheralOf(call);
    const isOfNobody = peripheral === undefined && !hasMain && call.seq < (attempt.outcomeSeq ?? attempt.end);
    if (!isOwn(call) && !isOfNobody) continue;
    const pasId = Number(call.args[0] ?? -1n);
    const part = peripheral?.part === 'dtb' || peripheral?.part === 'lite-dtb' ? 'dtb' : 'main';
    const isLite = peripheral?.part.startsWith('lite') === true;
    found.push({ ...call, pasId, part, isLite });
  }
  return found;
}

/** Whom the id of a PAS call belongs to; undefined where nobody is known by it. */
export function peripheralOf({ args }: Call): PasPeripheral | undefined {
  return findPasPeripheral(Number(args[0] ?? -1n));
}

export function initCalls(boot: BootFacts, attempt: Attempt): PasCall[] {
  return pasCalls(boot, attempt, 'PAS_INIT_IMAGE');
}

export function authCalls(boot: BootFacts, attempt: Attempt): PasCall[] {
  return pasCalls(boot, attempt, 'PAS_AUTH_AND_RESET');
}

/** The image that TrustZone did not authenticate in an attempt. */
export function failedAuth(boot: BootFacts, attempt: Attempt): PasCall | undefined {
  return authCalls(boot, attempt).find(({ returned }) => returned !== null && returned.errno !== 0);
}

/** The metadata that TrustZone did not accept in an attempt. */
export function refusedInit(boot: BootFacts, attempt: Attempt): PasCall | undefined {
  return initCalls(boot, attempt).find(({ returned }) => returned !== null && returned.errno !== 0);
}
