import { renderBinarySize } from '../base/size.ts';
import { hex } from '../base/word.ts';
import type { DiffItem } from '../diff/items.ts';
import type { BootEvent } from '../events/catalog.ts';
import { renderVmids } from '../soc/vmid.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import type { OpenHistory } from './open-history.ts';

/** Events around a call that are looked at: others may stand between. */
const LOOKED_AT = 100;

/**
 * What a call of MP_ASSIGN gave to whom, or that nothing tells it: its arguments only point to the lists (qcom_scm_assign_mem,
 * drivers/firmware/qcom/qcom_scm.c). Null for anything else.
 */
export function assignedBy(item: DiffItem | null, { log }: OpenHistory, { bootId }: BootInfo): string | null {
  if (item?.kind !== 'smc.requested' || !item.text.startsWith('MP_ASSIGN(')) return null;
  const call = log.eventAt(bootId, item.seq);
  if (call?.kind !== 'smc.requested') return null;
  for (let seq = item.seq + 1; seq <= item.seq + LOOKED_AT; seq++) {
    const event = log.eventAt(bootId, seq);
    if (event === undefined || (event.kind === 'smc.returned' && event.cause === item.seq)) break;
    if (event.kind !== 'memory.assigned') continue;
    const { pa, size, from_vms, to_vms } = event.payload;
    if (pa === null || size === null) break;
    return `assigns ${says({ pa, size, from_vms: from_vms ?? '?', to_vms: to_vms ?? '?' })}`;
  }
  for (let seq = item.seq - 1; seq >= Math.max(1, item.seq - LOOKED_AT); seq--) {
    const before = log.eventAt(bootId, seq);
    if (before?.kind === 'memory.assignment_requested' && BigInt(before.payload.lists) === call.payload.arg2)
      return `asks to assign ${says(before.payload)}`;
    if (isProbeOf(before, call))
      return `asks to assign memory, by the probe before it (#${seq}): ${probed(before)}`;
  }
  return `asks to assign memory by lists that its arguments point to, and that no event tells of; ${HOW_TO_SEE}`;
}

/** Arguments in the order of qcom_scm_assign_mem(mem_addr, mem_sz, srcvm, newvm, dest_cnt). */
const HOW_TO_SEE =
  'a probe would: p:qcom_scm_assign_mem mem_addr=%x0 mem_sz=%x1 srcvm=+0(%x2):x64 newvm=+0(%x3):x32 dest_cnt=%x4';

function says(told: {
  readonly pa: number;
  readonly size: number;
  readonly from_vms: string;
  readonly to_vms: string;
}): string {
  return `pa ${hex(told.pa)} + ${renderBinarySize(told.size)} from VMID ${renderVmids(told.from_vms)} to ${renderVmids(told.to_vms)}`;
}

/** A probe at the function that makes the call, in the same task. */
function isProbeOf(event: BootEvent | undefined, call: BootEvent): boolean {
  if (event?.kind !== 'trace.hit') return false;
  const { event: name, function: at } = event.payload;
  return [name, at].includes('qcom_scm_assign_mem') && taskOf(event) === taskOf(call);
}

/** `kworker/0:2-30` of `kworker/0:2-30 [000] d..1.`: the flags differ from line to line. */
function taskOf({ context }: BootEvent): string | undefined {
  return context?.split(' [')[0];
}

function probed(event: BootEvent | undefined): string {
  return event?.kind === 'trace.hit' ? event.payload.fields : '';
}
