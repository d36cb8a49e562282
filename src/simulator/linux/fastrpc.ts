import type { RegionDescription, RemoteprocDescription } from '../../soc/description.ts';
import { namedVms, VMID_HLOS } from '../memory-ownership.ts';
import { type Steps, sleep } from '../scheduler.ts';
import { FASTRPC_HEAP, HEAP_OWNER } from '../shared-memory.ts';
import type { World } from '../world.ts';
import type { Iommu } from './iommu.ts';
import { type KernelLog, LEVEL } from './kernel-log.ts';
import { oops, SYNDROME } from './oops.ts';
import { ARGUMENT, type ScmDriver } from './scm.ts';

const MS = 1_000_000;
const ENOMEM = -12;
const READ_WRITE_EXECUTE = 7;

/** `qcom,vmids` of the ADSP's FastRPC node: LPASS and ADSP_HEAP. */
const HEAP_VMS = [0x16, 0x25] as const;

/** Faults that are about FastRPC: without one, nobody in user space asks for it. */
const HEAP_FAULTS = ['F-59', 'F-60', 'F-61', 'F-62', 'F-65'] as const;

/** drivers/misc/fastrpc.c: the audio protection domain with its heap, and compute context banks. */
export class Fastrpc {
  private readonly world: World;
  private readonly log: KernelLog;
  private readonly scm: ScmDriver;
  private readonly iommu: Iommu;
  private readonly description: RemoteprocDescription;
  private readonly device: string;
  private isBankProbed = false;

  constructor(
    world: World,
    log: KernelLog,
    scm: ScmDriver,
    iommu: Iommu,
    description: RemoteprocDescription,
  ) {
    this.world = world;
    this.log = log;
    this.scm = scm;
    this.iommu = iommu;
    this.description = description;
    this.device = `qcom,fastrpc ${description.unitAddress}.remoteproc:glink-edge.fastrpcglink-apps-dsp.-1.-1`;
  }

  /** What happens once the processor is up and its GLINK channel is there. */
  *run(): Steps {
    const { faults, plan } = this.world;
    const { name } = this.description;
    yield* sleep(60 * MS);
    if (!this.isBankProbed && faults.hits('F-43', name)) yield* this.probeBank();
    if (faults.attemptOf(name) > 1 && faults.hits('F-111', name))
      this.log.print(`${this.device}: No context ID matches response`, LEVEL.error);
    const heap = plan.soc.reservedMemory.find((region) => FASTRPC_HEAP.test(region.name));
    if (heap !== undefined && name === HEAP_OWNER && HEAP_FAULTS.some((id) => faults.hitsEarly(id, name, 1)))
      yield* this.lendHeap(heap);
  }

  /** fastrpc_cb_probe of the first bank: its streams get a default domain. */
  private *probeBank(): Steps {
    this.isBankProbed = true;
    const [stream] = this.description.computeStreams;
    if (stream === undefined) return;
    const { unitAddress } = this.description;
    const device = `${unitAddress}.remoteproc:glink-edge:fastrpc:compute-cb@1`;
    yield* this.iommu.probeDevice(this.iommu.addDevice(device, device, [stream]));
  }

  /** fastrpc_init_create_static_process gives the heap to the DSP; closing the session takes it back. */
  private *lendHeap(heap: RegionDescription): Steps {
    const { faults, ownership } = this.world;
    const { name } = this.description;
    const stale = faults.hits('F-61', name);
    const lent = yield* this.assign(heap, stale ? [HEAP_VMS[0]] : [VMID_HLOS], HEAP_VMS);
    const place = `0x${heap.pa.toString(16).padStart(16, '0')} size 0x${heap.size.toString(16)}`;
    if (lent !== 0) {
      this.log.print(
        `${this.device}: Failed to assign memory with dma_addr ${place} err ${lent}`,
        LEVEL.error,
      );
      return;
    }
    yield* sleep(100 * MS);
    if (faults.hits('F-60', name) && !ownership.isOfLinux(heap.pa)) {
      const access = { text: null, name: 'synchronous external abort', syndrome: SYNDROME.external };
      yield* oops(this.world, this.log, access);
    }
    if (!faults.hits('F-62', name)) return;
    // qcom_scm_assign_mem keeps the new owners in an int: one above 31 is gone.
    const remembered = HEAP_VMS.filter((vm) => vm < 32);
    const returned = yield* this.assign(heap, remembered, [VMID_HLOS]);
    if (returned !== 0)
      this.log.print(
        `${this.device}: Failed to assign memory dma_addr ${place} err ${returned}`,
        LEVEL.error,
      );
  }

  /** qcom_scm_assign_mem. */
  private *assign(
    { pa, size }: RegionDescription,
    from: readonly number[],
    to: readonly number[],
  ): Steps<number> {
    const buffer = yield* this.scm.allocate('assign-memory', 128 + 24 * to.length, this.description.name);
    if (buffer === undefined) return ENOMEM;
    const bytes = new Uint8Array(128 + 24 * to.length);
    const view = new DataView(bytes.buffer);
    from.forEach((vm, index) => {
      view.setUint32(4 * index, vm, true);
    });
    view.setBigUint64(64, BigInt(pa), true);
    view.setBigUint64(72, BigInt(size), true);
    to.forEach((vm, index) => {
      view.setUint32(128 + 24 * index, vm, true);
      view.setUint32(132 + 24 * index, READ_WRITE_EXECUTE, true);
    });
    this.world.memory.write(buffer.pa, bytes);
    this.world.recording.emit(
      'memory.assignment_requested',
      { agent: 'linux', subject: this.description.name },
      { pa, size, from_vms: namedVms(from), to_vms: namedVms(to), lists: buffer.pa },
    );
    const { value, readBuffer } = ARGUMENT;
    const errno = yield* this.scm.callForStatus({
      service: 0x0c,
      command: 0x16,
      args: [buffer.pa + 64, 16, buffer.pa, 4 * from.length, buffer.pa + 128, 24 * to.length, 0],
      argKinds: [readBuffer, value, readBuffer, value, readBuffer, value, value],
    });
    this.scm.pool.release(buffer);
    if (errno !== 0)
      this.log.print(`qcom_scm firmware:scm: Assign memory protection call failed ${errno}`, LEVEL.error);
    return errno;
  }
}
