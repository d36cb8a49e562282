import { present } from '../../src/base/assert.ts';
import { lpaeGeometry, type Stage } from '../../src/soc/lpae.ts';
import {
  type MapPlan,
  type MapRequest,
  planMap,
  planUnmap,
  type UnmapPlan,
  type UpdateCall,
  type UpdatedTable,
} from '../../src/soc/page-table-update.ts';
import { TableMemory } from '../../src/soc/table-memory.ts';
import { type WalkResult, walkTable } from '../../src/soc/walk.ts';

const ROOT = 0x8000_0000;
const FIRST_CHILD = 0x8010_0000;

/** A table in memory, with an allocator that hands out one page after the other and takes freed ones back. */
export class SimulatedTable {
  readonly memory = new TableMemory();
  readonly table: UpdatedTable;
  readonly live = new Set<number>();
  private readonly spare: number[] = [];
  private next = FIRST_CHILD;
  /** Pages that the allocator still has. */
  budget = Number.POSITIVE_INFINITY;

  constructor(
    options: { stage?: Stage; inputBits?: number; outputBits?: number; isCoherent?: boolean } = {},
  ) {
    const { stage = 1, inputBits = 36, outputBits = 36, isCoherent = true } = options;
    const geometry = lpaeGeometry(stage, inputBits, outputBits);
    const { startLevel } = geometry;
    const read = (pa: number) => this.memory.read(pa);
    this.table = { stage, rootPa: ROOT, inputBits, outputBits, startLevel, isCoherent, read };
    this.memory.clear(ROOT, geometry.rootBytes);
  }

  map(request: MapRequest): MapPlan {
    const plan = planMap(this.table, request, () => this.allocate());
    this.apply(plan.calls);
    if (plan.rollBack !== null) this.apply(plan.rollBack.calls);
    return plan;
  }

  unmap(iova: number, size: number): UnmapPlan {
    const plan = planUnmap(this.table, { iova, size });
    this.apply(plan.calls);
    return plan;
  }

  walk(iova: number): WalkResult {
    return walkTable(this.table, iova, this.table.read);
  }

  /** Physical address for an input address; undefined where nothing is mapped. */
  paOf(iova: number): number | undefined {
    const result = this.walk(iova);
    return result.outcome === 'mapped' ? result.pa : undefined;
  }

  private allocate(): number | undefined {
    if (this.budget <= 0) return undefined;
    this.budget--;
    let page = this.spare.pop();
    if (page === undefined) {
      page = this.next;
      this.next += 4096;
    }
    this.live.add(page);
    this.memory.clear(page, 4096);
    return page;
  }

  private apply(calls: readonly UpdateCall[]): void {
    for (const { writes, freed } of calls) {
      for (const write of writes) {
        const pa = write.tablePa + write.index * 8;
        const old = present(this.memory.read(pa), 'a word that nobody knows was to change');
        if (old !== write.old) throw new Error(`a plan expects ${write.old} where there is ${old}`);
        this.memory.write(pa, write.new);
      }
      for (const page of freed) {
        if (!this.live.delete(page)) throw new Error(`page ${page} is freed twice`);
        this.spare.push(page);
      }
    }
  }
}
