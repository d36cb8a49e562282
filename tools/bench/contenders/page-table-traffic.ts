import { SeededRandom } from '../../../src/base/seeded-random.ts';
import { wordFromHalves } from '../../../src/base/word.ts';
import type { NewEvent } from '../../../src/events/catalog.ts';

export const AGENTS = ['linux', 'hypervisor'] as const;
export const SUBJECTS = ['adsp', 'cdsp0', 'cdsp1', 'gpdsp0'] as const;

const FIRST_TABLE_PA = 0x8000_0000;

/** A leaf as io-pgtable-arm writes it for DMA: not global, accessed, shareable, cached; read-only has one bit more. */
const LEAF = 0xf47;
const READ_ONLY = 0x80;

/**
 * Page-table traffic without any pattern that a codec could use: each event changes one descriptor, anywhere
 * in 64K tables. Half of them map a page, a quarter unmaps one and a quarter changes one.
 * peers/insert-rows.c makes rows with the same distribution.
 */
export class PageTableTraffic {
  private readonly random: SeededRandom;
  private seq = 0;
  tNs = 0;
  agent = 0;
  subject = 0;
  /** 0 where there is none. */
  cause = 0;
  tablePa = 0;
  index = 0;
  oldHigh = 0;
  oldLow = 0;
  newHigh = 0;
  newLow = 0;
  iova = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }

  /** Makes the next event and leaves it in the properties. */
  advance(): void {
    const { random } = this;
    const table = random.below(1 << 16);
    const change = random.below(4);
    this.seq++;
    this.tNs += 200 + random.below(4000);
    this.agent = random.below(AGENTS.length);
    this.subject = random.below(SUBJECTS.length);
    // A small integer in every event: where some are doubles, the engine makes its code for event() again and again.
    this.cause = this.seq > 64 ? (this.seq - 1 - random.below(64)) | 0 : 0;
    this.index = random.below(512);
    this.tablePa = FIRST_TABLE_PA + table * 4096;
    this.iova = ((table & 0x7ff) * 512 + this.index) * 4096;
    this.oldHigh = this.oldLow = this.newHigh = this.newLow = 0;
    if (change >= 2) {
      this.oldHigh = random.below(16);
      this.oldLow = this.lowOfLeaf();
    }
    if (change !== 2) {
      this.newHigh = random.below(16);
      this.newLow = this.lowOfLeaf();
    }
  }

  /** The event that {@link advance} made, as an object. */
  event(): NewEvent {
    return {
      kind: 'page_table.entry_written',
      t_ns: this.tNs,
      agent: AGENTS[this.agent] as string,
      subject: SUBJECTS[this.subject] as string,
      cause: this.cause === 0 ? null : this.cause,
      context: null,
      source: null,
      line: null,
      payload: {
        table_pa: this.tablePa,
        index: this.index,
        level: 3,
        old: wordFromHalves(this.oldHigh, this.oldLow),
        new: wordFromHalves(this.newHigh, this.newLow),
        iova: this.iova,
      },
    };
  }

  private lowOfLeaf(): number {
    return ((this.random.below(1 << 20) << 12) | LEAF | (this.random.below(2) === 1 ? READ_ONLY : 0)) >>> 0;
  }
}
