// FILE: hashes the chunks of a history once more, as appending did, and nothing else.
import { findDefinition } from '../../../src/events/catalog.ts';
import { describeKind } from '../../../src/events/stored-kind.ts';
import { type ChunkRow, chainChunk } from '../../../src/store/chain.ts';
import { openForReading } from '../../../src/store/database.ts';
import { argument, Phase, printReport } from './phase.ts';

const file = argument(0);
const db = openForReading(file);
const chunks = db.prepare<[], ChunkRow>('SELECT * FROM chunk ORDER BY boot_id, first_seq').all();
db.close();
const definition = findDefinition('page_table.entry_written');
if (definition === undefined) throw new Error('the kind that the histories hold is not in the catalog');
const kinds = [describeKind(definition, 1)];

const phase = new Phase();
phase.time(() => {
  let previous: Uint8Array = Buffer.alloc(32);
  for (const chunk of chunks) previous = chainChunk(previous, chunk, kinds);
});
printReport({ chunks: chunks.length, phase_cpu_ms: phase.cpuMs });
