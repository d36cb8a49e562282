import type Database from 'better-sqlite3';
import { counted } from '../base/count.ts';
import { InputError } from '../base/input-error.ts';
import { DEFINITIONS } from '../events/catalog.ts';
import { describeKind, type StoredKind } from '../events/stored-kind.ts';
import { kindDigest } from './chain.ts';
import { logSchema, type SchemaEntry } from './database.ts';
import { DERIVED_LAYOUT, DERIVED_TABLES, type DerivedTable, isDerivedTable } from './derived-schema.ts';
import { Inspection, type VerifiedPlace, type VerifyCounts, type VerifyFinding } from './inspection.ts';
import { type KindRow, parseKindRow, readKindRows, whyUnreadable } from './kind-registry.ts';
import { type BootRow, verifyLog } from './verify-log.ts';
import { verifyReplay, verifySnapshots } from './verify-snapshots.ts';
import { verifySources } from './verify-sources.ts';
import { verifyTables } from './verify-tables.ts';

/** A boot of a history, and what stands for its log. */
export interface VerifiedBoot {
  readonly bootId: number;
  readonly name: string;
  readonly lastSeq: number;
  /**
   * Hash of its end, chained over all of its log: whoever wants to know later that nobody wrote the file anew keeps it
   * elsewhere. Null where the boot is unfinished.
   */
  readonly sha256: string | null;
}

export interface VerifyReport {
  readonly boots: readonly VerifiedBoot[];
  readonly findings: readonly VerifyFinding[];
  /** What is worth knowing and no damage: an unfinished boot, tables that are behind. */
  readonly notes: readonly string[];
  readonly checked: Readonly<VerifyCounts>;
}

export interface VerifyOptions {
  /** Told what is being checked, and how many events or bytes of it are done. */
  readonly onProgress?: ((stage: string, done: number) => void) | undefined;
  /** Also hold the states of all snapshots, and of each boot's end, against its events applied one by one. */
  readonly replay?: boolean | undefined;
}

/** Findings of one check of the whole file that are told one by one. */
const FINDINGS_PER_CHECK = 5;

/**
 * Checks all that a file promises: that SQLite can read it, its schema with the triggers that keep the log
 * append-only, the hash chain of every boot and source, that every chunk decodes and every event cites a line
 * that exists, that the sources still have their SHA-256, and that the tables say what the log says. Damage is
 * never thrown, it is a finding that names the place; only a file that needs a newer trace is an InputError.
 */
export function verifyHistory(
  db: Database.Database,
  file: string,
  options: VerifyOptions = {},
): VerifyReport {
  const inspection = new Inspection(options.onProgress);
  const { findings, notes, checked } = inspection;
  // Where SQLite does not understand the schema, it answers no question at all.
  const schema = inspection.reading(tablePlace('sqlite_schema'), () => readSchema(db));
  const boots = schema === undefined ? [] : checkAll(db, file, schema, options.replay === true, inspection);
  return { boots, findings, notes, checked };
}

/** The report of a file in which nothing can be read. */
export function unreadableHistory(problem: string): VerifyReport {
  const inspection = new Inspection();
  inspection.find(WHOLE_FILE, problem);
  const { findings, notes, checked } = inspection;
  return { boots: [], findings, notes, checked };
}

const WHOLE_FILE: VerifiedPlace = { place: 'the file', table: null, key: null };

function checkAll(
  db: Database.Database,
  file: string,
  schema: Schema,
  withReplay: boolean,
  inspection: Inspection,
): VerifiedBoot[] {
  inspection.reading(WHOLE_FILE, () => checkPages(db, WHOLE_FILE, inspection));
  checkSchema(schema, inspection);
  inspection.reading(WHOLE_FILE, () => checkReferences(db, inspection));
  // Only what a sound log derives can be held against the tables.
  const countBefore = inspection.findings.length;
  const kinds = inspection.reading(tablePlace('event_kind'), () => checkKinds(db, file, inspection));
  const ends = new Map<number, number>();
  const verified: VerifiedBoot[] = [];
  const kindIds = new Set<number>();
  const boots = inspection.reading(tablePlace('boot'), () =>
    db.prepare<[], BootRow>('SELECT * FROM boot ORDER BY boot_id').all(),
  );
  checkBootsAreAll(boots ?? [], inspection);
  for (const boot of boots ?? []) {
    inspection.checked.boots++;
    const lineCounts = inspection.reading(tablePlace('source'), () => verifySources(db, boot, inspection));
    const log = inspection.reading(tablePlace('chunk'), () =>
      verifyLog(db, kinds ?? new Map(), boot, lineCounts ?? new Map(), inspection),
    );
    const lastSeq = log?.lastSeq ?? 0;
    ends.set(boot.boot_id, lastSeq);
    for (const kindId of log?.kindIds ?? []) kindIds.add(kindId);
    const sha256 = log?.sha256 === undefined ? null : Buffer.from(log.sha256).toString('hex');
    verified.push({ bootId: boot.boot_id, name: boot.name, lastSeq, sha256 });
  }
  if (inspection.findings.length === countBefore) checkKindsAreUsed(kinds ?? new Map(), kindIds, inspection);
  const isLogSound = inspection.findings.length === countBefore;
  inspection.reading(tablePlace('derived_state'), () =>
    checkTables(db, file, schema, ends, isLogSound, inspection),
  );
  inspection.reading(tablePlace('snapshot'), () => verifySnapshots(db, file, ends.keys(), inspection));
  if (!withReplay) return verified;
  if (isLogSound) inspection.reading(tablePlace('chunk'), () => verifyReplay(db, file, inspection));
  else inspection.note('states were not replayed from a log that is damaged');
  return verified;
}

