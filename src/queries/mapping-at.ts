import type { HistoryDatabase } from '../store/read-only-query.ts';
import type { HistoryTables } from './database-types.ts';
import { LIVE_AT_SEQ, nodesOfAddress, prepareRaw } from './moment-query.ts';

const COLUMNS = [
  'space',
  'subject',
  'iova',
  'pa',
  'size',
  'protection',
  'from_seq',
  'to_seq',
] as const satisfies readonly (keyof HistoryTables['mapping'])[];

export type MappingRow = Pick<HistoryTables['mapping'], (typeof COLUMNS)[number]>;

/**
 * Gives the mappings of an I/O address in a space right after an event. In a space that has a name there is one at
 * most, where no removal was lost; where the space is unknown, several may be meant.
 */
export type FindMappings = (space: string | null, iova: number, seq: number) => MappingRow[];

/** Gives the mappings, in all spaces, through which a physical address is reached right after an event. */
export type FindMappingsOfPa = (pa: number, seq: number) => MappingRow[];

type Row = readonly [
  space: string | null,
  subject: string | null,
  iova: number,
  pa: number,
  size: number,
  protection: number | null,
  from_seq: number,
  to_seq: number | null,
];

/** Prepares to ask what I/O addresses of a boot were mapped to. */
export function prepareMappingsAt(db: HistoryDatabase, bootId: number): FindMappings {
  const nodes = nodesOfAddress(db, { table: 'mapping', node: 'iova_node', bootId });
  const query = prepareRaw<Row>(
    db,
    `SELECT ${COLUMNS.join(', ')} FROM mapping
     WHERE ${nodes} AND boot = @boot AND space IS @space AND ${LIVE_AT_SEQ}
       AND iova <= @address AND iova_end > @address`,
  );
  return (space, iova, seq) => query.all({ boot: bootId, space, address: iova, seq }).map(mappingOf);
}

/** Prepares to ask what physical addresses of a boot were mapped at. */
export function prepareMappingsOfPa(db: HistoryDatabase, bootId: number): FindMappingsOfPa {
  const nodes = nodesOfAddress(db, { table: 'mapping', node: 'pa_node', bootId });
  const query = prepareRaw<Row>(
    db,
    `SELECT ${COLUMNS.join(', ')} FROM mapping
     WHERE ${nodes} AND boot = @boot AND ${LIVE_AT_SEQ} AND pa <= @address AND pa + size > @address
     ORDER BY from_seq`,
  );
  return (pa, seq) => query.all({ boot: bootId, address: pa, seq }).map(mappingOf);
}

function mappingOf([space, subject, iova, pa, size, protection, from_seq, to_seq]: Row): MappingRow {
  return { space, subject, iova, pa, size, protection, from_seq, to_seq };
}
