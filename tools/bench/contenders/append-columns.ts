// FILE COUNT: the same events as append-objects.ts, held as plain numbers and pushed into the columns of a
// chunk without an object each, as importers do.
import { CHUNK_CAPACITY } from '../../../src/events/chunk-builder.ts';
import { BootWriter } from '../../../src/store/boot-writer.ts';
import { closeWritten, openForWriting } from '../../../src/store/database.ts';
import { AGENTS, PageTableTraffic, SUBJECTS } from './page-table-traffic.ts';
import { argument, Phase, printReport } from './phase.ts';

const KIND = 'page_table.entry_written';

const file = argument(0);
const count = Number(argument(1));
const traffic = new PageTableTraffic(1);
const phase = new Phase();

const times = new Float64Array(CHUNK_CAPACITY);
const causes = new Float64Array(CHUNK_CAPACITY);
const tables = new Float64Array(CHUNK_CAPACITY);
const iovas = new Float64Array(CHUNK_CAPACITY);
const indexes = new Uint16Array(CHUNK_CAPACITY);
const agents = new Uint8Array(CHUNK_CAPACITY);
const subjects = new Uint8Array(CHUNK_CAPACITY);
/** Old and new descriptor, upper and lower half each. */
const descriptors = new Uint32Array(4 * CHUNK_CAPACITY);

function fill(rows: number): void {
  for (let i = 0; i < rows; i++) {
    traffic.advance();
    times[i] = traffic.tNs;
    causes[i] = traffic.cause === 0 ? Number.NaN : traffic.cause;
    tables[i] = traffic.tablePa;
    iovas[i] = traffic.iova;
    indexes[i] = traffic.index;
    agents[i] = traffic.agent;
    subjects[i] = traffic.subject;
    descriptors.set([traffic.oldHigh, traffic.oldLow, traffic.newHigh, traffic.newLow], 4 * i);
  }
}

const { db, writer, push } = phase.time(() => {
  const database = openForWriting(file, { create: true });
  const boot = BootWriter.begin(database, file, { name: 'bench', origin: 'simulation' });
  return { db: database, writer: boot, push: pusher(boot) };
});
for (let done = 0; done < count; done += CHUNK_CAPACITY) {
  const rows = Math.min(CHUNK_CAPACITY, count - done);
  fill(rows);
  phase.time(() => push(rows));
}
phase.time(() => {
  writer.finish();
  closeWritten(db);
});
printReport({ rows: count, phase_cpu_ms: phase.cpuMs });

function pusher(boot: BootWriter): (rows: number) => void {
  const { builder } = boot;
  const kind = builder.kindIndex(KIND);
  const agentIds = AGENTS.map((agent) => builder.symbol(agent));
  const subjectIds = SUBJECTS.map((subject) => builder.symbol(subject));
  const tablePa = builder.column(KIND, 'table_pa', 'integer');
  const index = builder.column(KIND, 'index', 'integer');
  const level = builder.column(KIND, 'level', 'integer');
  const before = builder.column(KIND, 'old', 'word');
  const after = builder.column(KIND, 'new', 'word');
  const iova = builder.column(KIND, 'iova', 'integer');
  return (rows) => {
    for (let i = 0; i < rows; i++) {
      const agent = agentIds[agents[i] as number] as number;
      const subject = subjectIds[subjects[i] as number] as number;
      builder.begin(
        kind,
        times[i] as number,
        agent,
        subject,
        causes[i] as number,
        -1,
        Number.NaN,
        Number.NaN,
      );
      tablePa.push(tables[i] as number);
      index.push(indexes[i] as number);
      level.push(3);
      before.push(descriptors[4 * i] as number, descriptors[4 * i + 1] as number);
      after.push(descriptors[4 * i + 2] as number, descriptors[4 * i + 3] as number);
      iova.push(iovas[i] as number);
      if (builder.isFull) boot.flush();
    }
  };
}
