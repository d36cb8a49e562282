import { type LpaeGeometry, lpaeGeometry, type Stage } from '../soc/lpae.ts';
import {
  type DescriptorWrite,
  planMap,
  planUnmap,
  type UnmapPlan,
  type UpdateCall,
} from '../soc/page-table-update.ts';
import type { World } from './world.ts';

/** Who does something, for whom, and why: what the events of one action share. */
export interface Actor {
  readonly agent: string;
  readonly subject: string | null;
  readonly cause?: number | null;
  readonly context?: string | null;
}

interface SpaceSpec {
  /** Name of the space in events, such as `adsp`. */
  readonly name: string;
  readonly stage: Stage;
  readonly addressBits: number;
  readonly outputBits: number;
  readonly isCoherent: boolean;
  readonly owner: 'linux' | 'hypervisor';
}

/** A translation table in simulated memory: each map and unmap is the descriptor writes that it is made of. */
export class AddressSpace {
  readonly name: string;
  readonly rootPa: number;
  readonly geometry: LpaeGeometry;
  private readonly world: World;
  private readonly spec: SpaceSpec;
  private readonly tables: number[] = [];

  private constructor(world: World, spec: SpaceSpec, geometry: LpaeGeometry, rootPa: number) {
    this.world = world;
    this.spec = spec;
    this.name = spec.name;
    this.geometry = geometry;
    this.rootPa = rootPa;
  }

  static create(world: World, actor: Actor, spec: SpaceSpec): AddressSpace {
    const geometry = lpaeGeometry(spec.stage, spec.addressBits, spec.outputBits);
    const rootPa = world.heap.allocate(
      'page-table',
      geometry.rootAllocationBytes,
      actor.subject,
      actor.agent,
    );
    world.recording.emit('page_table.created', actor, {
      root_pa: rootPa,
      stage: spec.stage,
      address_bits: spec.addressBits,
      start_level: geometry.startLevel,
      owner: spec.owner,
      space: spec.name,
    });
    return new AddressSpace(world, spec, geometry, rootPa);
  }

  /** iommu_map: 0, or a negative error number; what an error left behind has been undone. */
  map(actor: Actor, iova: number, pa: number, size: number, protection: number): number {
    const plan = planMap(this.table(), { iova, pa, size, protection }, () => this.allocateTable(actor));
    const { recording } = this.world;
    for (const call of plan.calls) {
      const cause = recording.emit('page_table.pages_mapped', actor, {
        iova: call.iova,
        pa: call.pa,
        page_size: call.pageSize,
        count: call.count,
        protection,
      });
      this.apply(actor, call.writes, cause);
    }
    recording.emit('mapping.created', actor, { space: this.name, iova, pa, size: plan.mapped, protection });
    if (plan.rollBack !== null) this.tellUnmap(actor, iova, plan.mapped, plan.rollBack);
    return plan.errno;
  }

  /** iommu_unmap: bytes that were unmapped. */
  unmap(actor: Actor, iova: number, size: number): number {
    const plan = planUnmap(this.table(), { iova, size });
    this.tellUnmap(actor, iova, size, plan);
    return plan.unmapped;
  }

  /** Frees all tables: nothing may translate through them any more. */
  destroy(actor: Actor): void {
    this.world.recording.emit('page_table.destroyed', actor, { root_pa: this.rootPa });
    const { heap } = this.world;
    for (const pa of this.tables) heap.release('page-table', pa, 4096, actor.subject, actor.agent);
    heap.release('page-table', this.rootPa, this.geometry.rootAllocationBytes, actor.subject, actor.agent);
  }

  private tellUnmap(actor: Actor, iova: number, size: number, plan: UnmapPlan): void {
    const { recording } = this.world;
    for (const call of plan.calls) {
      const cause = recording.emit('page_table.pages_unmapped', actor, {
        iova: call.iova,
        page_size: call.pageSize,
        count: call.count,
      });
      this.apply(actor, call.writes, cause);
      this.invalidate(actor, call, cause);
    }
    recording.emit('mapping.removed', actor, { space: this.name, iova, size, removed_size: plan.unmapped });
  }

  /** One event for what the driver does leaf by leaf, with a sync at the end. */
  private invalidate(actor: Actor, call: UpdateCall, cause: number): void {
    if (call.done === 0) return;
    this.world.recording.emit(
      'page_table.tlb_invalidated',
      { ...actor, cause },
      {
        scope: 'address',
        asid: null,
        iova: call.iova,
        size: call.done * call.pageSize,
      },
    );
  }

  private apply(actor: Actor, writes: readonly DescriptorWrite[], cause: number): void {
    const about = { ...actor, cause };
    for (const write of writes) {
      this.world.recording.emit('page_table.entry_written', about, {
        table_pa: write.tablePa,
        index: write.index,
        level: write.level,
        old: write.old,
        new: write.new,
        iova: write.iova,
      });
    }
  }

  private allocateTable(actor: Actor): number {
    const pa = this.world.heap.allocate('page-table', 4096, actor.subject, actor.agent);
    this.tables.push(pa);
    return pa;
  }

  private table() {
    const { stage, addressBits, outputBits, isCoherent } = this.spec;
    const { tableMemory } = this.world.state;
    return {
      rootPa: this.rootPa,
      stage,
      startLevel: this.geometry.startLevel,
      inputBits: addressBits,
      outputBits,
      isCoherent,
      read: (pa: number) => tableMemory.read(pa),
    };
  }
}
