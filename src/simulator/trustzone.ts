import { assert } from '../base/assert.ts';
import { alignUp } from '../base/page.ts';
import type { DevmemDescription, RemoteprocDescription } from '../soc/description.ts';
import { type ImageFlaw, type Verifier, verifyImage, verifyMetadata } from '../soc/image-verification.ts';
import { findPasPeripheral } from '../soc/pas-id.ts';
import { devmemEntries, encodeResourceTable, type ResourceEntry } from '../soc/resource-table.ts';
import { SMC_COMMAND_NAME } from '../soc/smc-command.ts';
import type { Steps } from './scheduler.ts';
import { HEAP_OWNER, SHARED_MEMORY } from './shared-memory.ts';
import { outcome, type SmcCall, type SmcOutcome, STATUS } from './smc-call.ts';
import type { World } from './world.ts';

/** What TrustZone does to a core: lets it run from its reset vector, or stops it. */
export interface CoreControl {
  release(pasId: number, entry: number): void;
  hold(pasId: number): void;
}

/** Reason code in x1 of a resource table that does not fit (BUFFER_NOT_SUFFICIENT, qcom_scm.c). */
const RESULT_BUFFER_TOO_SMALL = 20n;

const MAX_BRIDGES = 512;

const PAGE_BYTES = 0x1000;
const BLOCK_BYTES = 0x20_0000;

/** SHMBRIDGE_RESULT_NOTSUPP (qcom_scm.c). */
const BRIDGES_NOT_SUPPORTED = 4n;

const ENCRYPTING_CALLS = 4;

/** Firmware at EL3: the PAS state machine, the bridges and the few other services that a boot asks for. */
export class TrustZone {
  private readonly world: World;
  private readonly cores: CoreControl;
  private readonly verifier: Verifier;
  /** Copies of metadata in secure memory, by PAS id: Linux may reuse its buffer. */
  private readonly metadata = new Map<number, Uint8Array>();
  private readonly metadataPa = new Map<number, number>();
  /** Lite firmware that the boot loader started, by PAS id. */
  private readonly lite = new Set<number>();
  private readonly refusals = new Map<string, number>();
  private downloadMode = 0n;
  /** Entries of the table that was returned last, for the event that tells of it. */
  tableEntries: number | null = null;

  constructor(world: World, cores: CoreControl) {
    this.world = world;
    this.cores = cores;
    for (const { name, litePasId } of world.plan.soc.remoteprocs)
      if (litePasId !== null && world.faults.hits('F-79', name)) this.lite.add(litePasId);
    this.verifier = {
      soc: world.plan.soc.name,
      sha384: world.sha384,
      read: (pa, size) => world.memory.read(pa, size),
    };
  }

  /** Carries out a call. Takes the time that it takes. */
  *handle(call: SmcCall): Steps<SmcOutcome> {
    this.tableEntries = null;
    const [first = 0n, second = 0n, third = 0n, fourth = 0n, fifth = 0n] = call.args;
    switch (call.name) {
      case 'INFO_IS_CALL_AVAIL':
        yield* this.world.spend(11_000);
        return outcome(STATUS.ok, this.isAvailable(Number(first)) ? 1n : 0n);
      case SMC_COMMAND_NAME.shmBridgeEnable:
        yield* this.world.spend(10_000);
        return outcome(STATUS.ok, this.enableAnswer());
      case SMC_COMMAND_NAME.shmBridgeCreate:
        yield* this.world.spend(13_000);
        return this.createBridge(first, third, call.subject);
      case SMC_COMMAND_NAME.shmBridgeDelete:
        yield* this.world.spend(11_000);
        return this.world.state.bridges.has(first) ? outcome(STATUS.ok) : outcome(STATUS.invalidArgument);
      case SMC_COMMAND_NAME.initImage:
        yield* this.world.spend(120_000);
        return this.initImage(Number(first), Number(second));
      case SMC_COMMAND_NAME.memSetup:
        yield* this.world.spend(12_000);
        return this.setUpMemory(Number(first));
      case SMC_COMMAND_NAME.authAndReset:
        yield* this.world.spend(4_600_000);
        return yield* this.authenticate(Number(first));
      case SMC_COMMAND_NAME.shutdown:
        yield* this.world.spend(10_000);
        return this.shutDown(Number(first));
      case SMC_COMMAND_NAME.getResourceTable:
        yield* this.world.spend(16_000);
        return this.resourceTable(
          Number(first),
          Number(second),
          Number(third),
          Number(fourth),
          Number(fifth),
        );
      case 'WAITQ_GET_INFO': {
        yield* this.world.spend(12_000);
        const queues = this.world.plan.policies['wait-queues'];
        return queues === 'unsupported'
          ? outcome(STATUS.notSupported)
          : outcome(STATUS.ok, BigInt(queues), BigInt(WAIT_QUEUE_INTERRUPT));
      }
      case 'IO_READ':
        yield* this.world.spend(10_000);
        return outcome(STATUS.ok, this.downloadMode);
      case 'IO_WRITE':
        yield* this.world.spend(10_000);
        this.downloadMode = second;
        return outcome(STATUS.ok);
      case 'BOOT_SDI_CONFIG':
      case 'BOOT_SET_REMOTE_STATE':
        yield* this.world.spend(10_000);
        return outcome(STATUS.ok);
      case 'INFO_QSEECOM_VERSION': {
        yield* this.world.spend(10_000);
        const version = this.world.plan.soc.scm.qseecomVersion;
        return version === null ? outcome(STATUS.error) : outcome(STATUS.ok, BigInt(version));
      }
      case 'MP_VIDEO_VAR':
        yield* this.world.spend(14_000);
        // Without a hypervisor nobody can protect the video memory (seen on boards as EIO).
        return this.world.plan.mode.exceptionLevel === 2 ? outcome(STATUS.error) : outcome(STATUS.ok);
      case 'MP_ASSIGN':
        yield* this.world.spend(14_000);
        return outcome(this.assignAtEl2());
      default:
        yield* this.world.spend(11_000);
        return outcome(STATUS.error);
    }
  }

