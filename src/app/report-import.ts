import type { LogFormat } from '../kernel-logs/log-formats.ts';
import { type BootReport, reportBoots } from './import-report.ts';
import type { ImportResult } from './import-result.ts';
import { openHistory, openLogs } from './open-history.ts';

/** What an import understood, boot by boot. */
export interface ImportReport {
  readonly boots: readonly BootReport[];
  readonly warnings: readonly string[];
}

/** Imports files only to say what was understood of them; nothing is kept. */
export function reportFiles(files: readonly string[], format?: LogFormat): ImportReport {
  const history = openLogs(files, format);
  try {
    return { boots: reportBoots(history, history.boots), warnings: history.warnings };
  } finally {
    history.close();
  }
}

/** Says what was understood of files that have been imported. */
export function reportImported({ output, boots, warnings }: ImportResult): ImportReport {
  const history = openHistory(output);
  try {
    const ids = new Set(boots.map(({ bootId }) => bootId));
    return {
      boots: reportBoots(
        history,
        history.boots.filter(({ bootId }) => ids.has(bootId)),
      ),
      warnings,
    };
  } finally {
    history.close();
  }
}
