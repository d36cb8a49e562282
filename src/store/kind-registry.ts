import type Database from 'better-sqlite3';
import * as z from 'zod';
import { present } from '../base/assert.ts';
import { InputError } from '../base/input-error.ts';
import { type AnyDefinition, findDefinition } from '../events/catalog.ts';
import { describeKind, type StoredKind } from '../events/stored-kind.ts';
import { bytesOf } from './bytes-column.ts';
import { kindDigest } from './chain.ts';

const fieldsSchema = z.array(
  z.strictObject({
    name: z.string().regex(/^[a-z_][a-z0-9_]*$/),
    storage: z.enum(['integer', 'word', 'symbol', 'text', 'flag']),
  }),
);

/** Row of the `event_kind` table. */
export interface KindRow {
  readonly kind_id: number;
  readonly kind: string;
  readonly version: number;
  readonly fields: string;
  readonly sha256: Uint8Array;
}

export function readKindRows(db: Database.Database): KindRow[] {
  return db
    .prepare<[], KindRow>(
      `SELECT kind_id, kind, version, fields, ${bytesOf('sha256')} FROM event_kind ORDER BY kind_id`,
    )
    .all();
}

/** A row as a description, or undefined when its text is no such thing. */
export function parseKindRow(row: KindRow): StoredKind | undefined {
  try {
    const fields = fieldsSchema.parse(JSON.parse(row.fields));
    return { kindId: row.kind_id, kind: row.kind, version: row.version, fields };
  } catch {
    return undefined;
  }
}

/** What stands in the way of reading events of a stored kind with the definitions that this trace has. */
export function whyUnreadable(row: KindRow): string | undefined {
  const stored = parseKindRow(row);
  if (stored === undefined)
    return `has a damaged description of kind ${row.kind} (event_kind row ${row.kind_id})`;
  const definition = findDefinition(row.kind);
  if (definition === undefined || definition.version < row.version) {
    return `holds events of kind ${row.kind} version ${row.version}, which needs a newer trace`;
  }
  // One version has one meaning: reading on would take one field for another.
  const known = describeKind(definition, row.kind_id);
  if (definition.version === row.version && JSON.stringify(stored.fields) !== JSON.stringify(known.fields)) {
    return `describes kind ${row.kind} version ${row.version} in another way than this trace`;
  }
  return undefined;
}

/**
 * The kinds that a file describes, by id. Read once; a kind that this trace does not know, or knows only in
 * an older version, means that the file is newer than we are.
 */
export function loadKinds(db: Database.Database, file: string): Map<number, StoredKind> {
  const kinds = new Map<number, StoredKind>();
  for (const row of readKindRows(db)) {
    const problem = whyUnreadable(row);
    if (problem !== undefined) throw new InputError(problem, { file });
    kinds.set(row.kind_id, present(parseKindRow(row), 'a readable row'));
  }
  return kinds;
}

/** Gives kinds their ids in a file, describing each in the file before its first event. Call inside a transaction. */
export class KindRegistry {
  private readonly db: Database.Database;
  private readonly file: string;
  private readonly byKind = new Map<string, StoredKind>();
  /** Digests of the descriptions in the file when they were last read. */
  private digests: string | undefined;

  constructor(db: Database.Database, file: string) {
    this.db = db;
    this.file = file;
  }

  /** Looks again: another process may have described kinds, and a transaction rolled back may have undone ours. */
  refresh(): void {
    const digests = readKindRows(this.db)
      .map(({ sha256 }) => Buffer.from(sha256).toString('latin1'))
      .join('');
    if (digests === this.digests) return;
    this.digests = digests;
    this.byKind.clear();
    for (const stored of loadKinds(this.db, this.file).values())
      this.byKind.set(key(stored.kind, stored.version), stored);
  }

  storedKind(definition: AnyDefinition): StoredKind {
    const known = this.byKind.get(key(definition.kind, definition.version));
    if (known !== undefined) return known;
    const kindId = Number(
      this.db.prepare('SELECT ifnull(max(kind_id), 0) + 1 FROM event_kind').pluck().get(),
    );
    const stored = describeKind(definition, kindId);
    this.db
      .prepare('INSERT INTO event_kind (kind_id, kind, version, fields, sha256) VALUES (?, ?, ?, ?, ?)')
      .run(kindId, stored.kind, stored.version, JSON.stringify(stored.fields), kindDigest(stored));
    this.byKind.set(key(stored.kind, stored.version), stored);
    // What is known is more than was read now, and less where this transaction comes to nothing.
    this.digests = undefined;
    return stored;
  }
}

function key(kind: string, version: number): string {
  return `${kind} ${version}`;
}
