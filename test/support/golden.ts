import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'vitest';

/** Compares a text with a file that people have read. UPDATE_GOLDEN=1 writes the file instead. */
export function expectGolden(path: string, actual: string): void {
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
    return;
  }
  expect(existsSync(path), `${path} does not exist; npm run golden:update writes it`).toBe(true);
  expect(actual).toBe(readFileSync(path, 'utf8'));
}
