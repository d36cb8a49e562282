import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffBoots } from '../../src/app/diff-boots.ts';
import { type PlanRequest, planBoot } from '../../src/app/plan-boot.ts';
import { recordBoot } from '../../src/app/record-boot.ts';
import { KERNEL_TEXT_FORMATS, type KernelTextFormat } from '../../src/export/carriage.ts';
import { arbitraryPlan } from '../support/arbitrary-plan.ts';
import { printEvents } from '../support/carried-events.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { simulated } from '../support/simulated-boot.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/** What differs between a simulated boot and an import of what it prints; null where it prints nothing of that. */
function differencesFromItsText(plan: PlanRequest, formats: readonly KernelTextFormat[]): unknown {
  const folder = temporaryFolder();
  const history = join(folder, 'boot.db');
  recordBoot({ plan: planBoot(plan), output: history });
  const { events } = simulated(plan);
  const texts = join(temporaryFolder(), '.');
  let isAny = false;
  for (const format of formats) {
    const text = printEvents(format, events);
    if (text === '') continue;
    isAny = true;
    writeFileSync(join(texts, `${format}.txt`), text);
  }
  if (!isAny) return null;
  return [
    { a: history, b: texts },
    { a: texts, b: history },
  ].map((pair) =>
    diffBoots(pair, ({ comparison: { differs, lanes } }) => ({
      differs,
      differences: lanes.flatMap(({ differences }) =>
        differences.map(({ type, a, b }) => [type, a?.text, b?.text]),
      ),
    })),
  );
}

const SAME = { differs: false, differences: [] };

describe('a simulated boot', () => {
  for (const formats of [KERNEL_TEXT_FORMATS, ...KERNEL_TEXT_FORMATS.map((format) => [format])]) {
    it(`differs in nothing from an import of its own ${formats.join(' and ')}`, () => {
      fc.assert(
        fc.property(arbitraryPlan, (plan) => {
          const found = differencesFromItsText(plan, formats);
          if (found !== null) expect(found).toEqual([SAME, SAME]);
        }),
        propertyRuns(6),
      );
    });
  }
});
