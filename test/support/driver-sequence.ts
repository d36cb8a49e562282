import { type BootEvent, renderEvent } from '../../src/events/catalog.ts';
import { isScmCall } from '../../src/soc/smc-function.ts';
import { carriedPayload } from './carried-events.ts';

/** Lines of the drivers that the simulator models. */
const DRIVER_LINE =
  /^(?:remoteproc |qcom_q6v5_pas |qcom_scm|arm-smmu|iommu: |PDM: |platform \S+\.remoteproc: |\(NULL device)/;

/**
 * What the drivers did, step by step, as far as a recording shows it: their calls with arguments and results, what
 * they attached, mapped and unmapped, and what they printed. Addresses of pools and handles are named by the order
 * in which they turn up.
 */
export function driverSequence(events: readonly BootEvent[]): string[] {
  const names = new Map<string, string>();
  return events
    .filter(isShown)
    .map((event) =>
      renderEvent({ kind: event.kind, payload: carriedPayload(event) } as BootEvent).replace(
        /0x[0-9a-f]{8,}/g,
        (address) => nameOf(names, address),
      ),
    );
}

function isShown(event: BootEvent): boolean {
  switch (event.kind) {
    case 'smc.requested':
      return event.agent === 'linux' && isScmCall(event.payload.function_id);
    case 'mapping.created':
    case 'mapping.removed':
    case 'smmu.device_attached':
    case 'page_table.pages_mapped':
    case 'page_table.pages_unmapped':
    case 'remoteproc.signalled':
      return event.agent === 'linux';
    case 'smc.returned':
      return event.context !== null && isScmCall(event.payload.function_id);
    case 'smmu.group_added':
      return event.cause === null;
    case 'remoteproc.interrupted':
      return event.payload.message === null;
    case 'log.printed':
      return DRIVER_LINE.test(event.payload.text);
    default:
      return false;
  }
}

/** Heaps of the recorded machine lie below 0x80000000, where it has no device: what is above is fixed. */
function nameOf(names: Map<string, string>, address: string): string {
  const value = Number(address);
  if (value < 0x4000_0000 || value >= 0x5000_0000) return address;
  const page = `0x${Math.floor(value / 4096).toString(16)}`;
  const name = names.get(page) ?? `buffer ${names.size + 1}`;
  names.set(page, name);
  return name;
}
