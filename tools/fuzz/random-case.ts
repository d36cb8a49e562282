import { present } from '../../src/base/assert.ts';
import type { SeededRandom } from '../../src/base/seeded-random.ts';
import { FAULTS } from '../../src/simulator/faults.ts';
import { SCENARIOS } from '../../src/simulator/scenarios.ts';
import { findSoc } from '../../src/soc/find-soc.ts';
import type { FuzzCase } from './fuzz-case.ts';

/**
 * A core that Linux attaches to is a what-if: nothing in Linux 7.2 sets `early_boot`, and the path that would follow
 * maps no carveout (qcom_pas_attach), so that each recovery unmaps what is not there. It would drown the rest.
 */
const FUZZED_SCENARIOS = SCENARIOS.filter(({ name }) => name !== 'attach');

/** Machines that are quick, and Hamoa, which alone has dtb firmware, come more often. */
const SOCS = [
  'virt',
  'virt',
  'virt',
  'virt',
  'hamoa',
  'hamoa',
  'hamoa',
  'talos',
  'monaco',
  'lemans',
  'kodiak',
];
const MODES = ['el2', 'el2', 'el2', 'qhee', 'gunyah'];

function pick<T>(random: SeededRandom, values: readonly T[]): T {
  return present(values[random.below(values.length)], 'something to pick from');
}

/** A boot in a right mode, with up to three faults. */
export function randomCase(random: SeededRandom): FuzzCase {
  const name = pick(random, SOCS);
  const soc = present(findSoc(name), name);
  const mode = soc.el2Overlay === null ? pick(random, ['qhee', 'gunyah']) : pick(random, MODES);
  const all = soc.remoteprocs.map((processor) => processor.name);
  const first = random.below(all.length);
  const processors = all.slice(first, first + (random.below(4) === 0 ? 2 : 1));
  const faults = Array.from({ length: 1 + random.below(3) }, () => {
    const { id, scope } = pick(random, FAULTS);
    if (scope === 'machine') return id;
    const start = random.below(3);
    return `${id}:${pick(random, processors)}${start === 0 ? '' : `@${start}`}`;
  });
  return {
    soc: name,
    mode,
    scenario: pick(random, FUZZED_SCENARIOS).name,
    seed: random.below(10_000),
    processors,
    faults: [...new Set(faults)],
  };
}
