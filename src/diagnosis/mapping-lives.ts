import type { BootEvent } from '../events/catalog.ts';
import type { MappingLife } from './told-things.ts';

type Accessed = Extract<BootEvent, { kind: 'remoteproc.memory_accessed' }>;

type MappingEvent = Extract<BootEvent, { kind: 'mapping.created' | 'mapping.removed' }>;

/** Mappings that are remembered after they ended; older ones are forgotten first. */
const MAPPINGS_KEPT = 100_000;

/** Accesses that are remembered: one that went through is enough. */
const ACCESSES_KEPT = 100;

/** What was mapped for whom, from when to when. Mappings of nobody who is known are left out: they are many. */
export class MappingLives {
  readonly all: MappingLife[] = [];
  /** Those that stand, by whose they are: a trace of millions of lines removes nearly all that it maps. */
  private readonly standing = new Map<string, MappingLife[]>();
  /** Accesses to what was mapped once and is no more, as long as no fault stopped them. */
  readonly afterUnmap: { readonly access: Accessed; readonly former: MappingLife }[] = [];

  apply(event: MappingEvent): void {
    const { seq, subject } = event;
    if (subject === null) return;
    if (event.kind === 'mapping.created') {
      // A mapping that failed is told with what it had mapped, often nothing.
      if (event.payload.size <= 0 || this.all.length >= MAPPINGS_KEPT) return;
      const mapping: MappingLife = { ...event.payload, seq, subject, ended: null };
      this.all.push(mapping);
      const standing = this.standing.get(subject);
      if (standing === undefined) this.standing.set(subject, [mapping]);
      else standing.push(mapping);
      return;
    }
    const { iova, removed_size } = event.payload;
    const isRemoved = (mapping: MappingLife) => iova <= mapping.iova && mapping.iova < iova + removed_size;
    const standing = this.standing.get(subject) ?? [];
    const left = standing.filter((mapping) => !isRemoved(mapping));
    if (left.length === standing.length) return;
    for (const mapping of standing) if (isRemoved(mapping)) mapping.ended = seq;
    this.standing.set(subject, left);
  }

  /** A processor reads or writes: what it may reach by then is mapped, or a fault follows. */
  access(event: Accessed): void {
    const { subject, seq } = event;
    if (subject === null || this.afterUnmap.length >= ACCESSES_KEPT) return;
    const former = this.formerAt(subject, event.payload.iova, seq);
    if (former === undefined || this.at(subject, event.payload.iova, seq) !== undefined) return;
    this.afterUnmap.push({ access: event, former });
  }

  /** The SMMU stopped the access that a fault came of. */
  stop(cause: number | null): void {
    const index = this.afterUnmap.findLastIndex(({ access }) => access.seq === cause);
    if (index >= 0) this.afterUnmap.splice(index, 1);
  }

  /** What is mapped over an address for a processor before an event. */
  at(subject: string, iova: number, seq: number): MappingLife | undefined {
    return this.all.findLast(
      (mapping) =>
        mapping.subject === subject &&
        mapping.iova <= iova &&
        iova < mapping.iova + mapping.size &&
        mapping.seq < seq &&
        (mapping.ended === null || mapping.ended > seq),
    );
  }

  /** What was mapped there once and is no more. */
  formerAt(subject: string, iova: number, seq: number): MappingLife | undefined {
    return this.all.findLast(
      (mapping) =>
        mapping.subject === subject &&
        mapping.iova <= iova &&
        iova < mapping.iova + mapping.size &&
        mapping.ended !== null &&
        mapping.ended < seq,
    );
  }

  /** What is mapped for a processor over an address and next to it before an event, and what was there once. */
  around(
    subject: string,
    iova: number,
    seq: number,
  ): { relation: 'over' | 'below' | 'above' | 'before'; seq: number }[] {
    const over = this.at(subject, iova, seq);
    if (over !== undefined) return [{ relation: 'over', seq: over.seq }];
    const live = this.all.filter(
      (mapping) =>
        mapping.subject === subject && mapping.seq < seq && (mapping.ended === null || mapping.ended > seq),
    );
    const below = live
      .filter((mapping) => mapping.iova + mapping.size <= iova)
      .reduce<MappingLife | undefined>(
        (best, mapping) => (best === undefined || mapping.iova > best.iova ? mapping : best),
        undefined,
      );
    const above = live
      .filter((mapping) => mapping.iova > iova)
      .reduce<MappingLife | undefined>(
        (best, mapping) => (best === undefined || mapping.iova < best.iova ? mapping : best),
        undefined,
      );
    const former = this.formerAt(subject, iova, seq);
    return [
      ...(former === undefined ? [] : [{ relation: 'before' as const, seq: former.seq }]),
      ...(below === undefined ? [] : [{ relation: 'below' as const, seq: below.seq }]),
      ...(above === undefined ? [] : [{ relation: 'above' as const, seq: above.seq }]),
    ];
  }
}
