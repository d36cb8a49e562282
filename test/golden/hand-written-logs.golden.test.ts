import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';
import { echoMeanings } from '../support/echo-events.ts';
import { expectGolden } from '../support/golden.ts';
import { parseText } from '../support/parse-text.ts';

const place = (name: string) => fileURLToPath(new URL(name, import.meta.url));

describe('what hand-written logs mean', () => {
  it.each(['smmu-faults', 'kernel-reports', 'drivers'])('%s', (name) => {
    const log = readFileSync(place(`logs/${name}.log`), 'utf8');
    expectGolden(place(`expected/${name}.meanings.txt`), echoMeanings(log, parseText('dmesg', log)));
  });
});
