import { SeededRandom } from '../../../src/base/seeded-random.ts';
import type { Kind, NewEvent, PayloadOf } from '../../../src/events/catalog.ts';
import { BootWriter } from '../../../src/store/boot-writer.ts';
import { closeWritten, openForWriting } from '../../../src/store/database.ts';
import { LeafTables } from './leaf-tables.ts';

/** Where page-table traffic goes: to neighbouring entries of few tables at a time, or anywhere. */
export type Traffic = 'local' | 'uniform';

export interface BootTrafficOptions {
  /** Events of the boot, all told. */
  readonly events: number;
  readonly traffic: Traffic;
  readonly seed: number;
}

/** What a boot was written with. */
export interface WrittenTraffic {
  readonly events: number;
  readonly liveMappings: number;
  readonly liveMappingsMax: number;
}

const ENTRY = 'page_table.entry_written';
const CREATED = 'mapping.created';
const REMOVED = 'mapping.removed';

export const PROCESSORS = ['adsp', 'cdsp', 'cdsp1', 'gpdsp0'] as const;
const POOL_PA = 0xc000_0000;
const BUFFER_PA = 0xd000_0000;

/** Read and write; cached too for what `local` maps. */
const PROTECTION = 7;
/** PAS_GET_RSCTABLE of the peripheral authentication service, 64-bit and yielding. */
const CALL = { function_id: 0x4200_0221, service: 2, command: 0x21 } as const;

/** Slots of a leaf table: what `local` maps begins with one, and may fill it. */
const SLOT_PAGES = { local: 4, uniform: 1 } as const;
/** Half of all slots are mapped when map and unmap are in balance, which is some 100 000. */
const TABLES_PER_SPACE = { local: 400, uniform: 100 } as const;
/** Calls that stay near one place, in `local`. */
const CALLS_IN_PLACE = 128;

/**
 * Writes one boot of page-table traffic into a fresh history, as a driver that streams through the SMMU makes it:
 * mappings and the descriptors behind them, tables that are allocated, freed and used again, and now and then an SMC
 * with its buffer and bridge, and a line of the kernel log. `old` of each descriptor is what was there before. The
 * same options give the same events.
 */
export function writeBootTraffic(file: string, options: BootTrafficOptions): WrittenTraffic {
  const db = openForWriting(file, { create: true });
  const writer = BootWriter.begin(db, file, { name: `bench ${options.traffic}`, origin: 'simulation' });
  const boot = new TrafficBoot(writer, options);
  boot.run();
  writer.finish();
  closeWritten(db);
  const { liveMappings, liveMappingsMax } = boot;
  return { events: options.events, liveMappings, liveMappingsMax };
}

/** Ends a boot in the middle of whatever it does. */
class Enough extends Error {}

class TrafficBoot {
  liveMappings = 0;
  liveMappingsMax = 0;
  private readonly writer: BootWriter;
  private readonly events: number;
  private readonly traffic: Traffic;
  private readonly random: SeededRandom;
  private readonly tables: LeafTables;
  /** Pages of the mapping that begins with a slot; 0 where none does. */
  private readonly mapped: Uint8Array;
  private readonly slotPages: number;
  private readonly slotsPerTable: number;
  private readonly push: Pushers;
  private written = 0;
  private tNs = 1_000_000_000;
  private calls = 0;
  private table = 0;
  private slot = 0;
  private callsLeft = 0;

  constructor(writer: BootWriter, { events, traffic, seed }: BootTrafficOptions) {
    this.writer = writer;
    this.events = events;
    this.traffic = traffic;
    this.random = new SeededRandom(seed);
    this.slotPages = SLOT_PAGES[traffic];
    this.slotsPerTable = 512 / this.slotPages;
    this.tables = new LeafTables(PROCESSORS.length, TABLES_PER_SPACE[traffic]);
    this.mapped = new Uint8Array(this.tables.count * this.slotsPerTable);
    this.push = pushersOf(writer);
  }

  run(): void {
    try {
      this.begin();
      for (;;) {
        this.calls++;
        if (this.calls % 64 === 0) this.callFirmware();
        if (this.calls % 32 === 0) this.log(`usb 1-1: transfer ${this.calls} done`);
        if (this.traffic === 'local') this.goOn();
        else {
          this.table = this.random.below(this.tables.count);
          this.slot = this.random.below(this.slotsPerTable);
        }
        this.toggle();
      }
    } catch (error) {
      if (!(error instanceof Enough)) throw error;
    }
  }

  /** The next slot, and now and then another place; what is left behind is sometimes unmapped as a whole. */
  private goOn(): void {
    this.slot = (this.slot + 1) % this.slotsPerTable;
    if (this.callsLeft-- > 0) return;
    if (this.random.below(16) === 0) this.freeTable();
    this.callsLeft = CALLS_IN_PLACE + this.random.below(CALLS_IN_PLACE);
    this.table = this.random.below(this.tables.count);
    this.slot = this.random.below(this.slotsPerTable);
  }

