import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Scale } from './arena.ts';

export interface Options {
  readonly scale: Scale;
  readonly runs: number;
  /** Names of suites; undefined for all. */
  readonly only: readonly string[] | undefined;
  readonly format: 'text' | 'json';
  readonly dist: string;
}

/** What the user asked for cannot be done; the message says why. */
export class UsageError extends Error {}

export function usage(suites: readonly string[]): string {
  return `npm run bench -- [options]

  --only LIST       suites to run, separated by commas: ${suites.join(', ')}
  --runs N          rounds of each contest (5)
  --append-events N events to append (4M)
  --events N        events to derive tables of, and to read back (1M)
  --lines N         lines to import (1M)
  --log-lines LIST  lengths of kernel logs that show how an import grows (10k,100k,1M)
  --moment-events LIST  events of the boots that are asked about one moment (100k,1M; 10M takes
                    a minute and 3 GB)
  --diff-events N   lines of each of the two boots that are compared (200k)
  --format FORMAT   text or json
  --dist FOLDER     the build to measure (dist)`;
}

/** Undefined when the user wants to know what there is to ask for. */
export function parseOptions(
  args: readonly string[],
  suites: readonly string[],
  root: string,
): Options | undefined {
  const { values } = parse(args);
  if (values.help) return undefined;
  const only = values.only?.split(',');
  const unknown = only?.find((name) => !suites.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`no suite is called ${unknown}; there are ${suites.join(', ')}`);
  const { format } = values;
  if (format !== 'text' && format !== 'json') throw new UsageError(`--format is text or json, not ${format}`);
  return {
    scale: {
      appendEvents: parseCount('append-events', values['append-events']),
      events: parseCount('events', values.events),
      lines: parseCount('lines', values.lines),
      logLines: values['log-lines'].split(',').map((text) => parseCount('log-lines', text)),
      momentEvents: values['moment-events'].split(',').map((text) => parseCount('moment-events', text)),
      diffEvents: parseCount('diff-events', values['diff-events']),
    },
    runs: parseCount('runs', values.runs),
    only,
    format,
    dist: resolve(root, values.dist),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        runs: { type: 'string', default: '5' },
        'append-events': { type: 'string', default: '4M' },
        events: { type: 'string', default: '1M' },
        lines: { type: 'string', default: '1M' },
        'log-lines': { type: 'string', default: '10k,100k,1M' },
        'moment-events': { type: 'string', default: '100k,1M' },
        'diff-events': { type: 'string', default: '200k' },
        format: { type: 'string', default: 'text' },
        dist: { type: 'string', default: 'dist' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** `200k`, `1M`, `1_500_000`, `250000`. */
function parseCount(name: string, text: string): number {
  const [, digits, suffix] = /^(\d[\d_]*(?:\.\d+)?)([kM]?)$/.exec(text) ?? [];
  const count = Number(digits?.replaceAll('_', '')) * { '': 1, k: 1e3, M: 1e6 }[suffix as '' | 'k' | 'M'];
  if (!Number.isInteger(count) || count < 1)
    throw new UsageError(`--${name} is a count such as 200k, not ${text}`);
  return count;
}
