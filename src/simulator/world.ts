import { SeededRandom } from '../base/seeded-random.ts';
import type { SocState } from '../soc/soc-state.ts';
import type { BootPlan } from './boot-plan.ts';
import { FaultPlan } from './fault-plan.ts';
import { Heap } from './heap.ts';
import { MemoryOwnership } from './memory-ownership.ts';
import { misdescribed } from './misdescribed-soc.ts';
import { PhysicalMemory } from './physical-memory.ts';
import { type EventListener, Recording } from './recording.ts';
import { Scheduler, type Steps, sleep } from './scheduler.ts';

/** SHA-384 of some bytes. The core imports no cryptography: whoever runs a simulation brings it. */
export type Digest = (bytes: Uint8Array) => Uint8Array;

/** What all agents of a simulation share: the clock, the events and their state, memory, and the plan. */
export class World {
  readonly plan: BootPlan;
  readonly scheduler = new Scheduler();
  readonly recording: Recording;
  readonly random: SeededRandom;
  readonly memory = new PhysicalMemory();
  readonly heap: Heap;
  readonly faults: FaultPlan;
  readonly sha384: Digest;
  readonly ownership: MemoryOwnership;
  /** How the boot ends: `done`, or what killed the machine. */
  outcome = 'done';

  constructor(plan: BootPlan, sha384: Digest, listener: EventListener) {
    this.plan = { ...plan, soc: misdescribed(plan.soc, plan.faults) };
    this.sha384 = sha384;
    this.recording = new Recording(this.scheduler, listener);
    this.random = new SeededRandom(plan.seed);
    this.heap = new Heap(this, this.plan.soc.board.heap, this.random);
    this.faults = new FaultPlan(plan.faults, this.recording);
    this.ownership = new MemoryOwnership(this);
  }

  get state(): SocState {
    return this.recording.state;
  }

  /** Spends about `ns` of virtual time: up to an eighth more, as the seed has it. */
  *spend(ns: number): Steps {
    yield* sleep(ns + this.random.below(Math.max(1, Math.floor(ns / 8))));
  }

  /** Kills the machine: the task that did it never goes on, nor does any other. */
  *die(outcome: string): Steps {
    this.outcome = outcome;
    this.scheduler.stop();
    yield* sleep(Number.POSITIVE_INFINITY);
  }

  /** Writes bytes where agents may read them, and says so. */
  write(
    about: { agent: string; subject: string | null; cause: number | null },
    purpose: string,
    pa: number,
    bytes: Uint8Array,
  ): void {
    this.memory.write(pa, bytes);
    this.recording.emit('memory.written', about, {
      purpose,
      pa,
      size: bytes.length,
      digest: hexOf(this.sha384(bytes)).slice(0, 32),
    });
  }
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