  private isAvailable(callId: number): boolean {
    switch (callId) {
      case 0x0200_0601:
      case 0x0200_0c1c:
        return true;
      case 0x0200_0221:
        return this.knowsResourceTables();
      default:
        return false;
    }
  }

  private enableAnswer(): bigint {
    if (this.world.faults.hits('F-08')) return 9n;
    return this.hasBridges() ? 0n : BRIDGES_NOT_SUPPORTED;
  }

  private hasBridges(): boolean {
    return this.world.plan.policies['shm-bridges'] === 'supported';
  }

  /** Without a hypervisor nobody can move memory from one VM to another. */
  private assignAtEl2(): bigint {
    const { plan, faults } = this.world;
    if (faults.hits('F-59', HEAP_OWNER)) return STATUS.notSupported;
    const isIgnored = plan.policies['assign-at-el2'] === 'ignore' || faults.hits('F-65', HEAP_OWNER);
    return isIgnored ? STATUS.ok : STATUS.notSupported;
  }

  private knowsResourceTables(): boolean {
    return this.world.plan.mode.hasResourceTableCall && !this.world.faults.hits('F-06');
  }

  private createBridge(addressAndPermissions: bigint, sizeAndFlags: bigint, subject: string): SmcOutcome {
    const { state, faults, plan } = this.world;
    const pa = Number(addressAndPermissions & ~0xfffn);
    const size = Number(sizeAndFlags & ~0xfffn);
    if (size === 0) return outcome(STATUS.invalidArgument);
    if (subject !== 'scm' && faults.hits('F-53', subject)) return outcome(STATUS.invalidAddress);
    if (state.bridges.size >= MAX_BRIDGES) return outcome(STATUS.outOfMemory);
    for (const bridge of state.bridges.values()) {
      if (pa < bridge.pa + bridge.size && bridge.pa < pa + size) return outcome(STATUS.invalidAddress);
    }
    let handle = BigInt(plan.policies['handles-start']);
    while (state.bridges.has(handle)) handle++;
    return outcome(STATUS.ok, 0n, handle);
  }

  /** Whether every byte of a buffer lies inside live bridges. */
  private isBridged(pa: number, size: number): boolean {
    if (!this.hasBridges()) return true;
    const bridges = [...this.world.state.bridges.values()].sort((a, b) => a.pa - b.pa);
    let at = pa;
    for (const bridge of bridges) {
      if (bridge.pa <= at && at < bridge.pa + bridge.size) at = bridge.pa + bridge.size;
    }
    return at >= pa + size;
  }

  private initImage(pasId: number, pa: number): SmcOutcome {
    const { plan, state, faults } = this.world;
    const subject = findPasPeripheral(pasId)?.subject ?? null;
    if (!this.isKnown(pasId)) return outcome(STATUS.invalidArgument);
    if (state.pas.get(pasId)?.step === 'running' && plan.policies['init-while-running'] === 'refuse') {
      return outcome(STATUS.error);
    }
    if (plan.policies['metadata-needs-bridge'] === 'yes' && !this.isBridged(pa, 1)) {
      return outcome(STATUS.invalidAddress);
    }
    if (subject !== null && faults.hits('F-86', subject)) return outcome(STATUS.ok, 3n);
    const verified = verifyMetadata(pa, this.verifier);
    if (!verified.ok) return outcome(statusOf(verified.reason));
    this.metadata.set(pasId, verified.metadata);
    this.metadataPa.set(pasId, pa);
    return outcome(STATUS.ok);
  }

