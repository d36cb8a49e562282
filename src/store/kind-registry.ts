import type Database from 'better-sqlite3';
import { z } from 'zod';
import { InputError } from '../base/input-error.ts';
import { type AnyDefinition, findDefinition } from '../events/catalog.ts';
import { describeKind, type StoredKind } from '../events/chunk-view.ts';
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
  return db.prepare<[], KindRow>('SELECT kind_id, kind, version, fields, sha256 FROM event_kind ORDER BY kind_id').all();
}

export function parseKindRow(row: KindRow): StoredKind {
  return { kindId: row.kind_id, kind: row.kind, version: row.version, fields: fieldsSchema.parse(JSON.parse(row.fields)) };
}

/**
 * The kinds that a file describes, by id. Read once; a kind that this trace does not know, or knows only in
 * an older version, means that the file is newer than we are.
 */
export function loadKinds(db: Database.Database, file: string): Map<number, StoredKind> {
  const kinds = new Map<number, StoredKind>();
  for (const row of readKindRows(db)) {
    const definition = findDefinition(row.kind);
    if (definition === undefined || definition.version < row.version) {
      throw new InputError(`holds events of kind ${row.kind} version ${row.version}, which needs a newer trace`, { file });
    }
    kinds.set(row.kind_id, parseKindRow(row));
  }
  return kinds;
}

/** Gives kinds their ids in a file, describing each in the file before its first event. Call inside a transaction. */
export class KindRegistry {
  private readonly db: Database.Database;
  private readonly byKind = new Map<string, StoredKind>();

  constructor(db: Database.Database) {
    this.db = db;
  }

  /** Looks again: another process may have described kinds, and a transaction rolled back may have undone ours. */
  refresh(): void {
    this.byKind.clear();
    for (const row of readKindRows(this.db)) {
      const stored = parseKindRow(row);
      this.byKind.set(key(stored.kind, stored.version), stored);
    }
  }

  storedKind(definition: AnyDefinition): StoredKind {
    const known = this.byKind.get(key(definition.kind, definition.version));
    if (known !== undefined) return known;
    const kindId = Number(this.db.prepare('SELECT ifnull(max(kind_id), 0) + 1 FROM event_kind').pluck().get());
    const stored = describeKind(definition, kindId);
    this.db
      .prepare('INSERT INTO event_kind (kind_id, kind, version, fields, sha256) VALUES (?, ?, ?, ?, ?)')
      .run(kindId, stored.kind, stored.version, JSON.stringify(stored.fields), kindDigest(stored));
    this.byKind.set(key(stored.kind, stored.version), stored);
    return stored;
  }
}

function key(kind: string, version: number): string {
  return `${kind} ${version}`;
}
