import type { BootEvent } from '../../src/events/catalog.ts';
import { findPasPeripheral } from '../../src/soc/pas-id.ts';

const PAS_SERVICE = 0x02;
const SECURITY_SERVICE = 0x0c;

/**
 * Calls, answers and consequences of which kernel text does not tell whom they are about, by seq. A simulation
 * knows for whom a driver calls. A reader has the arguments only:
 * - a PAS id that belongs to no peripheral names nobody;
 * - a bridge is over an address, and without the log's reserved regions a trace says whose that is only where
 *   PAS_MEM_SETUP came before, which firmware that is not relocatable does without.
 */
export function untoldSubjects(events: readonly BootEvent[], isTraceAlone: boolean): ReadonlySet<number> {
  const seqs = new Set<number>();
  for (const event of events) {
    const { seq, cause } = event;
    if (cause !== null && seqs.has(cause)) seqs.add(seq);
    if (event.kind !== 'smc.requested') continue;
    const { service, arg0 } = event.payload;
    const isUnknownPas = service === PAS_SERVICE && findPasPeripheral(Number(arg0)) === undefined;
    if (isUnknownPas || (isTraceAlone && service === SECURITY_SERVICE)) seqs.add(seq);
  }
  return seqs;
}
