import { hex } from '../base/word.ts';
import type { BootEvent, Kind, PayloadOf } from '../events/catalog.ts';

type Renderers = { readonly [K in Kind]?: (payload: PayloadOf<K>) => string };

/** `0x%016llx`. */
function hex16(value: number): string {
  return `0x${value.toString(16).padStart(16, '0')}`;
}

/** `0x%08llx` and `0x%02x`. */
function paddedHex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

function range(start: number, size: number): string {
  return `iova=${hex16(start)} - ${hex16(start + size)}`;
}

/** Where a probe stands. Events keep the function only: an offset of 0 is an entry, a size of 0 none that is known. */
function place(name: string): string {
  return `(${name}+0x0/0x0)`;
}

/**
 * `event: body` of the kinds whose line is told by the event alone. Sources: drivers/firmware/qcom/qcom_scm_trace.h,
 * include/trace/events/iommu.h; the probes are those that docs and recordings of this project use.
 */
const RENDERERS: Renderers = {
  'smc.requested': (e) => {
    const args = [e.arg0, e.arg1, e.arg2, e.arg3, e.arg4, e.arg5].slice(0, Math.max(0, e.arg_count));
    return `scm_smc_request: smc_id:${paddedHex(e.function_id, 8)} svc_id:${paddedHex(e.service, 2)} cmd_id:${paddedHex(e.command, 2)} args_cnt:${e.arg_count} args:{${args.map((arg) => hex(arg ?? 0n)).join(',')}}`;
  },
  'smc.returned': (e) =>
    `scm_smc_done: smc_id:${paddedHex(e.function_id, 8)}, ret:${e.transport_error} res_to_callee:${hex(e.status)} res0:${hex(e.result0)} res1:${hex(e.result1)} res2:${hex(e.result2)}`,
  'smc.slept': (e) => `scm_waitq_sleep: wq_ctx:${e.wait_queue}, smc_call_ctx:${e.call_context}`,
  'smc.resumed': (e) => `scm_waitq_resume: smc_call_ctx:${e.call_context}`,
  'mapping.created': (e) => `map: IOMMU: ${range(e.iova, e.size)} paddr=${hex16(e.pa)} size=${e.size}`,
  'mapping.removed': (e) =>
    `unmap: IOMMU: ${range(e.iova, e.size)} size=${e.size} unmapped_size=${e.removed_size}`,
  'smmu.group_added': (e) => `add_device_to_group: IOMMU: groupID=${e.group} device=${e.device}`,
  'smmu.group_removed': (e) => `remove_device_from_group: IOMMU: groupID=${e.group} device=${e.device}`,
  'smmu.device_attached': (e) => `attach_device_to_domain: IOMMU: device=${e.device}`,
  'page_table.pages_mapped': (e) => {
    const protection = e.protection === null ? '' : ` prot=${hex(e.protection)}`;
    return `lpae_map: ${place('arm_lpae_map_pages')} iova=${hex(e.iova)} pa=${hex(e.pa)} pgsz=${hex(e.page_size)} cnt=${e.count}${protection}`;
  },
  'page_table.pages_unmapped': (e) =>
    `lpae_unmap: ${place('arm_lpae_unmap_pages')} iova=${hex(e.iova)} pgsz=${hex(e.page_size)} cnt=${e.count}`,
  'trace.hit': (e) => {
    if (e.function === null) return `${e.event}: ${e.fields}`;
    return `${e.event}: ${place(e.function)}${e.fields === '' ? '' : ` ${e.fields}`}`;
  },
};

/** `event: body` of an entry; undefined where more than the event is needed. */
export function renderFtraceEvent(event: BootEvent): string | undefined {
  // The payload is that of the event's own kind, so its renderer takes it.
  const render = RENDERERS[event.kind] as ((payload: BootEvent['payload']) => string) | undefined;
  return render?.(event.payload);
}
