import type Database from 'better-sqlite3';
import { guarded } from './database.ts';

/** A chunk as its row tells of it, without its bytes. */
interface IndexedChunk {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly kinds: ReadonlySet<string>;
}

/**
 * Which kinds each chunk of a boot holds, remembered: each row has a page of its own, and a report asks a dozen times for
 * the few events of some kinds. Chunks are only ever appended, so that what is known stays true.
 */
export class ChunkIndex {
  private readonly known: IndexedChunk[] = [];
  /** Most chunks of a boot hold the same kinds. */
  private readonly kindSets = new Map<string, ReadonlySet<string>>();
  private readonly file: string;
  private readonly bootId: number;
  private readonly later: Database.Statement<
    [number, number],
    { first_seq: number; last_seq: number; kinds: string }
  >;

  constructor(db: Database.Database, file: string, bootId: number) {
    this.file = file;
    this.bootId = bootId;
    this.later = guarded(file, () =>
      db.prepare(
        'SELECT first_seq, last_seq, kinds FROM chunk WHERE boot_id = ? AND first_seq > ? ORDER BY first_seq',
      ),
    );
  }

  /** First seqs of the chunks that hold an event of one of the kinds, in order; what is appended meanwhile included. */
  *holding(kinds: ReadonlySet<string>, fromSeq: number): Generator<number> {
    for (let index = 0; index < this.known.length || this.learn(); index++) {
      const chunk = this.known[index];
      if (chunk === undefined || chunk.lastSeq < fromSeq) continue;
      for (const kind of chunk.kinds) {
        if (!kinds.has(kind)) continue;
        yield chunk.firstSeq;
        break;
      }
    }
  }

  /** Reads of the chunks that are not known yet; says whether there are any. */
  private learn(): boolean {
    const last = this.known.at(-1)?.firstSeq ?? 0;
    const rows = guarded(this.file, () => this.later.all(this.bootId, last));
    for (const { first_seq: firstSeq, last_seq: lastSeq, kinds } of rows)
      this.known.push({ firstSeq, lastSeq, kinds: this.kindSet(kinds) });
    return rows.length > 0;
  }

  private kindSet(text: string): ReadonlySet<string> {
    const known = this.kindSets.get(text);
    if (known !== undefined) return known;
    const kinds = new Set(text.split(' '));
    this.kindSets.set(text, kinds);
    return kinds;
  }
}