  /** Maps what is not mapped, and unmaps what is, or changes it. */
  private toggle(): void {
    const { tables, table, slot, mapped } = this;
    const at = table * this.slotsPerTable + slot;
    const pages = mapped[at] as number;
    if (pages === 0) {
      // Half of the slots: else all that lie next to each other would be mapped, then all unmapped.
      if (this.traffic === 'local' && this.random.below(2) === 0) return;
      this.map(at);
      return;
    }
    if (this.traffic === 'local' && this.random.below(2) === 0) return;
    if (this.traffic === 'uniform' && this.random.below(8) === 0) {
      const low = tables.lowAt(table, slot) ^ READ_ONLY;
      this.writeEntry(table, slot, tables.highAt(table, slot), low >>> 0);
      return;
    }
    this.unmap(at, pages);
  }

  private map(at: number): void {
    const { table, tables, random } = this;
    if (!tables.isLive(table)) this.allocateTable(table);
    const pages = this.slotPages === 1 ? 1 : 1 + random.below(this.slotPages);
    const index = this.slot * this.slotPages;
    const pa = BUFFER_PA + random.below(1 << 20) * 4096;
    this.mapped[at] = pages;
    this.push.created(this.next(), this.processor, tables.iovaOf(table, index), pa, pages * 4096);
    this.wrote();
    this.liveMappings++;
    this.liveMappingsMax = Math.max(this.liveMappingsMax, this.liveMappings);
    for (let page = 0; page < pages; page++) {
      const leaf = pa + page * 4096;
      this.writeEntry(table, index + page, Math.floor(leaf / 2 ** 32), (leaf % 2 ** 32) + LEAF);
    }
  }

  private unmap(at: number, pages: number): void {
    const { table, tables } = this;
    const index = this.slot * this.slotPages;
    this.mapped[at] = 0;
    for (let page = 0; page < pages; page++) this.writeEntry(table, index + page, 0, 0);
    this.push.removed(this.next(), this.processor, tables.iovaOf(table, index), pages * 4096);
    this.wrote();
    this.liveMappings--;
  }

  private get processor(): number {
    return this.tables.spaceOf(this.table);
  }

  private writeEntry(table: number, index: number, high: number, low: number): void {
    const { tables } = this;
    this.push.entry(
      this.next(),
      tables.spaceOf(table),
      tables.paOf(table),
      index,
      3,
      tables.highAt(table, index),
      tables.lowAt(table, index),
      high,
      low,
      tables.iovaOf(table, index),
    );
    tables.put(table, index, high, low);
    this.wrote();
  }

  private allocateTable(table: number): void {
    const { tables } = this;
    const pa = tables.allocate(table);
    this.append('memory.allocated', 'linux', this.processor, { purpose: 'page-table', pa, size: 4096 });
    this.writePointer(table, 0, pa + TABLE_ENTRY);
  }

  /** One unmap of all that a table translates: its entry is cleared, and its words stay until it is used again. */
  private freeTable(): void {
    const { table, tables } = this;
    if (!tables.isLive(table)) return;
    const pa = tables.paOf(table);
    this.writePointer(table, pa + TABLE_ENTRY, 0);
    tables.free(table);
    const slots = this.mapped.subarray(table * this.slotsPerTable, (table + 1) * this.slotsPerTable);
    this.push.removed(this.next(), this.processor, tables.iovaOf(table, 0), 512 * 4096);
    this.wrote();
    for (const pages of slots) if (pages > 0) this.liveMappings--;
    slots.fill(0);
    this.append('memory.freed', 'linux', this.processor, { purpose: 'page-table', pa, size: 4096 });
  }

  private writePointer(table: number, oldWord: number, newWord: number): void {
    const { tables } = this;
    const space = tables.spaceOf(table);
    const { pa, index, iova } = tables.pointerTo(table);
    this.push.entry(
      this.next(),
      space,
      pa,
      index,
      2,
      Math.floor(oldWord / 2 ** 32),
      oldWord % 2 ** 32,
      Math.floor(newWord / 2 ** 32),
      newWord % 2 ** 32,
      iova,
    );
    this.wrote();
  }

  private begin(): void {
    const { tables } = this;
    this.append('boot.started', 'simulator', null, {
      origin: 'simulation',
      soc: 'lemans',
      board: null,
      mode: 'el2',
      kernel: null,
      scenario: null,
      seed: null,
    });
    PROCESSORS.forEach((processor, space) => {
      const root = tables.rootOf(space);
      this.append('page_table.created', 'linux', space, {
        root_pa: root.pa,
        stage: 1,
        address_bits: 36,
        start_level: 1,
        owner: 'linux',
        space: processor,
      });
      this.push.entry(
        this.next(),
        space,
        root.pa,
        root.index,
        1,
        0,
        0,
        0,
        root.middlePa + TABLE_ENTRY,
        root.iova,
      );
      this.wrote();
    });
  }

