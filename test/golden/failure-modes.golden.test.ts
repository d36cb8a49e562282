import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { FAULTS } from '../../src/simulator/faults.ts';
import { outcomeOf } from '../support/boot-outcome.ts';
import { renderFailureModes, renderFault, type ShownFault } from '../support/failure-modes-page.ts';
import { FAULT_EXAMPLES } from '../support/fault-examples.ts';
import { expectGolden } from '../support/golden.ts';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const idNumber = (id: string) => (id.startsWith('F-') ? Number(id.slice(2)) : 1000);

describe('the failure modes', () => {
  let shown: readonly ShownFault[] = [];

  beforeAll(() => {
    shown = FAULT_EXAMPLES.map((example) => ({ example, outcome: outcomeOf(example) }));
  }, 240_000);

  it('are listed in order, each once', () => {
    const numbers = FAULTS.map(({ id }) => idNumber(id));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(FAULTS.map(({ id }) => id)).size).toBe(FAULTS.length);
  });

  it('look as they do on boards', () => {
    expectGolden(path('expected/failure-modes.txt'), shown.map(renderFault).join('\n'));
  });

  it('are documented', () => {
    expectGolden(path('../../docs/failure-modes.md'), renderFailureModes(shown));
  });
});
