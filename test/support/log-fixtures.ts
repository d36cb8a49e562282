import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LogFormat } from '../../src/kernel-logs/log-formats.ts';

const FOLDER = fileURLToPath(new URL('../fixtures/logs', import.meta.url));

/** A small log of our own, in the shape that its name says: `<shape>.<format>.log`. */
export interface LogFixture {
  readonly name: string;
  readonly path: string;
  readonly format: LogFormat;
  readonly bytes: Buffer;
}

export const LOG_FIXTURES: readonly LogFixture[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.log'))
  .sort()
  .map((name) => {
    const path = join(FOLDER, name);
    return { name, path, format: name.split('.').at(-2) as LogFormat, bytes: readFileSync(path) };
  });
