// FILE COUNT: asks a history of boot traffic COUNT times who wrote a descriptor last, and what an I/O address was
// mapped to, at moments and places drawn at random from what the boot did; and tells how long an answer takes.
import { SeededRandom } from '../../../src/base/seeded-random.ts';
import { prepareLastWriter } from '../../../src/queries/last-writer.ts';
import { prepareMappingsAt } from '../../../src/queries/mapping-at.ts';
import { openForReading } from '../../../src/store/database.ts';
import { withinOneRead } from '../../../src/store/within-one-read.ts';
import { argument, printReport } from './phase.ts';

const BOOT = 1;
const SAMPLES = 20_000;

const file = argument(0);
const count = Number(argument(1));
const random = new SeededRandom(7);
const db = openForReading(file);
const lastSeq = Number(db.prepare('SELECT max(seq) FROM event WHERE boot = ?').pluck().get(BOOT));

/** Descriptors and mappings of random rows, so that what was written often is asked for often. */
const descriptors = sample<{ pa: number }>('page_table_entry', 'pa');
const mappings = sample<{ space: string; iova: number; size: number }>('mapping', 'space, iova, size');

const writerPrepared = performance.now();
const findWriter = prepareLastWriter(db, BOOT);
const mappingPrepared = performance.now();
const findMappings = prepareMappingsAt(db, BOOT);
const prepared = performance.now();

const writer = withinOneRead(db, () =>
  measure(() => {
    const { pa } = pick(descriptors);
    const seq = randomSeq();
    return () => findWriter(pa, seq) !== undefined;
  }),
);
const mapping = withinOneRead(db, () =>
  measure(() => {
    const { space, iova, size } = pick(mappings);
    const address = iova + random.below(size);
    const seq = randomSeq();
    return () => findMappings(space, address, seq).length > 0;
  }),
);
db.close();
printReport({
  rows: count,
  writer_prepare_ms: mappingPrepared - writerPrepared,
  writer_median_us: writer.median,
  writer_p99_us: writer.p99,
  writer_found: writer.found,
  mapping_prepare_ms: prepared - mappingPrepared,
  mapping_median_us: mapping.median,
  mapping_p99_us: mapping.p99,
  mapping_found: mapping.found,
});

function sample<Row>(table: string, columns: string): Row[] {
  const rows = Number(db.prepare(`SELECT max(rowid) FROM ${table}`).pluck().get());
  const row = db.prepare<[number], Row>(`SELECT ${columns} FROM ${table} WHERE rowid = ?`);
  return Array.from({ length: Math.min(SAMPLES, rows) }, () => row.get(1 + random.below(rows))).filter(
    (found) => found !== undefined,
  );
}

function pick<Row>(rows: readonly Row[]): Row {
  return rows[random.below(rows.length)] as Row;
}

function randomSeq(): number {
  return 1 + random.below(lastSeq);
}

/** Time of each answer by the clock, after as many that warm up engine and caches. */
function measure(next: () => () => boolean): { median: number; p99: number; found: number } {
  const times = new Float64Array(count);
  let found = 0;
  for (let turn = -count; turn < count; turn++) {
    const ask = next();
    const before = process.hrtime.bigint();
    const isFound = ask();
    const after = process.hrtime.bigint();
    if (turn < 0) continue;
    times[turn] = Number(after - before) / 1000;
    if (isFound) found++;
  }
  times.sort();
  return {
    median: times[Math.floor(count / 2)] as number,
    p99: times[Math.floor(count * 0.99)] as number,
    found,
  };
}
