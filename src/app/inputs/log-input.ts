import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { InputError } from '../../base/input-error.ts';
import { bearsSignOfLog } from '../../kernel-logs/detect-format.ts';
import type { LogFormat } from '../../kernel-logs/log-formats.ts';
import type { ReadBytes } from '../line-feed.ts';
import { fileInMessage, SourceFile } from '../source-file.ts';
import { compressionOf, unpacked } from './compression.ts';
import { filesOfHistory } from './history-files.ts';
import { reportOfTraceData } from './trace-data.ts';
import { isZip, zipMember, zipMembers } from './zip-archive.ts';

const bytesOf = (text: string): number[] => [...text].map((char) => char.charCodeAt(0));

const HISTORY = bytesOf('SQLite format 3');
const TRACE_DATA = [0x17, 0x08, 0x44, ...bytesOf('tracing')];

/** First bytes of files that people hand over by mistake. */
const NO_TEXT: readonly { magic: readonly number[]; what: string }[] = [
  { magic: [0xff, 0xfe], what: 'UTF-16 text: convert it to UTF-8 first' },
  { magic: [0xfe, 0xff], what: 'UTF-16 text: convert it to UTF-8 first' },
  { magic: TRACE_DATA, what: 'a packed trace.dat: unpack it first, because `trace-cmd report` wants a file' },
  { magic: bytesOf('PERFILE2'), what: 'a perf.data: give what `perf script` prints of it' },
  { magic: bytesOf('7z\u00bc\u00af'), what: 'a 7-Zip archive: unpack it first' },
];

/** A text to import: a file, what is packed in one, or a file of an archive. */
export interface LogInput {
  /** As the user named it. */
  readonly path: string;
  /** Name kept in the history. */
  readonly name: string;
  /** What was given. */
  readonly file: SourceFile;
  readonly compression: string | null;
  /** What its format was taken for when it was imported before. */
  readonly format?: LogFormat | undefined;
  /** First bytes of the text. */
  readonly head: Buffer;
  /** Reads the text from its beginning; `onDamage` is told when what it is packed in is damaged. */
  open(onDamage: (message: string) => void): ReadBytes;
}

/** What nobody named, and is no log. */
export interface SkippedFile {
  /** The folder or archive that was given. */
  readonly container: string;
  readonly name: string;
  /** What it is instead, and what to do with it, where that is known. */
  readonly what: string | undefined;
}

export interface LogInputs {
  readonly inputs: readonly LogInput[];
  /** What was found in folders and archives and is no log. */
  readonly skipped: readonly SkippedFile[];
  /** The files that were opened, each once. */
  readonly files: readonly SourceFile[];
  close(): void;
}

/** Opens what the user names: files, folders of files, archives. */
export function openLogInputs(paths: readonly string[]): LogInputs {
  const files: SourceFile[] = [];
  const inputs: LogInput[] = [];
  const skipped: SkippedFile[] = [];
  const close = () => {
    for (const file of files) file.close();
  };
  try {
    for (const path of paths) {
      const isFolder = path !== '-' && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
      for (const inside of isFolder ? filesOfFolder(path) : [path]) {
        const file = SourceFile.open(inside);
        files.push(file);
        for (const input of inputsOf(file, files)) {
          if ((isFolder || input.compression === 'zip') && !isLog(input.head))
            skipped.push({
              container: path,
              name: isFolder ? relative(path, input.path) : input.path.slice(path.length + 1),
              what: noText(input.head),
            });
          else inputs.push(input);
        }
      }
    }
    if (inputs.length === 0) {
      const [path = '-'] = paths;
      throw new InputError('holds no file that looks like a kernel log or ftrace text', { file: path });
    }
  } catch (error) {
    close();
    throw error;
  }
  const used = new Set(inputs.map(({ file }) => file));
  return { inputs, skipped, files: files.filter((file) => used.has(file)), close };
}

/** Files of a folder, by name; those whose names begin with a dot are nobody's logs. */
function filesOfFolder(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.') && isFile(join(folder, name)))
    .sort()
    .map((name) => join(folder, name));
}

/** Whether a path is a file; a link that leads nowhere is none. */
function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function inputsOf(file: SourceFile, files: SourceFile[]): LogInput[] {
  const head = file.head();
  const { path } = file;
  if (begins(head, HISTORY)) return inputsOfHistory(file, files);
  if (isZip(head)) {
    file.hold();
    return zipMembers(file.reader()).map((member) =>
      packedInput(file, `${path}:${member}`, member.split('/').at(-1) ?? member, 'zip', (onDamage) =>
        zipMember(file.reader(), member, onDamage),
      ),
    );
  }
  const compression = compressionOf(head);
  if (compression !== undefined) {
    file.hold();
    const name = file.name.replace(/\.(?:gz|xz|zst|bz2)$/i, '');
    return [
      packedInput(file, path, name, compression, (onDamage) =>
        unpacked(compression, file.reader(), onDamage),
      ),
    ];
  }
  if (begins(head, TRACE_DATA)) {
    return [packedInput(file, path, file.name, 'trace.dat', reportOfTraceData(file))];
  }
  return [{ path, name: file.name, file, compression: null, head, open: () => file.reader() }];
}

/** What a history was imported from, to be read once more by what recognises more by now. */
function inputsOfHistory(history: SourceFile, files: SourceFile[]): LogInput[] {
  if (history.path === '-' || history.size === undefined) {
    throw new InputError('is a boot history, which is read from a file only: name it', {
      file: fileInMessage(history.path),
    });
  }
  return filesOfHistory(history.path).flatMap(({ name, byteCount, formats, open }) => {
    const file = SourceFile.keptIn(history, name, byteCount, open);
    files.push(file);
    return inputsOf(file, files).map((input, index) => ({ ...input, format: formats[index] }));
  });
}

function packedInput(
  file: SourceFile,
  path: string,
  name: string,
  compression: string,
  open: LogInput['open'],
): LogInput {
  return { path, name, file, compression, head: headOf(open(() => {})), open };
}

function headOf(read: ReadBytes): Buffer {
  const head = Buffer.alloc(64 * 1024);
  let length = 0;
  while (length < head.length) {
    const count = read(head, length);
    if (count === 0) break;
    length += count;
  }
  return head.subarray(0, length);
}

function begins(head: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => head[index] === byte);
}

/** Throws an {@link InputError} when none of what was found looks like a log, and some of it is no text at all. */
export function checkMayBeLogs(inputs: readonly LogInput[], path: string): void {
  const isBinary = inputs.every(({ head }) => head.includes(0) && !bearsSignOfLog(head));
  if (isBinary) throw new InputError('is neither a boot history (.db) nor a log', { file: path });
}

/** Whether a file that nobody named is worth importing. */
function isLog(head: Uint8Array): boolean {
  return noText(head) === undefined && bearsSignOfLog(head);
}

/** What a file is that cannot be read as text; undefined for any other. */
function noText(head: Uint8Array): string | undefined {
  return NO_TEXT.find(({ magic }) => begins(head, magic))?.what;
}

/** Throws an {@link InputError} when the first bytes of one say that this is no text that could be read. */
export function checkAreTexts(inputs: readonly LogInput[]): void {
  for (const { path, head } of inputs) {
    const what = noText(head);
    if (what !== undefined)
      throw new InputError(`is ${what}; expected a kernel log or ftrace text`, { file: path });
  }
}
