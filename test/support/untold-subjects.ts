import type { BootEvent } from '../../src/events/catalog.ts';
import { findPasPeripheral } from '../../src/soc/pas-id.ts';

const PAS_SERVICE = 0x02;
const SECURITY_SERVICE = 0x0c;

/**
 * Calls, answers and consequences of which kernel text does not tell whom they are about, by seq. A simulation
 * knows for whom a driver calls. A reader has the arguments only:
 * - a PAS id that belongs to no peripheral names nobody;
 * - a bridge is over an address, and without the log's reserved regions a trace says whose that is only where
 *   PAS_MEM_SETUP came before, which firmware that is not relocatable does without;
 * - an unmap has an address, and whose that is follows from who mapped it: what was never mapped (the carveout of
 *   a core that Linux attached to) is nobody's.
 */
export function untoldSubjects(events: readonly BootEvent[], isTraceAlone: boolean): ReadonlySet<number> {
  const seqs = new Set<number>();
  const mapped = new Set<number>();
  for (const event of events) {
    const { seq, cause } = event;
    if (event.kind === 'mapping.created' || event.kind === 'page_table.pages_mapped')
      mapped.add(event.payload.iova);
    if (event.kind === 'mapping.removed' || event.kind === 'page_table.pages_unmapped') {
      if (!mapped.has(event.payload.iova)) seqs.add(seq);
    }
    if (cause !== null && seqs.has(cause)) seqs.add(seq);
    if (event.kind !== 'smc.requested') continue;
    const { service, arg0 } = event.payload;
    const isUnknownPas = service === PAS_SERVICE && findPasPeripheral(Number(arg0)) === undefined;
    if (isUnknownPas || (isTraceAlone && service === SECURITY_SERVICE)) seqs.add(seq);
  }
  return seqs;
}
