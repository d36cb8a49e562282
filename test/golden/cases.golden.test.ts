import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { expectGolden } from '../support/golden.ts';
import { parseText } from '../support/parse-text.ts';
import { runCli } from '../support/run-cli.ts';

const place = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The rule that speaks first for each case; null where nothing is wrong. */
const VERDICTS: Readonly<Record<string, string | null>> = {
  'core-that-runs-already': 'core-runs-before-attach',
  'image-of-another-key': 'image-refused',
  'el2-with-the-plain-device-tree': 'el2-plain-devicetree',
  'el1-with-the-el2-device-tree': 'el1-el2-devicetree',
  'trustzone-without-resource-table': 'tz-without-rsctable',
  'heap-not-mapped': 'heap-not-mapped',
  'smem-not-mapped': 'devmem-missing',
  'mapping-removed-before-the-fault': 'mapping-removed',
  'handover-twice': null,
  'recovery-loop': 'crash-loop',
  'core-that-never-became-ready': 'never-ready',
};

/** Kernel logs of our own of cases that people have met, and what trace check makes of them. */
describe('what trace check says of', () => {
  it('every case that is there', () => {
    const there = readdirSync(place('cases')).map((file) => file.replace(/\.log$/, ''));
    expect(there.sort()).toEqual(Object.keys(VERDICTS).sort());
  });

  it.each(Object.entries(VERDICTS))('%s', async (name, rule) => {
    const path = place(`cases/${name}.log`);
    const findings = diagnose(parseText('dmesg', readFileSync(path)));
    const real = findings.filter(({ severity }) => severity !== 'noise').map((finding) => finding.rule);
    expect(real).toEqual(rule === null ? [] : [rule]);
    const { code, out, err } = await runCli(['check', path], { columns: 80 });
    expect([code, err]).toEqual([rule === null ? 0 : 1, '']);
    expectGolden(place(`expected/cases/${name}.txt`), out);
  });
});
