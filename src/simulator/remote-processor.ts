import type { DevmemDescription, RegionDescription, RemoteprocDescription } from '../soc/description.ts';
import { type Steps, sleep } from './scheduler.ts';
import { FASTRPC_HEAP, SHARED_MEMORY } from './shared-memory.ts';
import type { SmmuHardware } from './smmu-hardware.ts';
import type { World } from './world.ts';

/** Bits of the word that the processor shows Linux through smp2p. */
const BIT = { fatal: 1, ready: 2, handover: 4, stopAck: 8 } as const;

const MS = 1_000_000;

/** Lines by which a processor reaches Linux. */
export interface ProcessorLines {
  readonly smp2p: (value: number) => void;
  readonly watchdog: (message: string | null) => void;
  /** The core was reset, and its word cleared. */
  readonly reset: () => void;
}

/**
 * A Hexagon core with its firmware: once released it fetches, finds its shared memory, says that it is ready, and
 * works until it is stopped, all through the SMMU. Model assumption: what firmware does, and when.
 */
export class RemoteProcessor {
  /** What it leaves in shared memory for Linux to print when it crashes. */
  crashReason: string | null = null;
  /** It died of a fatal error that another core may not survive. */
  onFatal: (reason: string) => void = () => {};
  private readonly world: World;
  private readonly smmu: SmmuHardware;
  private readonly description: RemoteprocDescription;
  private lines: ProcessorLines = { smp2p: () => {}, watchdog: () => {}, reset: () => {} };
  private word = 0;
  /** Rises with each release and hold: what an earlier life had begun ends. */
  private life = 0;
  private isUp = false;

  constructor(world: World, smmu: SmmuHardware, description: RemoteprocDescription) {
    this.world = world;
    this.smmu = smmu;
    this.description = description;
  }

  get name(): string {
    return this.description.name;
  }

  connect(lines: ProcessorLines): void {
    this.lines = lines;
  }

  /** TrustZone lets the core run from its entry point. */
  release(entry: number): void {
    this.life++;
    this.word = 0;
    this.crashReason = null;
    this.spawn(this.boot(entry, this.life));
  }

  /** TrustZone holds the core in reset. */
  hold(): void {
    this.life++;
    this.isUp = false;
    this.word = 0;
    this.lines.reset();
  }

  /** Dies a few ms from now of what killed another core. False when it is not up. */
  crashSoon(reason: string): boolean {
    if (!this.isUp) return false;
    this.spawn(this.crashLater(reason, this.life));
    return true;
  }

  private *crashLater(reason: string, life: number): Steps {
    yield* this.world.spend(6 * MS);
    if (life === this.life) this.crash(reason);
  }

  /** Linux set the bit that asks the core to stop. */
  requestStop(): void {
    if (!this.isUp || this.world.faults.hits('F-108', this.name)) return;
    this.spawn(this.acknowledgeStop(this.life));
  }

  /** The word that it shows Linux through smp2p. */
  get smp2pWord(): number {
    return this.word;
  }

  /** The boot loader started the core's own firmware: it is up when Linux comes, and keeps touching memory. */
  startBeforeLinux(): void {
    if (!this.world.faults.hits('F-100', this.name)) {
      this.isUp = true;
      this.word = BIT.ready | BIT.handover;
    }
    this.runFromBoot();
  }

  /** Firmware of the boot loader's that runs already when Linux starts (a lite image): it keeps touching memory. */
  runFromBoot(): void {
    this.life++;
    this.spawn(this.keepTouching(this.life));
  }

  private spawn(steps: Steps): void {
    this.world.scheduler.spawn({ context: null }, steps);
  }

  private *boot(entry: number, life: number): Steps {
    const { faults, plan } = this.world;
    yield* this.world.spend(2 * MS);
    if (life !== this.life || !this.access('fetch', entry, 64)) return;
    const dtb = plan.soc.reservedMemory.find(({ name }) => name === this.description.dtbCarveout);
    if (dtb !== undefined && this.description.dtbPasId !== null && !this.access('read', dtb.pa, 64)) return;
    yield* this.world.spend(30 * MS);
    const shared = this.description.resourceTable.find(({ name }) => SHARED_MEMORY.test(name));
    if (life !== this.life) return;
    if (shared !== undefined && !this.useSharedMemory(shared)) return;
    yield* this.world.spend(20 * MS);
    const region = this.carveout;
    if (life !== this.life) return;
    // The heap is the rest of the carveout, behind the image.
    if (region !== undefined && !this.access('write', region.pa + region.size - 0x1000, 64)) return;
    const added = this.description.resourceTable.findLast(({ name }) => !SHARED_MEMORY.test(name));
    if (added !== undefined && faults.attemptOf(this.name) > 1 && faults.hits('F-106', this.name)) {
      if (!this.access('read', added.pa, 4)) return;
    }
    yield* this.world.spend(40 * MS);
    if (life !== this.life || faults.hits('F-100', this.name)) return;
    if (faults.hits('F-120', this.name)) {
      this.raise(BIT.handover);
      return;
    }
    this.isUp = true;
    this.raise(faults.hits('F-103', this.name) ? BIT.ready : BIT.ready | BIT.handover);
    yield* this.misbehave(life);
  }

