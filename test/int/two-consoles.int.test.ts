import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { sampleFile } from '../support/sample-boots.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const LINES = readFileSync(sampleFile('el2-crash-recovery', 'dmesg.txt'), 'utf8').trimEnd().split('\n');
const REGISTERED = LINES.findIndex((line) => line.includes('console [ttyAMA0] enabled')) + 1;

async function checked(lines: readonly string[]) {
  const path = join(temporaryFolder(), 'console.txt');
  writeFileSync(path, `${lines.join('\n')}\n`);
  const { out, err, code } = await runCli(['check', path, '--format', 'json']);
  const { findings } = JSON.parse(out) as {
    findings: { rule: string; subject: string; evidence: unknown[] }[];
  };
  return {
    code,
    err,
    findings: findings.map(({ rule, subject, evidence }) => [rule, subject, evidence.length]),
  };
}

/** A recorded boot, as its serial line has it where the early console is not given up. */
const SHAPES: readonly (readonly [string, readonly string[]])[] = [
  ['twice from the beginning', LINES.flatMap((line) => [line, line])],
  ['twice from when the console came', LINES.flatMap((line, n) => (n < REGISTERED ? [line] : [line, line]))],
  ['again up to when the console came', [...LINES.slice(0, REGISTERED), ...LINES]],
  [
    'again up to when the console came, and twice from there',
    [
      ...LINES.slice(0, REGISTERED),
      ...LINES.slice(0, REGISTERED),
      ...LINES.slice(REGISTERED).flatMap((line) => [line, line]),
    ],
  ],
];

describe('trace check of a console log', () => {
  it.each(SHAPES)('%s says what it says of the log itself', async (_, lines) => {
    expect(REGISTERED).toBeGreaterThan(10);
    expect(await checked(lines)).toEqual(await checked(LINES));
  });
});