  private isKnown(pasId: number): boolean {
    const { soc } = this.world.plan;
    return (
      soc.remoteprocs.some((processor) =>
        [processor.pasId, processor.dtbPasId, processor.litePasId, processor.liteDtbPasId].includes(pasId),
      ) || soc.clients.some((client) => client.pasId === pasId)
    );
  }

  private setUpMemory(pasId: number): SmcOutcome {
    return outcome(
      this.world.state.pas.get(pasId)?.step === 'image-initialised' ? STATUS.ok : STATUS.invalidArgument,
    );
  }

  private *authenticate(pasId: number): Steps<SmcOutcome> {
    const { plan, state, faults } = this.world;
    const pas = state.pas.get(pasId);
    const metadata = this.metadataOf(pasId);
    if (pas?.step === 'running' || this.runsLite(pasId)) return outcome(STATUS.error);
    if (pas === undefined || metadata === undefined || pas.step === 'shut-down') {
      return outcome(STATUS.invalidArgument);
    }
    if (pas.memory === null && plan.policies['mem-setup'] === 'required')
      return outcome(STATUS.invalidArgument);
    const region = pas.memory ?? this.regionOf(pasId);
    if (region === undefined) return outcome(STATUS.invalidArgument);
    if (plan.policies['carveout-needs-bridge'] === 'yes' && !this.isBridged(region.pa, region.size)) {
      return outcome(STATUS.invalidAddress);
    }
    const verified = verifyImage(metadata, region, this.verifier);
    if (!verified.ok) return outcome(statusOf(verified.reason));
    if (faults.hits('F-63', findPasPeripheral(pasId)?.subject ?? null)) {
      // A speculative read of the CPU meets memory that is locked by now: the protection unit resets the SoC.
      yield* this.world.die('reset');
    }
    this.cores.release(pasId, verified.entryPa);
    return outcome(STATUS.ok);
  }

  /** A copy from PAS_INIT_IMAGE; a firmware that keeps none reads what is there now. */
  private metadataOf(pasId: number): Uint8Array | undefined {
    const copy = this.metadata.get(pasId);
    const pa = this.metadataPa.get(pasId);
    const isCopied = !this.world.faults.hits('F-52', findPasPeripheral(pasId)?.subject ?? null);
    return copy === undefined || pa === undefined || isCopied
      ? copy
      : this.world.memory.read(pa, copy.length);
  }

  /** The core is busy with the lite firmware of the boot loader. */
  private runsLite(pasId: number): boolean {
    const processor = this.world.plan.soc.remoteprocs.find((candidate) => candidate.pasId === pasId);
    const litePasId = processor?.litePasId ?? null;
    return litePasId !== null && this.lite.has(litePasId);
  }

  /** Where firmware lies that nobody set up memory for: its region. */
  private regionOf(pasId: number): { pa: number; size: number } | undefined {
    const { soc } = this.world.plan;
    const processor = soc.remoteprocs.find((candidate) => candidate.pasId === pasId);
    const name = processor?.carveout ?? soc.clients.find((client) => client.pasId === pasId)?.carveout;
    return soc.reservedMemory.find((region) => region.name === name);
  }

  private shutDown(pasId: number): SmcOutcome {
    const { faults } = this.world;
    const { subject = null, part = null } = findPasPeripheral(pasId) ?? {};
    if (!this.isKnown(pasId)) return outcome(STATUS.invalidArgument);
    this.lite.delete(pasId);
    if (subject !== null && part === 'main' && faults.hits('F-112', subject)) return outcome(STATUS.error);
    if (subject !== null && part !== 'lite' && part !== 'lite-dtb' && faults.hits('F-41', subject))
      return outcome(STATUS.ok, 7n);
    if (subject !== null && part === 'main' && this.isEncrypting(subject))
      return outcome(STATUS.invalidArgument);
    this.cores.hold(pasId);
    this.metadata.delete(pasId);
    return outcome(STATUS.ok);
  }

  /** A crashed or stopped modem's memory is encrypted before it is given back; here that takes four calls. */
  private isEncrypting(subject: string): boolean {
    if (!this.world.faults.hits('F-109', subject)) return false;
    const refusals = (this.refusals.get(subject) ?? 0) + 1;
    this.refusals.set(subject, refusals % (ENCRYPTING_CALLS + 1));
    return refusals <= ENCRYPTING_CALLS;
  }

