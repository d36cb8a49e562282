import { importLogs } from '../../src/app/import-logs.ts';

// Says that it begins, and again at each report of its progress, so that whoever kills it knows how far it is.
const [trace = '', output = ''] = process.argv.slice(2);
process.stdout.write('.');
importLogs({ files: [trace], output, onProgress: () => process.stdout.write('.') });
