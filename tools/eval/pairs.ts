import type { PlanRequest } from '../../src/app/plan-boot.ts';
import type { BootEvent } from '../../src/events/catalog.ts';
import { KERNEL_TEXT_FORMATS } from '../../src/export/carriage.ts';
import { findFault } from '../../src/simulator/faults.ts';
import { findSoc, SOC_NAMES } from '../../src/soc/find-soc.ts';
import { printEvents } from '../../test/support/carried-events.ts';
import { parseText } from '../../test/support/parse-text.ts';
import { boot, faultyBoots } from './cases.ts';

/** A healthy boot and one with a fault; the healthy twin of the faulty one tells what the fault is first seen by. */
export interface LabelledPair {
  readonly name: string;
  readonly fault: string;
  readonly isCrossMode: boolean;
  /** Healthy, of another seed than the faulty one, and perhaps of another mode. */
  readonly a: readonly BootEvent[];
  /** The boot with the fault. */
  readonly b: readonly BootEvent[];
  /** The plan and the seed of `b`, without the fault. */
  readonly twin: readonly BootEvent[];
}

/** Two boots that mean the same. */
export interface EquivalentPair {
  readonly name: string;
  /** The fault that both boots have; null where both are healthy. */
  readonly fault: string | null;
  readonly a: readonly BootEvent[];
  readonly b: readonly BootEvent[];
}

interface Wanted {
  readonly socs: readonly string[];
  readonly faults: readonly string[];
  readonly isOneSocEach?: boolean;
}

const OTHER_SEED = 7;

/** The healthy boot of the exception level at which a boot with the wrong device tree runs. */
const MODE_MEANT: Readonly<Record<string, string>> = { 'F-02': 'qhee' };

/** Each fault on each SoC against a healthy boot of the same plan, and at EL2 against one under the hypervisor too. */
export function* labelledPairs(wanted: Wanted): Generator<LabelledPair> {
  for (const { name, fault, request, events: b } of faultyBoots(wanted)) {
    // What Linux copes with is no fault, and where the hypervisor is resident there is nothing but the mode to name.
    if (fault === null || fault === 'F-04') continue;
    const healthy: PlanRequest = { ...request, faults: [], mode: MODE_MEANT[fault] ?? request.mode };
    const twin = boot(healthy);
    const a = boot({ ...healthy, seed: OTHER_SEED });
    if (twin === null || a === null) continue;
    yield { name, fault, isCrossMode: false, a, b, twin };
    const isWrongMode = findFault(fault)?.mode !== undefined;
    if (request.mode !== 'el2' || isWrongMode) continue;
    const other = boot({ ...healthy, mode: 'qhee', seed: OTHER_SEED });
    if (other !== null) yield { name: `${name} against qhee`, fault, isCrossMode: true, a: other, b, twin };
  }
}

const MODES = ['qhee', 'gunyah', 'el2'] as const;
const SCENARIOS = ['boot', 'stop-start', 'probe-deferral'] as const;
/** What may differ between two machines, or two firmwares, that do the same. */
const SAME_MEANING = ['handles-start=0x10'] as const;

/** Boots of one plan that differ in times, addresses, handles and the order of what happens at the same time. */
export function* equivalentPairs(wanted: { readonly socs: readonly string[] }): Generator<EquivalentPair> {
  for (const soc of SOC_NAMES) {
    if (wanted.socs.length > 0 && !wanted.socs.includes(soc)) continue;
    for (const mode of MODES) {
      if (mode === 'el2' && findSoc(soc)?.el2Overlay === null) continue;
      for (const scenario of SCENARIOS) {
        const request = { soc, mode, scenario };
        const a = boot({ ...request, seed: 1 });
        if (a === null) continue;
        const others: readonly [string, PlanRequest][] = [
          ['seed 2', { ...request, seed: 2 }],
          [SAME_MEANING.join(', '), { ...request, seed: 9, policies: [...SAME_MEANING] }],
        ];
        for (const [what, other] of others) {
          const b = boot(other);
          if (b !== null) yield { name: `${soc} ${mode} ${scenario} ${what}`, fault: null, a, b };
        }
      }
    }
  }
}

/** Boots with one fault, of two seeds: what is wrong is the same, and nothing else differs. */
export function* equallyFaultyPairs(wanted: Wanted): Generator<EquivalentPair> {
  for (const { name, fault, request, events: a } of faultyBoots(wanted)) {
    const b = boot({ ...request, seed: OTHER_SEED });
    if (b !== null) yield { name: `${name} seed ${OTHER_SEED}`, fault: fault ?? null, a, b };
  }
}

/** Healthy boots as kernel log and as trace, against what these become when they are imported and printed once more. */
export function* textPairs(wanted: { readonly socs: readonly string[] }): Generator<EquivalentPair> {
  for (const soc of SOC_NAMES) {
    if (wanted.socs.length > 0 && !wanted.socs.includes(soc)) continue;
    for (const mode of MODES) {
      if (mode === 'el2' && findSoc(soc)?.el2Overlay === null) continue;
      const events = boot({ soc, mode, scenario: 'stop-start', seed: 4 });
      if (events === null) continue;
      for (const format of KERNEL_TEXT_FORMATS) {
        const a = parseText(format, printEvents(format, events));
        const b = parseText(format, printEvents(format, a));
        yield { name: `${soc} ${mode} as ${format}`, fault: null, a, b };
      }
    }
  }
}
