import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { BootEvent } from '../../src/events/catalog.ts';
import { checkInvariants } from '../../src/replay/invariants.ts';
import { SCENARIOS } from '../../src/simulator/scenarios.ts';
import { findSoc, SOC_NAMES } from '../../src/soc/find-soc.ts';
import { importedEvents } from '../support/imported-boot.ts';
import { simulated } from '../support/simulated-boot.ts';

const MACHINES = SOC_NAMES.flatMap((soc) =>
  ['qhee', 'gunyah', 'el2']
    .filter((mode) => mode !== 'el2' || findSoc(soc)?.el2Overlay !== null)
    .map((mode) => ({ soc, mode })),
);

/** Boots of every machine and of every scenario in every mode; which meet, the machine and its place decide. */
const BOOTS = MACHINES.flatMap(({ soc, mode }, place) =>
  SCENARIOS.filter((_scenario, index) => (place + index) % (soc === 'virt' ? 1 : 3) === 0)
    // At EL2 a core that the boot loader started fails, as F-30 does, and its recovery ends what never began.
    .filter(({ name }) => !(name === 'attach' && mode === 'el2'))
    .map(({ name }, index) => ({
      soc,
      mode,
      scenario: name,
      seed: 1 + 977 * place + index,
      kernel: (place + index) % 4 === 0 ? '7.0.0' : '7.2.13',
      // A few of many alike: all of them together come in the first boot of the machine.
      processors: index === 0 ? undefined : processorsOf(soc, place),
    })),
);

function processorsOf(soc: string, place: number): string[] {
  const names = findSoc(soc)?.remoteprocs.map(({ name }) => name) ?? [];
  return names.slice(place % names.length).slice(0, 2);
}

const CAPTURES = ['el1-boot-stop-boot', 'el2-boot-stop-boot', 'el2-crash-recovery'];
const TRACES = fileURLToPath(new URL('../../traces/', import.meta.url));

function broken(events: readonly BootEvent[]): string[] {
  return checkInvariants(events).map(({ invariant, seq, detail }) => `${invariant} at ${seq}: ${detail}`);
}

describe('all invariants hold', () => {
  it.each(BOOTS)('in $soc $mode $scenario, seed $seed, Linux $kernel', (request) => {
    const { events } = simulated(request);
    expect(broken(events)).toEqual([]);
    expect(events.length).toBeGreaterThan(50);
  });

  it.for(CAPTURES)('in the recording %s of the real drivers', (name, { skip }) => {
    const files = ['dmesg.txt', 'pas.ftrace.txt'].map((file) => `${TRACES}${name}/${file}`);
    if (!files.every((file) => existsSync(file))) skip(`${name} is not there`);
    expect(broken(importedEvents(files))).toEqual([]);
  });
});