function tablePlace(name: string): VerifiedPlace {
  return { place: `table ${name}`, table: name, key: null };
}

function checkPages(db: Database.Database, place: VerifiedPlace, inspection: Inspection): void {
  const problems = db.prepare<[], string>(`PRAGMA integrity_check(${FINDINGS_PER_CHECK})`).pluck().all();
  for (const problem of problems) if (problem !== 'ok') inspection.find(place, problem.replace(/\s+/g, ' '));
}

/** What the file's schema holds, by name. */
type Schema = ReadonlyMap<string, SchemaEntry>;

function readSchema(db: Database.Database): Schema {
  const rows = db.prepare<[], SchemaEntry>('SELECT type, name, tbl_name, sql FROM sqlite_schema').all();
  return new Map(rows.map((row) => [row.name, row]));
}

/** Tables and triggers of the log, word for word as the migrations make them: without a trigger anybody may edit. */
function checkSchema(present: Schema, inspection: Inspection): void {
  const expected = logSchema();
  const logTables = new Set(expected.filter(({ type }) => type === 'table').map(({ name }) => name));
  const expectedNames = new Set(expected.map(({ name }) => name));
  for (const entry of expected) checkEntry(present, entry, inspection);
  for (const { type, name, tbl_name } of present.values()) {
    if (type === 'trigger' && logTables.has(tbl_name) && !expectedNames.has(name)) {
      inspection.find(
        { ...tablePlace('sqlite_schema'), place: `trigger ${name}` },
        `on ${tbl_name} is not ours`,
      );
    }
  }
}

/** Whether something of the schema is there, word for word. */
function checkEntry(present: Schema, expected: SchemaEntry, inspection: Inspection): boolean {
  const { type, name, tbl_name, sql } = expected;
  const entry = present.get(name);
  if (entry?.sql === sql && entry.type === type && entry.tbl_name === tbl_name) return true;
  const place = { ...tablePlace('sqlite_schema'), place: `${type} ${name}` };
  inspection.find(place, entry === undefined ? 'is missing' : 'is not as it was made');
  return false;
}

/** Rows that belong to a boot or source which is not there. */
function checkReferences(db: Database.Database, inspection: Inspection): void {
  const orphans = db
    .prepare<[], { table: string; rowid: number; parent: string }>('PRAGMA foreign_key_check')
    .iterate();
  let count = 0;
  for (const { table, rowid, parent } of orphans) {
    if (++count > FINDINGS_PER_CHECK) break;
    const place = { place: `table ${table} row ${rowid}`, table, key: { rowid } };
    inspection.find(place, `belongs to a row of ${parent} that is not there`);
  }
}

/** Boots are numbered one after the other: numbers that are passed over were taken out. */
function checkBootsAreAll(boots: readonly BootRow[], inspection: Inspection): void {
  let next = 1;
  for (const { boot_id } of boots) {
    if (boot_id > next) {
      const missing = boot_id === next + 1 ? `boot ${next}` : `boots ${next}..${boot_id - 1}`;
      inspection.find(
        { place: missing, table: 'boot', key: null },
        `missing: boots are numbered one after the other, and boot ${boot_id} is there`,
      );
    }
    next = boot_id + 1;
  }
}

/** A kind is described together with its first event: where no event of it is left, a part of the log is gone. */
function checkKindsAreUsed(
  kinds: ReadonlyMap<number, StoredKind>,
  used: ReadonlySet<number>,
  inspection: Inspection,
): void {
  const unused = [...kinds.values()].filter(({ kindId }) => !used.has(kindId));
  const [first] = unused;
  if (first === undefined) return;
  const rest = unused.length === 1 ? '' : ` and ${counted(unused.length - 1, 'more kind')}`;
  inspection.find(
    { place: `table event_kind row ${first.kindId}`, table: 'event_kind', key: { kind_id: first.kindId } },
    `describes ${first.kind}${rest}, of which no event is there: a part of the log was taken out`,
  );
}

