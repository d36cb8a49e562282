import Database from 'better-sqlite3';

/** Something in a file that is not as it was written. */
export interface VerifyFinding {
  /** Where: `chunk 4097..8192 of boot 1`, `block 3 of source 2 of boot 1 (pas.ftrace.txt, lines 10..99)`, `table smc row 7`. */
  readonly place: string;
  readonly problem: string;
  /** Table that the place is in; null for the file as a whole. */
  readonly table: string | null;
  /** What finds the row in its table; null when no single row is meant. */
  readonly key: Readonly<Record<string, number>> | null;
}

/** A finding without what is wrong: where something is looked at. */
export type VerifiedPlace = Omit<VerifyFinding, 'problem'>;

export interface VerifyCounts {
  boots: number;
  chunks: number;
  events: number;
  sources: number;
  sourceBlocks: number;
  sourceBytes: number;
  tableRows: number;
  snapshots: number;
  /** States that were held against events applied one by one. */
  states: number;
}

/** What a verification has found so far. */
export class Inspection {
  readonly findings: VerifyFinding[] = [];
  /** What is worth knowing and no damage. */
  readonly notes: string[] = [];
  readonly checked: VerifyCounts = {
    boots: 0,
    chunks: 0,
    events: 0,
    sources: 0,
    sourceBlocks: 0,
    sourceBytes: 0,
    tableRows: 0,
    snapshots: 0,
    states: 0,
  };
  readonly onProgress: (stage: string, done: number) => void;

  constructor(onProgress: (stage: string, done: number) => void = () => {}) {
    this.onProgress = onProgress;
  }

  find({ place, table, key }: VerifiedPlace, problem: string): void {
    this.findings.push({ place, problem, table, key });
  }

  note(note: string): void {
    this.notes.push(note);
  }

  /** Reads something. What SQLite refuses to read is a finding about it, and the answer is undefined. */
  reading<T>(place: VerifiedPlace, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Database.SqliteError)) throw error;
      this.find(place, `cannot be read: ${error.message}`);
      return undefined;
    }
  }
}
