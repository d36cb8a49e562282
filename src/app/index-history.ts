import { Interruption } from '../base/interruption.ts';
import type { Steps } from '../base/steps.ts';
import { closeWritten, openForWriting } from '../store/database.ts';
import {
  type MakeDerivedProgress,
  type MakeDerivedResult,
  makeDerivedInSteps,
} from '../store/make-derived.ts';

export type { MakeDerivedResult as IndexResult } from '../store/make-derived.ts';

export interface IndexRequest {
  readonly file: string;
  /** Make the tables again even when they are current. */
  readonly force?: boolean | undefined;
  readonly onProgress?: ((progress: MakeDerivedProgress) => void) | undefined;
}

/**
 * Brings the tables for SQL and the snapshots up to date with the log; also brings an older file to the present schema. Lets go
 * every so often; where it is stopped, the tables stay as they were.
 */
export function* indexInSteps(request: IndexRequest): Steps<MakeDerivedResult> {
  const db = openForWriting(request.file, { create: false });
  try {
    return yield* makeDerivedInSteps(db, request.file, {
      force: request.force,
      onProgress: request.onProgress,
    });
  } catch (error) {
    throw error instanceof Interruption
      ? new Interruption(`stopped; the tables of ${request.file} are as they were`)
      : error;
  } finally {
    closeWritten(db);
  }
}
