import { openForWriting } from '../../src/store/database.ts';
import { deriveTables } from '../../src/store/derive.ts';

// Makes the tables of a history again, and is killed when all rows are written and nothing is committed.
const [path = ''] = process.argv.slice(2);
const db = openForWriting(path, { create: false });
deriveTables(db, path, {
  force: true,
  onProgress: ({ stage }) => {
    if (stage === 'indexes') process.kill(process.pid, 'SIGKILL');
  },
});
