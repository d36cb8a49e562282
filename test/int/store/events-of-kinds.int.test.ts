import { copyFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/base/input-error.ts';
import type { NewEvent } from '../../../src/events/catalog.ts';
import { LogReader } from '../../../src/store/boot-reader.ts';
import { BootWriter } from '../../../src/store/boot-writer.ts';
import { closeWritten, openForWriting } from '../../../src/store/database.ts';
import { buildEvent } from '../../support/build-event.ts';
import { reading, storeBoots, tamper } from '../../support/temp-store.ts';

const line = buildEvent('log.printed', { level: null, text: 'hello' });
const started = (exception_level: number) => buildEvent('boot.cpus_started', { exception_level });
const lines = (count: number): NewEvent[] => Array.from({ length: count }, () => line);
const STARTS = new Set(['boot.cpus_started']);

describe('the events of some kinds', () => {
  it('are those of all chunks, in order, however often somebody asks', () => {
    const path = storeBoots([
      { events: [line, started(2), ...lines(9000), started(1)] },
      { events: [started(1), line] },
    ]);
    const log = new LogReader(reading(path), path);
    const seqs = (bootId: number) => [...log.eventsOfKinds(bootId, STARTS)].map(({ seq }) => seq);
    expect(seqs(1)).toEqual([2, 9003]);
    expect(seqs(2)).toEqual([1]);
    expect(seqs(1)).toEqual([2, 9003]);
    expect([...log.eventsOfKinds(1, new Set(['fault.injected']))]).toEqual([]);
  });

  it('have those in them that are appended while somebody reads', () => {
    const path = storeBoots([{ events: [started(2)], isUnfinished: true }]);
    const log = new LogReader(reading(path), path);
    const append = (events: readonly NewEvent[], position: number) => {
      const db = openForWriting(path, { create: false });
      const writer = BootWriter.resume(db, path, 1, position);
      writer.append(events);
      writer.finish();
      closeWritten(db);
    };
    const events = log.eventsOfKinds(1, STARTS);
    expect(events.next().value).toMatchObject({ seq: 1 });
    append([started(1)], 1);
    expect(events.next().value).toMatchObject({ seq: 2, payload: { exception_level: 1 } });
    expect(events.next().done).toBe(true);
  });

  it('may be in a chunk that is damaged, wherever it is: whoever asks is told so', () => {
    const path = storeBoots([{ events: [started(2), line] }]);
    let told = 0;
    const [size] = reading(path).prepare<[], number>('SELECT length(payload) FROM chunk').pluck().all();
    for (let at = 1; at <= (size ?? 0); at++) {
      const damaged = `${path}.${at}`;
      copyFileSync(path, damaged);
      tamper(damaged, (db) => {
        db.exec('DROP TRIGGER chunk_refuses_update');
        db.exec(
          `UPDATE chunk SET payload = CAST(substr(payload, 1, ${at - 1}) || x'ff' || substr(payload, ${at + 1}) AS BLOB)`,
        );
      });
      try {
        for (const _event of new LogReader(reading(damaged), damaged).eventsOfKinds(1, STARTS));
      } catch (error) {
        expect(error, `byte ${at}`).toBeInstanceOf(InputError);
        expect(String(error)).toContain('trace verify');
        told++;
      }
    }
    expect(told).toBeGreaterThan(10);
  });
});
