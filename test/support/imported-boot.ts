import { importLogs } from '../../src/app/import-logs.ts';
import { openHistory } from '../../src/app/open-history.ts';
import type { BootEvent } from '../../src/events/catalog.ts';
import { temporaryFolder } from './temp-folder.ts';

/** The events of files imported as one boot. */
export function importedEvents(files: readonly string[]): BootEvent[] {
  const output = `${temporaryFolder()}/imported.db`;
  importLogs({ files, output, withoutTables: true });
  const history = openHistory(output);
  try {
    return [...history.log.events(1)];
  } finally {
    history.close();
  }
}
