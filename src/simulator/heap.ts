import { assert } from '../base/assert.ts';
import type { SeededRandom } from '../base/seeded-random.ts';
import type { Recording } from './recording.ts';

const PAGE = 4096;

/** Where Linux gets DMA buffers and page tables from: pages of RAM, spread by the seed as a busy allocator's are. */
export class Heap {
  private readonly owner: { readonly recording: Recording };
  private readonly range: { readonly pa: number; readonly size: number };
  private readonly random: SeededRandom;
  private next: number;
  /** Freed blocks by their number of pages, last freed first. */
  private readonly free = new Map<number, number[]>();

  constructor(
    owner: { readonly recording: Recording },
    range: { readonly pa: number; readonly size: number },
    random: SeededRandom,
  ) {
    this.owner = owner;
    this.range = range;
    this.random = random;
    this.next = range.pa + PAGE * random.below(256);
  }

  /** Takes whole pages for a purpose. `agent` is who asked. Returns the first physical address. */
  allocate(purpose: string, size: number, subject: string | null, agent = 'linux'): number {
    const pages = Math.ceil(size / PAGE);
    const pa = this.free.get(pages)?.pop() ?? this.take(pages);
    this.owner.recording.emit('memory.allocated', { agent, subject }, { purpose, pa, size: pages * PAGE });
    return pa;
  }

  release(purpose: string, pa: number, size: number, subject: string | null, agent = 'linux'): void {
    const pages = Math.ceil(size / PAGE);
    const blocks = this.free.get(pages);
    if (blocks === undefined) this.free.set(pages, [pa]);
    else blocks.push(pa);
    this.owner.recording.emit('memory.freed', { agent, subject }, { purpose, pa, size: pages * PAGE });
  }

  private take(pages: number): number {
    const pa = this.next + PAGE * this.random.below(16);
    this.next = pa + PAGE * pages;
    assert(this.next <= this.range.pa + this.range.size, 'the simulated heap is exhausted');
    return pa;
  }
}
