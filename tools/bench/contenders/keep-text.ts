// TEXT FILE: keeps the bytes of a text in a fresh history as an import does, hashed, compressed and durable, line by
// line, and parses nothing: what an import cannot do without.
import { closeSync, openSync, readSync } from 'node:fs';
import { LineFeed } from '../../../src/app/line-feed.ts';
import { BootWriter } from '../../../src/store/boot-writer.ts';
import { closeWritten, openForWriting } from '../../../src/store/database.ts';
import { argument, printReport } from './phase.ts';

const text = openSync(argument(0), 'r');
const file = argument(1);
const db = openForWriting(file, { create: true });
const writer = BootWriter.begin(db, file, { name: 'bench', origin: 'import' });
writer.beginSource(1, 'text', 'ftrace');
const feed = new LineFeed(
  (buffer, offset) => readSync(text, buffer, offset, buffer.length - offset, null),
  (bytes, lineCount) => writer.addSourceBlock(1, bytes, lineCount),
);
let lines = 0;
while (feed.advance()) lines++;
writer.endSource(1);
writer.finish();
closeWritten(db);
closeSync(text);
printReport({ parsed: lines });
