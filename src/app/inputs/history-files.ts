import { InputError } from '../../base/input-error.ts';
import { LOG_FORMATS, type LogFormat } from '../../kernel-logs/log-formats.ts';
import { LogReader } from '../../store/boot-reader.ts';
import { openForReading } from '../../store/database.ts';
import { keptFiles } from '../kept-files.ts';
import type { ReadBytes } from '../line-feed.ts';
import { fromPieces } from './compression.ts';

/** A file that a history keeps, and what each text in it was taken for. */
export interface HistoryFile {
  readonly name: string;
  readonly byteCount: number;
  readonly formats: readonly (LogFormat | undefined)[];
  readonly open: () => ReadBytes;
}

/** The files that the boot of a history was imported from. Those of several imports cannot become one boot. */
export function filesOfHistory(path: string): HistoryFile[] {
  const db = openForReading(path);
  try {
    const log = new LogReader(db, path);
    const boots = log.boots();
    const files = keptFiles(log, boots);
    const [first] = files;
    if (first === undefined) {
      throw new InputError('was imported from no file: there is nothing to import again', { file: path });
    }
    if (files.some(({ boot }) => boot !== first.boot)) {
      throw new InputError(
        'holds boots of several imports: give their files back with `trace export --to source`, and import them one by one',
        { file: path },
      );
    }
    const formats = first.boot.sources.map(({ format }) => LOG_FORMATS.find((known) => known === format));
    let next = 0;
    return files.map(({ name, pieces }) => {
      const isPacked = first.boot.containers.some(({ source }) => pieces[0]?.source === source);
      const texts = isPacked ? formats.slice(next) : formats.slice(next, next + 1);
      next += texts.length;
      // An archive holds all the texts of its import, or nobody could say which are its own.
      const bytes = () => piecesOf(path, pieces);
      let byteCount = 0;
      for (const piece of bytes()) byteCount += piece.length;
      return { name, byteCount, formats: texts, open: () => readPieces(bytes()) };
    });
  } finally {
    db.close();
  }
}

function* piecesOf(
  path: string,
  pieces: readonly { readonly bootId: number; readonly source: number }[],
): Generator<Uint8Array> {
  const db = openForReading(path);
  try {
    const log = new LogReader(db, path);
    for (const { bootId, source } of pieces) yield* log.sourceBytes(bootId, source);
  } finally {
    db.close();
  }
}

function readPieces(source: Generator<Uint8Array>): ReadBytes {
  const held: Uint8Array[] = [];
  return fromPieces(held, () => {
    const { value, done } = source.next();
    if (done === true) return false;
    held.push(value);
    return true;
  });
}
