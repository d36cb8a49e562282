import type { BootEvent } from '../../src/events/catalog.ts';
import type { LogFormat } from '../../src/kernel-logs/log-formats.ts';
import { parseLog } from '../../src/kernel-logs/parse-log.ts';

/** Parses a text line by line, as an import does, but without files, and returns the events. */
export function parseText(format: LogFormat, text: string | Uint8Array): BootEvent[] {
  return parseLog(format, typeof text === 'string' ? Buffer.from(text) : Buffer.from(text));
}
