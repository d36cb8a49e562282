import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { driverSequence } from '../../support/driver-sequence.ts';
import { importedEvents } from '../../support/imported-boot.ts';
import { simulated } from '../../support/simulated-boot.ts';

/** Recordings of the real drivers, and what the simulated twin of their machine is told to do. */
const CAPTURES = [
  { name: 'el1-boot-stop-boot', mode: 'qhee', scenario: 'stop-start' },
  { name: 'el2-boot-stop-boot', mode: 'el2', scenario: 'stop-start' },
  { name: 'el2-crash-recovery', mode: 'el2', scenario: 'crash-while-stopping' },
] as const;

const BUNDLED = fileURLToPath(new URL('../../../traces/', import.meta.url));
const SHARED = fileURLToPath(new URL('../../../../shared/captures/', import.meta.url));

describe.each([
  ['bundled', BUNDLED],
  ['shared', SHARED],
])('the simulator against the %s recordings of the real drivers', (_which, folder) => {
  it.for(CAPTURES)(
    '$name: the same calls, maps and lines, in the same order',
    ({ name, mode, scenario }, { skip }) => {
      if (!existsSync(folder)) skip(`${folder} is not there`);
      const files = ['dmesg.txt', 'pas.ftrace.txt'].map((file) => `${folder}${name}/${file}`);
      const recorded = driverSequence(importedEvents(files));
      const { events } = simulated({ soc: 'virt', mode, scenario });
      expect(firstDifference(recorded, driverSequence(events))).toBe('none');
      expect(recorded.length).toBeGreaterThan(50);
    },
  );
});

/** The first place where two sequences part, with what led to it. */
function firstDifference(recorded: readonly string[], simulatedSteps: readonly string[]): string {
  const count = Math.max(recorded.length, simulatedSteps.length);
  for (let i = 0; i < count; i++) {
    if (recorded[i] === simulatedSteps[i]) continue;
    const before = recorded.slice(Math.max(0, i - 4), i).map((step) => `  ${step}`);
    return [
      `step ${i + 1}:`,
      ...before,
      `- recorded:  ${recorded[i]}`,
      `+ simulated: ${simulatedSteps[i]}`,
    ].join('\n');
  }
  return 'none';
}
