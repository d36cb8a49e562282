import { closeWritten, openForWriting } from '../store/database.ts';
import { type DeriveProgress, type DeriveResult, deriveTables } from '../store/derive.ts';

export type { DeriveResult as IndexResult } from '../store/derive.ts';

export interface IndexRequest {
  readonly file: string;
  /** Make the tables again even when they are current. */
  readonly force?: boolean | undefined;
  readonly onProgress?: ((progress: DeriveProgress) => void) | undefined;
}

/** Brings the tables for SQL up to date with the log; also brings an older file to the present schema. */
export function indexHistory(request: IndexRequest): DeriveResult {
  const db = openForWriting(request.file, { create: false });
  try {
    return deriveTables(db, request.file, { force: request.force, onProgress: request.onProgress });
  } finally {
    closeWritten(db);
  }
}