/** Checks the descriptions of kinds, and returns them by id, those that can be told included. */
function checkKinds(db: Database.Database, file: string, inspection: Inspection): Map<number, StoredKind> {
  const kinds = new Map<number, StoredKind>();
  for (const row of readKindRows(db)) {
    const described = parseKindRow(row);
    const isIntact = described !== undefined && kindDigest(described).equals(row.sha256);
    if (isIntact) {
      const problem = whyUnreadable(row);
      if (problem !== undefined) throw new InputError(problem, { file });
      kinds.set(row.kind_id, described);
      continue;
    }
    const place = `table event_kind row ${row.kind_id}`;
    const key = { kind_id: row.kind_id };
    inspection.find({ place, table: 'event_kind', key }, 'does not have its digest any more: it was changed');
    const meant = recoverKind(row) ?? described;
    if (meant !== undefined) kinds.set(row.kind_id, meant);
  }
  return kinds;
}

/** The kind whose description a damaged row had, by its digest; so one damaged row is not many damaged chunks. */
function recoverKind(row: KindRow): StoredKind | undefined {
  return DEFINITIONS.map((definition) => describeKind(definition, row.kind_id)).find((kind) =>
    kindDigest(kind).equals(row.sha256),
  );
}

interface StateRow {
  readonly boot_id: number;
  readonly last_seq: number;
  readonly layout: string;
}

/** Compares the derived tables with the log, where they claim to say what it says. */
function checkTables(
  db: Database.Database,
  file: string,
  schema: Schema,
  ends: ReadonlyMap<number, number>,
  isLogSound: boolean,
  inspection: Inspection,
): void {
  const states = db.prepare<[], StateRow>('SELECT boot_id, last_seq, layout FROM derived_state').all();
  const isDerived = [...schema.values()].some(({ sql }) => sql !== null && isDerivedTable(sql));
  if (states.length === 0 && !isDerived) {
    inspection.note('there are no tables for SQL; `trace index` makes them');
    return;
  }
  const isAhead = states.filter((state) => checkIsAhead(state, ends, inspection)).length > 0;
  const derived = new Map(states.map((state) => [state.boot_id, state]));
  const isCurrent = [...ends].every(
    ([bootId, end]) =>
      derived.get(bootId)?.last_seq === end && derived.get(bootId)?.layout === DERIVED_LAYOUT,
  );
  if (isAhead) return;
  if (!isCurrent) {
    inspection.note(whyNotCompared(states, ends));
  } else if (!isLogSound) {
    inspection.note('the tables for SQL were not compared with a log that is damaged');
  } else if (!isDerived) {
    inspection.find(tablePlace('derived_state'), 'says that there are tables for SQL, but they are gone');
  } else {
    verifyTables(db, file, tablesAsMade(schema, inspection), inspection);
  }
}

/** What is known of tables that are not of this log as it is. */
function whyNotCompared(states: readonly StateRow[], ends: ReadonlyMap<number, number>): string {
  const behind = [...ends].find(
    ([bootId, end]) => states.find((state) => state.boot_id === bootId)?.last_seq !== end,
  );
  const why = behind === undefined ? 'were made by another trace' : `do not hold all of boot ${behind[0]}`;
  return `the tables for SQL ${why}, and were not compared with the log; \`trace index\` makes them again`;
}

/** Tables know more of a boot than its log does only when the end of the log was cut off. */
function checkIsAhead(
  { boot_id, last_seq }: StateRow,
  ends: ReadonlyMap<number, number>,
  inspection: Inspection,
): boolean {
  const end = ends.get(boot_id) ?? 0;
  if (last_seq <= end) return false;
  const place = { place: `the log of boot ${boot_id}`, table: 'chunk', key: { boot_id } };
  inspection.find(
    place,
    `ends at event ${end}, but its tables were made of ${counted(last_seq, 'event')}: its end is gone`,
  );
  return true;
}

/** The derived tables that can be compared. */
function tablesAsMade(schema: Schema, inspection: Inspection): Set<DerivedTable> {
  const tables = new Set<DerivedTable>();
  for (const table of DERIVED_TABLES) {
    const of = { tbl_name: table.name };
    if (!checkEntry(schema, { ...of, type: 'table', name: table.name, sql: table.createTable }, inspection))
      continue;
    tables.add(table);
    for (const [name, sql] of table.createIndexes) {
      checkEntry(schema, { ...of, type: 'index', name, sql }, inspection);
    }
  }
  return tables;
}
