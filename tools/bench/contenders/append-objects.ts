// FILE COUNT: appends COUNT events to a fresh history. They are made as objects, a chunk of them at a time,
// and only appending counts.
import { CHUNK_CAPACITY } from '../../../src/events/chunk-builder.ts';
import { BootWriter } from '../../../src/store/boot-writer.ts';
import { closeWritten, openForWriting } from '../../../src/store/database.ts';
import { PageTableTraffic } from './page-table-traffic.ts';
import { argument, Phase, printReport } from './phase.ts';

const file = argument(0);
const count = Number(argument(1));
const traffic = new PageTableTraffic(1);
const phase = new Phase();

const { db, writer } = phase.time(() => {
  const database = openForWriting(file, { create: true });
  return { db: database, writer: BootWriter.begin(database, file, { name: 'bench', origin: 'simulation' }) };
});
for (let done = 0; done < count; done += CHUNK_CAPACITY) {
  const events = Array.from({ length: Math.min(CHUNK_CAPACITY, count - done) }, () => {
    traffic.advance();
    return traffic.event();
  });
  phase.time(() => {
    for (const event of events) {
      writer.builder.append(event);
      if (writer.builder.isFull) writer.flush();
    }
  });
}
phase.time(() => {
  writer.finish();
  closeWritten(db);
});
printReport({ rows: count, phase_cpu_ms: phase.cpuMs });
