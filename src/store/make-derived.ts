import type Database from 'better-sqlite3';
import type { Steps } from '../base/steps.ts';
import { LogReader } from './boot-reader.ts';
import { type DeriveProgress, type DeriveResult, deriveInSteps } from './derive.ts';
import { hasSnapshots, makeSnapshotsInSteps } from './snapshots.ts';

export interface MakeDerivedOptions {
  /** Make everything again even when it is current. */
  readonly force?: boolean | undefined;
  readonly onProgress?: ((progress: MakeDerivedProgress) => void) | undefined;
}

export interface MakeDerivedProgress {
  readonly stage: DeriveProgress['stage'] | 'snapshots';
  readonly events: number;
  readonly totalEvents: number;
}

export interface MakeDerivedResult extends DeriveResult {
  /** Snapshots that were made now. */
  readonly snapshotCount: number;
}

/** Brings all that is derived from the log up to date: the tables for SQL, then the snapshots to begin replays at. */
export function* makeDerivedInSteps(
  db: Database.Database,
  file: string,
  options: MakeDerivedOptions = {},
): Steps<MakeDerivedResult> {
  const tables = yield* deriveInSteps(db, file, options);
  const boots = new LogReader(db, file).boots();
  if (options.force !== true && !tables.derived && hasSnapshots(db, boots))
    return { ...tables, snapshotCount: 0 };
  const totalEvents = boots.reduce((sum, { eventCount }) => sum + eventCount, 0);
  const snapshots = yield* makeSnapshotsInSteps(db, file, (events) =>
    options.onProgress?.({ stage: 'snapshots', events, totalEvents }),
  );
  return { ...tables, snapshotCount: snapshots.count };
}
