import { createHash } from 'node:crypto';
import { type PlanRequest, planBoot } from '../../src/app/plan-boot.ts';
import type { BootEvent } from '../../src/events/catalog.ts';
import { simulate } from '../../src/simulator/simulate.ts';
import type { SocState } from '../../src/soc/soc-state.ts';

function sha384(bytes: Uint8Array): Uint8Array {
  return createHash('sha384').update(bytes).digest();
}

/** Boots in memory. */
export function simulated(request: PlanRequest): { events: BootEvent[]; state: SocState } {
  const events: BootEvent[] = [];
  const state = simulate(planBoot(request), sha384, (event) => events.push(event));
  return { events, state };
}
