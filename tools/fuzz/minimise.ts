import { SCENARIOS } from '../../src/simulator/scenarios.ts';
import type { FuzzCase } from './fuzz-case.ts';

/**
 * The smallest case that still shows it: on the smallest machine, with one processor, the fewest faults, and those
 * befalling every start. Each step that keeps it is taken, until none does.
 */
export function minimise(found: FuzzCase, shows: (candidate: FuzzCase) => boolean): FuzzCase {
  let smallest = found;
  for (;;) {
    const smaller = candidatesFor(smallest).find(shows);
    if (smaller === undefined) return smallest;
    smallest = smaller;
  }
}

/** Cases that are smaller by one step, those that save most first. */
function candidatesFor(from: FuzzCase): FuzzCase[] {
  const candidates: FuzzCase[] = [];
  if (from.processors.length > 1) {
    for (const name of from.processors) {
      const faults = from.faults.filter((fault) => !fault.includes(':') || targetOf(fault) === name);
      candidates.push({ ...from, processors: [name], faults });
    }
  }
  if (from.soc !== 'virt') {
    const faults = from.faults.map((fault) => fault.replace(/:[a-z0-9]+/, ':adsp'));
    candidates.push({ ...from, soc: 'virt', processors: ['adsp'], faults: [...new Set(faults)] });
  }
  if (from.soc === 'hamoa' && from.processors.includes('adsp')) {
    // Its CDSP has dtb firmware too, and smaller images.
    const faults = from.faults.map((fault) => fault.replace(':adsp', ':cdsp'));
    candidates.push({ ...from, processors: ['cdsp'], faults: [...new Set(faults)] });
  }
  from.faults.forEach((_fault, index) => {
    candidates.push({ ...from, faults: from.faults.filter((_other, place) => place !== index) });
  });
  const place = SCENARIOS.findIndex(({ name }) => name === from.scenario);
  for (const { name } of SCENARIOS.slice(0, Math.max(0, place))) candidates.push({ ...from, scenario: name });
  if (from.faults.includes('F-04'))
    candidates.push({ ...from, mode: 'qhee', faults: from.faults.filter((fault) => fault !== 'F-04') });
  if (from.mode === 'gunyah') candidates.push({ ...from, mode: 'qhee' });
  if (from.seed !== 1) candidates.push({ ...from, seed: 1 });
  from.faults.forEach((fault, index) => {
    const everyStart = fault.replace(/@\d+$/, '');
    if (everyStart !== fault) candidates.push({ ...from, faults: from.faults.with(index, everyStart) });
  });
  return candidates;
}

function targetOf(fault: string): string | undefined {
  return /:([a-z0-9]+)/.exec(fault)?.[1];
}