  /** The item of shared memory that a core looks for first, and one that it writes. */
  private useSharedMemory({ pa, size, flags }: DevmemDescription): boolean {
    if (!this.access('read', pa + (size > FIRST_ITEM ? FIRST_ITEM : size / 2), 64)) return false;
    return (flags & 2) === 0 || this.access('write', pa + 0x200, 16);
  }

  /** What may go wrong with a core that is up. */
  private *misbehave(life: number): Steps {
    const { faults, plan } = this.world;
    if (faults.hits('F-102', this.name)) {
      for (let times = 0; times < 2; times++) {
        yield* sleep(20 * MS);
        if (life === this.life) this.raise(this.word | BIT.handover);
      }
    }
    if (plan.scenario.startsWith('crash-') && faults.attemptOf(this.name) === 1) {
      yield* sleep(500 * MS);
      if (life === this.life) this.crash('qurt_fault.c:42:simulated null deref in task 0x1c');
    }
    if (faults.hitsEarly('F-105', this.name, 1)) {
      yield* sleep(500 * MS);
      if (life !== this.life || !this.isUp) return;
      const reason = 'glink_channel_migration.c:678:Assertion 0 failed';
      this.crash(reason);
      this.onFatal(reason);
    }
    if (faults.hitsEarly('F-104', this.name, 3)) {
      yield* sleep(800 * MS);
      if (life === this.life) this.lines.watchdog('SFR Init: wdog or kernel error suspected.');
    }
    if (faults.hitsEarly('F-110', this.name, 1)) {
      yield* sleep(300 * MS);
      if (life !== this.life) return;
      this.access('write', 0x4_0000, 16);
      this.isUp = false;
    }
    const heap = plan.soc.reservedMemory.find(({ name }) => FASTRPC_HEAP.test(name));
    if (heap !== undefined && faults.hitsEarly('F-65', this.name, 1)) {
      yield* sleep(300 * MS);
      if (life === this.life) this.access('write', heap.pa, 64);
    }
    if (faults.hitsEarly('F-43', this.name, 1)) {
      yield* sleep(300 * MS);
      const [bank] = this.description.computeStreams;
      if (life === this.life && bank !== undefined) this.accessAs(bank.streamId, 'read', 0xffef_f000, 64);
    }
    if (faults.hits('F-41', this.name)) yield* this.work(life);
  }

  /** Goes on with its heap until something stops it: a core that TrustZone did not stop does not notice. */
  private *work(life: number): Steps {
    const region = this.carveout;
    for (let times = 0; times < WORK_ACCESSES && life === this.life && region !== undefined; times++) {
      yield* sleep(100 * MS);
      if (!this.access('write', region.pa + region.size - 0x2000, 64)) return;
    }
  }

  private *keepTouching(life: number): Steps {
    const region = this.carveout;
    for (let times = 0; times < BOOT_FIRMWARE_ACCESSES; times++) {
      yield* this.world.spend(20 * MS);
      if (life !== this.life || region === undefined) return;
      // A core that reads nothing any more answers nobody.
      if (!this.access('read', region.pa + 0x20c0 + 0x1000 * (times % 8), 64)) this.isUp = false;
    }
  }

  private *acknowledgeStop(life: number): Steps {
    yield* this.world.spend(MS / 2);
    if (life !== this.life) return;
    this.isUp = false;
    this.raise(this.word | BIT.stopAck);
  }

  private crash(reason: string): void {
    this.crashReason = reason;
    this.isUp = false;
    this.raise(this.word | BIT.fatal);
  }

  private raise(word: number): void {
    this.word = word;
    this.lines.smp2p(word);
  }

  private get carveout(): RegionDescription | undefined {
    const { soc } = this.world.plan;
    return soc.reservedMemory.find(({ name }) => name === this.description.carveout);
  }

  private access(kind: 'read' | 'write' | 'fetch', iova: number, size: number): boolean {
    const stream = this.world.plan.soc.el2Overlay?.iommus[this.name];
    const streamId = stream?.streamId;
    // Where nobody has said what stream the core uses, the model cannot walk for it.
    return streamId === undefined || this.accessAs(streamId, kind, iova, size);
  }

  private accessAs(streamId: number, kind: 'read' | 'write' | 'fetch', iova: number, size: number): boolean {
    return this.smmu.access({ name: this.name, streamId }, kind, iova, size);
  }
}

/** Accesses that the model lets a core make that runs before Linux: enough to see a flood, few enough to read. */
const BOOT_FIRMWARE_ACCESSES = 300;

/** Accesses of a core that was not stopped, a tenth of a second apart. */
const WORK_ACCESSES = 100;

/** Where a core first looks into shared memory (OP-TEE tells of the fault at 0x90aff330 of Lemans). */
const FIRST_ITEM = 0x1f_f330;
