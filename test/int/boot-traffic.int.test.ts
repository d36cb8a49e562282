import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { applyEvent } from '../../src/events/catalog.ts';
import { initialSocState } from '../../src/soc/soc-state.ts';
import { LogReader } from '../../src/store/boot-reader.ts';
import { openForReading } from '../../src/store/database.ts';
import { type Traffic, writeBootTraffic } from '../../tools/bench/contenders/boot-traffic.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const EVENTS = 60_000;

function withTraffic<T>(options: { traffic: Traffic; seed: number }, look: (history: History) => T): T {
  const file = join(temporaryFolder(), 'traffic.db');
  const written = writeBootTraffic(file, { events: EVENTS, ...options });
  const db = openForReading(file);
  try {
    return look({ file, db, ...written });
  } finally {
    db.close();
  }
}

interface History {
  readonly file: string;
  readonly db: Database.Database;
  readonly liveMappings: number;
}

function lastHash({ db }: History): unknown {
  return db.prepare('SELECT sha256 FROM chunk ORDER BY first_seq DESC LIMIT 1').pluck().get();
}

describe.each(['local', 'uniform'] as const)('boot traffic for benchmarks, %s', (traffic) => {
  it('says of each descriptor what was there before, and maps what it says', () => {
    withTraffic({ traffic, seed: 1 }, ({ db, file, liveMappings }) => {
      const state = initialSocState();
      const kinds = new Map<string, number>();
      const wrong: unknown[] = [];
      let reused = 0;
      for (const event of new LogReader(db, file).events(1)) {
        kinds.set(event.kind, (kinds.get(event.kind) ?? 0) + 1);
        if (event.kind === 'page_table.entry_written') {
          const { table_pa, index, level, old, new: word } = event.payload;
          if (state.tableMemory.read(table_pa + index * 8) !== old) wrong.push(event);
          if (level === 2 && state.tableMemory.read(Number(word & ~0xfffn)) !== undefined) reused++;
        }
        applyEvent(state, event);
      }
      expect(wrong).toEqual([]);
      expect([...kinds.values()].reduce((sum, count) => sum + count)).toBe(EVENTS);
      expect(state.mappings.size).toBe(liveMappings);
      expect(liveMappings).toBeGreaterThan(3000);
      expect(kinds.get('page_table.entry_written')).toBeGreaterThan(EVENTS / 3);
      for (const kind of ['mapping.removed', 'smc.returned', 'shm_bridge.deleted', 'log.printed'])
        expect(kinds.get(kind)).toBeGreaterThan(100);
      if (traffic === 'local') expect(reused).toBeGreaterThan(0);
    });
  });

  it('is the same for the same seed, and another for another', () => {
    const hash = withTraffic({ traffic, seed: 1 }, lastHash);
    expect(withTraffic({ traffic, seed: 1 }, lastHash)).toEqual(hash);
    expect(withTraffic({ traffic, seed: 2 }, lastHash)).not.toEqual(hash);
  });
});
