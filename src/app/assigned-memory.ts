import { renderBinarySize } from '../base/size.ts';
import { hex } from '../base/word.ts';
import type { DiffItem } from '../diff/items.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import type { OpenHistory } from './open-history.ts';

/** Events between a call and its return, which others may stand between. */
const LOOKED_AT = 100;

/**
 * What a call of MP_ASSIGN gave to whom, or that nothing tells it: its arguments only point to the lists (qcom_scm_assign_mem,
 * drivers/firmware/qcom/qcom_scm.c). Null for anything else.
 */
export function assignedBy(item: DiffItem | null, { log }: OpenHistory, { bootId }: BootInfo): string | null {
  if (item?.kind !== 'smc.requested' || !item.text.startsWith('MP_ASSIGN(')) return null;
  for (let seq = item.seq + 1; seq <= item.seq + LOOKED_AT; seq++) {
    const event = log.eventAt(bootId, seq);
    if (event === undefined || (event.kind === 'smc.returned' && event.cause === item.seq)) break;
    if (event.kind !== 'memory.assigned') continue;
    const { pa, size, from_vms, to_vms } = event.payload;
    if (pa === null || size === null) break;
    return `assigns pa ${hex(pa)} + ${renderBinarySize(size)} from VMID ${from_vms ?? '?'} to ${to_vms ?? '?'}`;
  }
  return 'assigns memory by lists that its arguments point to, and that no event tells of';
}
