import type { World } from '../world.ts';

const PAGE = 4096;

/** Most that the pool of the secure channel manager grows to (qcom_scm_probe: pool_config.max_size). */
const MAX_POOL_BYTES = 256 * 1024;

/** A buffer in memory that TrustZone may read. */
export interface TzBuffer {
  readonly purpose: string;
  readonly pa: number;
  readonly size: number;
  readonly subject: string | null;
}

interface Area {
  readonly pa: number;
  readonly size: number;
  /** Pages of it that are taken. */
  readonly taken: boolean[];
}

/**
 * The pool of drivers/firmware/qcom/qcom_tzmem.c with the policy to grow on demand: each area is bridged when it is
 * added and never given back. A request is served by the first area with room, the newest first, as genalloc does.
 */
export class TzmemPool {
  private readonly world: World;
  private readonly areas: Area[] = [];
  private total = 0;

  constructor(world: World) {
    this.world = world;
  }

  /** Takes a buffer from what is there; undefined where the pool has to grow first. */
  allocate(purpose: string, size: number, subject: string | null): TzBuffer | undefined {
    const pages = Math.ceil(size / PAGE);
    for (const area of this.areas) {
      const at = findRun(area.taken, pages);
      if (at === undefined) continue;
      area.taken.fill(true, at, at + pages);
      const buffer = { purpose, pa: area.pa + at * PAGE, size: pages * PAGE, subject };
      this.tell('memory.allocated', buffer);
      return buffer;
    }
    return undefined;
  }

  /** Bytes by which the pool has to grow for a request; undefined where it may not. */
  growthFor(size: number): number | undefined {
    if (this.world.faults.hits('F-58')) return undefined;
    const bytes = Math.ceil(size / PAGE) * PAGE;
    return this.total + bytes <= MAX_POOL_BYTES ? bytes : undefined;
  }

  addArea(pa: number, size: number): void {
    this.areas.unshift({ pa, size, taken: new Array<boolean>(size / PAGE).fill(false) });
    this.total += size;
  }

  release(buffer: TzBuffer): void {
    const area = this.areas.find(({ pa, size }) => buffer.pa >= pa && buffer.pa < pa + size);
    const first = area === undefined ? 0 : (buffer.pa - area.pa) / PAGE;
    area?.taken.fill(false, first, first + buffer.size / PAGE);
    this.tell('memory.freed', buffer);
  }

  private tell(kind: 'memory.allocated' | 'memory.freed', { purpose, pa, size, subject }: TzBuffer): void {
    this.world.recording.emit(kind, { agent: 'linux', subject }, { purpose, pa, size });
  }
}

function findRun(taken: readonly boolean[], pages: number): number | undefined {
  for (let at = 0; at + pages <= taken.length; at++) {
    if (taken.slice(at, at + pages).every((isTaken) => !isTaken)) return at;
  }
  return undefined;
}