  private resourceTable(
    pasId: number,
    input: number,
    inputSize: number,
    output: number,
    outputSize: number,
  ): SmcOutcome {
    if (!this.knowsResourceTables())
      return outcome(UNKNOWN_CALL[this.world.plan.policies['unknown-call']] ?? STATUS.error);
    const { plan, faults } = this.world;
    const processor = plan.soc.remoteprocs.find((candidate) => candidate.pasId === pasId);
    if (processor === undefined) return outcome(STATUS.invalidArgument);
    if (
      plan.policies['metadata-needs-bridge'] === 'yes' &&
      !(this.isBridged(input, inputSize) && this.isBridged(output, outputSize))
    ) {
      return outcome(STATUS.invalidAddress);
    }
    const entries = this.entriesFor(processor);
    const table = encodeResourceTable(entries);
    if (faults.hits('F-15', processor.name))
      new DataView(table.buffer).setUint32(16, table.length + 64, true);
    let size = table.length;
    if (faults.hits('F-10', processor.name)) size = outputSize + 0x1000;
    if (faults.hits('F-11', processor.name)) size = 0x10_0000;
    if (faults.hits('F-12', processor.name)) return outcome(STATUS.ok, 0n, 0n, 0x8000_0000n);
    if (faults.hits('F-13', processor.name)) return outcome(STATUS.ok, 0n, 0n, BigInt(outputSize + 0x1000));
    if (faults.hits('F-14', processor.name)) return outcome(STATUS.ok);
    if (size > outputSize) return outcome(STATUS.error, 0n, RESULT_BUFFER_TOO_SMALL, BigInt(size));
    assert(table.length <= outputSize, 'resource table fits');
    this.world.write(
      { agent: 'trustzone', subject: processor.name, cause: null },
      'resource-table',
      output,
      table,
    );
    this.tableEntries = entries.length;
    return outcome(STATUS.ok, 0n, 0n, BigInt(table.length));
  }

  private entriesFor(processor: RemoteprocDescription): ResourceEntry[] {
    const { faults, plan } = this.world;
    const { name } = processor;
    const isSmem = (entry: DevmemDescription): boolean => SHARED_MEMORY.test(entry.name);
    let devmem = [...processor.resourceTable];
    if (faults.hits('F-16', name)) devmem = devmem.filter((entry) => !isSmem(entry));
    if (faults.hits('F-21', name))
      devmem = devmem.map((entry) => (isSmem(entry) ? { ...entry, flags: 1 } : entry));
    // The first firmware did without the last entry, and was asked for its table; the next was not.
    if (faults.hits('F-106', name)) {
      const added = devmem.findLast((entry) => !isSmem(entry));
      devmem = devmem.filter((entry) => entry !== added);
    }
    const [first] = devmem;
    if (first !== undefined) {
      if (faults.hits('F-17', name)) devmem[0] = { ...first, size: first.size + 0x80 };
      if (faults.hits('F-20', name)) devmem[0] = { ...first, flags: 4 };
      if (faults.hits('F-18', name)) devmem.push({ ...first, name: `${first.name}_again` });
    }
    const region = plan.soc.reservedMemory.find((candidate) => candidate.name === processor.carveout);
    // The entry of a devmem has 32 bits for an address.
    if (region !== undefined && region.pa + region.size <= 2 ** 32) {
      // A block or a page in the way is refused; a table where a block is wanted is replaced in silence.
      const inside = { name: 'inside_carveout', pa: alignUp(region.pa, BLOCK_BYTES), flags: 3 };
      if (faults.hits('F-19', name)) devmem.push({ ...inside, size: BLOCK_BYTES });
      if (faults.hits('F-121', name)) devmem.push({ ...inside, size: PAGE_BYTES });
    }
    const entries = devmemEntries(devmem);
    if (faults.hits('F-23', name)) {
      const { pa, size } = plan.soc.board.heap;
      entries.push(...devmemEntries([{ name: 'all_of_ram', pa, size, flags: 3 }]));
    }
    if (faults.hits('F-24', name)) entries.push({ type: 'other', typeNumber: 7, payload: new Uint8Array(8) });
    return entries;
  }
}

/** SPI that WAITQ_GET_INFO names. */
const WAIT_QUEUE_INTERRUPT = 39;

/** What a call that firmware does not know is answered with. */
const UNKNOWN_CALL: Readonly<Record<string, bigint>> = {
  error: STATUS.error,
  unsupported: STATUS.notSupported,
};

/** Status for each reason to refuse an image (assumption: the codes are not public). */
function statusOf(reason: ImageFlaw): bigint {
  return reason === 'metadata-unreadable' ? STATUS.invalidAddress : STATUS.invalidArgument;
}
