import { PAGE_SIZE } from '../base/page.ts';
import { SegmentedNumbers } from './segmented-numbers.ts';

/** Keeps the numbers of mappings, each by the number of its entry, and which entry follows on each in a list. */
export interface MappingNumbers {
  /** Entries that there is room for. */
  readonly capacity: number;
  grow(): void;
  /** An entry that nothing follows on. False, having changed nothing, where the numbers are none that it can keep. */
  set(entry: number, iova: number, size: number, pa: number, since: number, useId: number): boolean;
  iovaOf(entry: number): number;
  sizeOf(entry: number): number;
  paOf(entry: number): number;
  sinceOf(entry: number): number;
  useIdOf(entry: number): number;
  nextOf(entry: number): number;
  linkNext(entry: number, next: number): void;
}

/** Follows on the last entry of a list. */
const NO_NEXT = -1;

const USE_BITS = 12;
const USES = 1 << USE_BITS;
const SIZE_PAGES = 2 ** (32 - USE_BITS);

const NEXT = 0;
const IOVA = 1;
const PA = 2;
const SINCE = 3;
/** Pages, of which there is at least one, and below them the use. */
const SIZE_AND_USE = 4;
const PACKED_WIDTH = 5;

/**
 * Mappings of whole pages in twenty bytes each: a boot may leave a million of them behind. That is enough for 44 bits of
 * address, 4 GiB, four billion events and 4096 uses.
 */
export class PackedMappingNumbers implements MappingNumbers {
  private readonly words = new SegmentedNumbers(Uint32Array, PACKED_WIDTH);

  get capacity(): number {
    return this.words.capacity;
  }

  grow(): void {
    this.words.grow();
  }

  set(entry: number, iova: number, size: number, pa: number, since: number, useId: number): boolean {
    const iovaPage = iova / PAGE_SIZE;
    const paPage = pa / PAGE_SIZE;
    const morePages = size / PAGE_SIZE - 1;
    // Whether each is whole and not too long: written out, since calls of a function are dear until it is compiled.
    const isPacked =
      iovaPage >>> 0 === iovaPage &&
      paPage >>> 0 === paPage &&
      since >>> 0 === since &&
      morePages >>> 0 === morePages &&
      morePages < SIZE_PAGES &&
      useId < USES;
    if (!isPacked) return false;
    const words = this.words.segmentOf(entry);
    const at = this.words.placeOf(entry);
    words[at + NEXT] = NO_NEXT;
    words[at + IOVA] = iovaPage;
    words[at + PA] = paPage;
    words[at + SINCE] = since;
    words[at + SIZE_AND_USE] = (morePages << USE_BITS) | useId;
    return true;
  }

  iovaOf(entry: number): number {
    return this.wordOf(entry, IOVA) * PAGE_SIZE;
  }

  sizeOf(entry: number): number {
    return ((this.wordOf(entry, SIZE_AND_USE) >>> USE_BITS) + 1) * PAGE_SIZE;
  }

  paOf(entry: number): number {
    return this.wordOf(entry, PA) * PAGE_SIZE;
  }

  sinceOf(entry: number): number {
    return this.wordOf(entry, SINCE);
  }

  useIdOf(entry: number): number {
    return this.wordOf(entry, SIZE_AND_USE) & (USES - 1);
  }

  nextOf(entry: number): number {
    return this.wordOf(entry, NEXT) | 0;
  }

  linkNext(entry: number, next: number): void {
    this.words.segmentOf(entry)[this.words.placeOf(entry) + NEXT] = next;
  }

  private wordOf(entry: number, field: number): number {
    return this.words.segmentOf(entry)[this.words.placeOf(entry) + field] as number;
  }
}

const SIZE = 4;
const USE = 5;
const WHOLE_WIDTH = 6;

/** Mappings of any numbers, in 48 bytes each: what a damaged log tells of need be no pages, nor an address. */
export class WholeMappingNumbers implements MappingNumbers {
  private readonly numbers = new SegmentedNumbers(Float64Array, WHOLE_WIDTH);

  get capacity(): number {
    return this.numbers.capacity;
  }

  grow(): void {
    this.numbers.grow();
  }

  set(entry: number, iova: number, size: number, pa: number, since: number, useId: number): boolean {
    const numbers = this.numbers.segmentOf(entry);
    const at = this.numbers.placeOf(entry);
    numbers[at + NEXT] = NO_NEXT;
    numbers[at + IOVA] = iova;
    numbers[at + PA] = pa;
    numbers[at + SINCE] = since;
    numbers[at + SIZE] = size;
    numbers[at + USE] = useId;
    return true;
  }

  iovaOf(entry: number): number {
    return this.numberOf(entry, IOVA);
  }

  sizeOf(entry: number): number {
    return this.numberOf(entry, SIZE);
  }

  paOf(entry: number): number {
    return this.numberOf(entry, PA);
  }

  sinceOf(entry: number): number {
    return this.numberOf(entry, SINCE);
  }

  useIdOf(entry: number): number {
    return this.numberOf(entry, USE);
  }

  nextOf(entry: number): number {
    return this.numberOf(entry, NEXT);
  }

  linkNext(entry: number, next: number): void {
    this.numbers.segmentOf(entry)[this.numbers.placeOf(entry) + NEXT] = next;
  }

  private numberOf(entry: number, field: number): number {
    return this.numbers.segmentOf(entry)[this.numbers.placeOf(entry) + field] as number;
  }
}
