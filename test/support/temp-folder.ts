import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

/** A folder that goes when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trace-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder for all tests of one file; call at its top level. */
export function sharedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trace-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
