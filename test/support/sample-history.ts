import { createHash } from 'node:crypto';
import { SeededRandom } from '../../src/base/seeded-random.ts';
import type { NewEvent } from '../../src/events/catalog.ts';
import { BootWriter } from '../../src/store/boot-writer.ts';
import { closeWritten, openForWriting } from '../../src/store/database.ts';
import { deriveTables } from '../../src/store/derive.ts';
import { buildEvent, mapped, requested, returned, unmapped } from './build-event.ts';

/** Lines of the first source of {@link writeSampleHistory}, in blocks of {@link BLOCK_LINES}. */
const SOURCE_LINES = 90;
const BLOCK_LINES = 30;

const MEM_SETUP = 0x42000202;

/** Events of a boot that uses every projection, `count` of them at least; they cite the lines of a source. */
export function sampleEvents(count: number, seed = 1): NewEvent[] {
  const random = new SeededRandom(seed);
  const events: NewEvent[] = [
    buildEvent('boot.kernel_identified', { release: '7.2.13', banner: 'built somewhere', basis: 'banner' }),
    buildEvent('boot.cpus_started', { exception_level: 2 }),
    buildEvent('remoteproc.registered', { name: 'adsp', index: 0 }, { subject: 'adsp' }),
    buildEvent('remoteproc.state_changed', { name: 'adsp', state: 'running' }, { subject: 'adsp' }),
    buildEvent('shm_bridge.created', {
      handle: 0xffff_8000_0000_0001n,
      pa: 0x9590_0000,
      size: 1 << 20,
      ns_permissions: 6,
      s_permissions: 6,
    }),
  ];
  while (events.length < count) {
    const iova = random.below(1 << 20) * 4096;
    const request = events.length + 3;
    events.push(
      mapped(iova, 4096, { subject: 'adsp' }),
      unmapped(iova, 4096),
      requested(MEM_SETUP, [1n, BigInt(iova), 4096n], { subject: 'adsp' }),
      returned(MEM_SETUP, 0n, { cause: request, agent: 'trustzone' }),
      buildEvent('log.printed', { level: 6, text: `line ${events.length} says ${random.next()}` }),
    );
  }
  return events.map((event, index) => ({
    ...event,
    t_ns: index * 1000,
    source: 1,
    line: 1 + (index % SOURCE_LINES),
  })) as NewEvent[];
}

/**
 * Writes a history with something in each of its tables: boot 1 with two sources and more than two chunks, and
 * a small boot 2 whose writer was stopped. The tables for SQL are there.
 */
export function writeSampleHistory(path: string, options: { eventCount?: number } = {}): void {
  const db = openForWriting(path, { create: true });
  const first = BootWriter.begin(db, path, { name: 'first', origin: 'import' });
  first.beginSource(1, 'pas.ftrace.txt', 'ftrace');
  for (let line = 1; line <= SOURCE_LINES; line += BLOCK_LINES) {
    first.addSourceBlock(1, Buffer.from(linesFrom(line)), BLOCK_LINES);
  }
  first.beginSource(2, 'dmesg.txt', 'dmesg');
  first.addSourceBlock(2, Buffer.from('[    0.000000] one line without its end'), 1);
  first.append(sampleEvents(options.eventCount ?? 9000));
  first.endSource(1);
  first.endSource(2);
  first.finish();
  const second = BootWriter.begin(db, path, { name: 'second', origin: 'simulation' });
  second.append(sampleEvents(20, 2).map((event) => ({ ...event, source: null, line: null })) as NewEvent[]);
  deriveTables(db, path);
  closeWritten(db);
}

/** Lines that brotli cannot make nothing of, so that a block is more than a few bytes. */
function linesFrom(first: number): string {
  return Array.from({ length: BLOCK_LINES }, (_unused, index) => {
    const digest = createHash('sha256')
      .update(String(first + index))
      .digest('hex');
    return `line ${first + index} ${digest}\n`;
  }).join('');
}
