import type { PhysicalMemory } from './physical-memory.ts';
import type { Recording } from './recording.ts';
import { type SmcCall, STATUS } from './smc-call.ts';

/** VM of Linux (include/dt-bindings/firmware/qcom,scm.h). */
export const VMID_HLOS = 3;

const DESTINATION_BYTES = 24;

/**
 * Which VMs own a range of memory, as MP_ASSIGN has it: kept by a hypervisor. Model assumption: the owners that a
 * call starts from must be the present ones, else it fails with EINVAL_ADDR.
 */
export class MemoryOwnership {
  private readonly world: { readonly memory: PhysicalMemory; readonly recording: Recording };
  private readonly owners = new Map<number, readonly number[]>();

  constructor(world: { readonly memory: PhysicalMemory; readonly recording: Recording }) {
    this.world = world;
  }

  isOfLinux(pa: number): boolean {
    return this.ownersOf(pa).includes(VMID_HLOS);
  }

  /** Carries out MP_ASSIGN. Returns the status. */
  assign(call: SmcCall, cause: number): bigint {
    const [map = 0n, , sources = 0n, sourceBytes = 0n, destinations = 0n, destinationBytes = 0n] = call.args;
    const range = this.view(Number(map), 16);
    const pa = Number(range.getBigUint64(0, true));
    const size = Number(range.getBigUint64(8, true));
    const from = this.view(Number(sources), Number(sourceBytes));
    const wanted = listOf(Number(sourceBytes) / 4, (index) => from.getUint32(4 * index, true));
    const to = this.view(Number(destinations), Number(destinationBytes));
    const count = Number(destinationBytes) / DESTINATION_BYTES;
    const owners = listOf(count, (index) => to.getUint32(DESTINATION_BYTES * index, true));
    if (namedVms(wanted) !== namedVms(this.ownersOf(pa))) return STATUS.invalidAddress;
    this.owners.set(pa, owners);
    this.world.recording.emit(
      'memory.assigned',
      { agent: 'hypervisor', subject: call.subject, cause, context: null },
      { pa, size, from_vms: namedVms(wanted), to_vms: namedVms(owners) },
    );
    return STATUS.ok;
  }

  private ownersOf(pa: number): readonly number[] {
    return this.owners.get(pa) ?? [VMID_HLOS];
  }

  private view(pa: number, size: number): DataView {
    return new DataView(this.world.memory.read(pa, size).buffer);
  }
}

function listOf(length: number, item: (index: number) => number): number[] {
  return Array.from({ length }, (_unused, index) => item(index));
}

/** As events name owners. */
export function namedVms(vms: readonly number[]): string {
  return [...vms]
    .sort((a, b) => a - b)
    .map((vm) => `0x${vm.toString(16)}`)
    .join(' ');
}
