const ENTRIES = 512;
const PAGE = 4096;
const TABLE_SPAN = ENTRIES * PAGE;
const GIB = 0x4000_0000;

/** First I/O address of each space: entry 1 of its root. */
const FIRST_IOVA = GIB;
const ROOT_PA = 0x8000_0000;

/**
 * The translation tables of some address spaces: a root at level 1, below it one table at level 2, and below that the
 * leaf tables, each of which translates 2 MiB. They are allocated from one pool, in which the page that was freed
 * first is used again first.
 */
export class LeafTables {
  readonly count: number;
  private readonly perSpace: number;
  /** Physical address of each table; 0 while it is not allocated. */
  private readonly addresses: Float64Array;
  private readonly high: Uint32Array;
  private readonly low: Uint32Array;
  private readonly freed: number[] = [];
  private nextPa: number;

  constructor(spaces: number, perSpace: number) {
    this.count = spaces * perSpace;
    this.perSpace = perSpace;
    this.addresses = new Float64Array(this.count);
    this.high = new Uint32Array(this.count * ENTRIES);
    this.low = new Uint32Array(this.count * ENTRIES);
    this.nextPa = ROOT_PA + 2 * spaces * PAGE;
  }

  spaceOf(table: number): number {
    return Math.floor(table / this.perSpace);
  }

  isLive(table: number): boolean {
    return this.paOf(table) !== 0;
  }

  paOf(table: number): number {
    return this.addresses[table] as number;
  }

  /** First I/O address that an entry of a leaf table translates. */
  iovaOf(table: number, index: number): number {
    return FIRST_IOVA + (table % this.perSpace) * TABLE_SPAN + index * PAGE;
  }

  /** The root of a space, and its one entry. */
  rootOf(space: number) {
    const pa = ROOT_PA + 2 * space * PAGE;
    return { pa, index: FIRST_IOVA / GIB, iova: FIRST_IOVA, middlePa: pa + PAGE };
  }

  /** The entry that points to a leaf table. */
  pointerTo(table: number) {
    const { middlePa } = this.rootOf(this.spaceOf(table));
    return { pa: middlePa, index: table % this.perSpace, iova: this.iovaOf(table, 0) };
  }

  allocate(table: number): number {
    let pa = this.freed.shift();
    if (pa === undefined) {
      pa = this.nextPa;
      this.nextPa += PAGE;
    }
    this.addresses[table] = pa;
    this.high.fill(0, table * ENTRIES, (table + 1) * ENTRIES);
    this.low.fill(0, table * ENTRIES, (table + 1) * ENTRIES);
    return pa;
  }

  free(table: number): void {
    this.freed.push(this.paOf(table));
    this.addresses[table] = 0;
  }

  highAt(table: number, index: number): number {
    return this.high[table * ENTRIES + index] as number;
  }

  lowAt(table: number, index: number): number {
    return this.low[table * ENTRIES + index] as number;
  }

  put(table: number, index: number, high: number, low: number): void {
    this.high[table * ENTRIES + index] = high;
    this.low[table * ENTRIES + index] = low;
  }
}