  /** A call with a buffer, over which there is a bridge while the firmware looks at it. */
  private callFirmware(): void {
    const space = this.random.below(PROCESSORS.length);
    const pa = POOL_PA + this.random.below(4096) * 4096;
    const handle = BigInt(0x1000 + this.calls);
    const buffer = { purpose: 'metadata', pa, size: 4096 };
    this.append('memory.allocated', 'linux', space, buffer);
    this.append('shm_bridge.created', 'trustzone', space, {
      handle,
      pa,
      size: 4096,
      ns_permissions: 6,
      s_permissions: 6,
    });
    const requested = this.append('smc.requested', 'linux', space, {
      ...CALL,
      arg_count: 2,
      arg0: BigInt(space + 1),
      arg1: BigInt(pa),
      arg2: null,
      arg3: null,
      arg4: null,
      arg5: null,
      conduit: 'smc',
    });
    this.append(
      'smc.returned',
      'trustzone',
      space,
      {
        function_id: CALL.function_id,
        transport_error: 0,
        status: 0n,
        result0: 0n,
        result1: 0n,
        result2: 0x88n,
      },
      requested,
    );
    this.append('shm_bridge.deleted', 'trustzone', space, { handle });
    this.append('memory.freed', 'linux', space, buffer);
  }

  private log(text: string): void {
    this.append('log.printed', 'linux', null, { level: 6, text });
  }

  private append<K extends Kind>(
    kind: K,
    agent: string,
    space: number | null,
    payload: PayloadOf<K>,
    cause: number | null = null,
  ): number {
    const subject = space === null ? null : (PROCESSORS[space] ?? null);
    const t_ns = this.next();
    const event = { kind, t_ns, agent, subject, cause, context: null, source: null, line: null, payload };
    const seq = this.writer.builder.append(event as NewEvent);
    this.wrote();
    return seq;
  }

  /** Time of the next event. */
  private next(): number {
    if (this.written === this.events) throw new Enough();
    this.tNs += 200 + this.random.below(4000);
    return this.tNs;
  }

  private wrote(): void {
    this.written++;
    if (this.writer.builder.isFull) this.writer.flush();
  }
}

/** A page as io-pgtable-arm writes it for DMA: not global, accessed, shareable, cached. */
const LEAF = 0xf47;
const READ_ONLY = 0x80;
const TABLE_ENTRY = 3;

type Pushers = ReturnType<typeof pushersOf>;

/** The commonest kinds value by value, as importers write them. */
function pushersOf({ builder }: BootWriter) {
  const agent = builder.symbol('linux');
  const processors = PROCESSORS.map((processor) => builder.symbol(processor));
  const idOf = (space: number) => processors[space] as number;
  const entry = {
    kind: builder.kindIndex(ENTRY),
    tablePa: builder.column(ENTRY, 'table_pa', 'integer'),
    index: builder.column(ENTRY, 'index', 'integer'),
    level: builder.column(ENTRY, 'level', 'integer'),
    before: builder.column(ENTRY, 'old', 'word'),
    after: builder.column(ENTRY, 'new', 'word'),
    iova: builder.column(ENTRY, 'iova', 'integer'),
  };
  const created = {
    kind: builder.kindIndex(CREATED),
    space: builder.column(CREATED, 'space', 'symbol'),
    iova: builder.column(CREATED, 'iova', 'integer'),
    pa: builder.column(CREATED, 'pa', 'integer'),
    size: builder.column(CREATED, 'size', 'integer'),
    protection: builder.column(CREATED, 'protection', 'integer'),
  };
  const removed = {
    kind: builder.kindIndex(REMOVED),
    space: builder.column(REMOVED, 'space', 'symbol'),
    iova: builder.column(REMOVED, 'iova', 'integer'),
    size: builder.column(REMOVED, 'size', 'integer'),
    removedSize: builder.column(REMOVED, 'removed_size', 'integer'),
  };
  const begin = (kind: number, tNs: number, space: number) =>
    builder.begin(kind, tNs, agent, idOf(space), Number.NaN, -1, Number.NaN, Number.NaN);
  return {
    entry: (
      tNs: number,
      space: number,
      tablePa: number,
      index: number,
      level: number,
      oldHigh: number,
      oldLow: number,
      newHigh: number,
      newLow: number,
      iova: number,
    ): void => {
      begin(entry.kind, tNs, space);
      entry.tablePa.push(tablePa);
      entry.index.push(index);
      entry.level.push(level);
      entry.before.push(oldHigh, oldLow);
      entry.after.push(newHigh, newLow);
      entry.iova.push(iova);
    },
    created: (tNs: number, space: number, iova: number, pa: number, size: number): void => {
      begin(created.kind, tNs, space);
      created.space.push(idOf(space));
      created.iova.push(iova);
      created.pa.push(pa);
      created.size.push(size);
      created.protection.push(PROTECTION);
    },
    removed: (tNs: number, space: number, iova: number, size: number): void => {
      begin(removed.kind, tNs, space);
      removed.space.push(idOf(space));
      removed.iova.push(iova);
      removed.size.push(size);
      removed.removedSize.push(size);
    },
  };
}
