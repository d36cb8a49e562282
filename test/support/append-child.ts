import { BootWriter } from '../../src/store/boot-writer.ts';
import { closeWritten, openForWriting } from '../../src/store/database.ts';
import { buildEvent } from './build-event.ts';

// Goes on with boot 1 where it is known to end, once somebody says so; tells how that went.
const [path = '', position = '', name = ''] = process.argv.slice(2);
const db = openForWriting(path, { create: false });
const writer = BootWriter.resume(db, path, 1, Number(position));
const events = Array.from({ length: 5000 }, (_unused, index) =>
  buildEvent('log.printed', { level: null, text: `${name} ${index}` }, { agent: name }),
);
process.stdout.write('ready\n');
process.stdin.once('data', () => {
  try {
    writer.append(events);
    process.stdout.write('appended\n');
  } catch (error) {
    writer.abandon();
    process.stdout.write(`${(error as Error).constructor.name}: ${(error as Error).message}\n`);
  }
  closeWritten(db);
  process.exit();
});
