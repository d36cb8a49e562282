import { importLogs } from '../../src/app/import-logs.ts';

// Says that it begins, so that whoever kills it does not only hit the start of the process.
const [trace = '', output = ''] = process.argv.slice(2);
process.stdout.write('begin\n');
importLogs({ files: [trace], output });
