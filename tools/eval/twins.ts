import { findFault } from '../../src/simulator/faults.ts';
import { boot, type LabelledBoot } from './cases.ts';
import type { Verdict } from './verdict.ts';
import { kernelLogOf } from './views.ts';

/** Boots without any fault, as a cause that a log may not be told apart from. */
const HEALTHY = 'no fault';

/**
 * Faults of which the same plan prints the same kernel log, word for word but for the times: no rule can tell them
 * apart by the log. It is proven by simulating the plan with each cause that the first finding leaves, and with none.
 * What of a log is its times says how long steps took, which on a board varies more than between these faults.
 */
export function twinsOf({ fault, request, events }: LabelledBoot, verdict: Verdict): string[] {
  const log = wordsOf(kernelLogOf(events));
  const target = request.processors?.[0];
  const rivals = [HEALTHY, ...new Set(verdict.first?.modes ?? [])].filter((id) => id !== fault);
  return rivals.filter((id) => {
    const spec = findFault(id);
    if (id !== HEALTHY && spec === undefined) return false;
    const faults = spec === undefined ? [] : [spec.scope === 'machine' ? id : `${id}:${target}`];
    const other = boot({ ...request, faults });
    return other !== null && wordsOf(kernelLogOf(other)) === log;
  });
}

function wordsOf(log: string): string {
  return log.replaceAll(/^(?:<\d+>)?\[ *\d+\.\d+\]/gm, '');
}
