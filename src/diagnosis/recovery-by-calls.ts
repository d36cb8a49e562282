import type { BootFacts } from './boot-facts.ts';
import { wasUpBefore } from './evidence.ts';
import type { Attempt } from './processor-facts.ts';
import { tableCalls } from './resource-table-start.ts';

/**
 * A recovery asks for no resource table (rproc_boot_recovery), as a start with `iommus` does: where only calls tell of
 * starts, that is how one is known.
 */
export function isRecoveryByCalls(boot: BootFacts, attempt: Attempt): boolean {
  if (!attempt.isByCalls || tableCalls(boot, attempt).length > 0) return false;
  const before = boot.processors.get(attempt.processor)?.attempts ?? [];
  return before.some(
    (earlier) =>
      earlier.number < attempt.number && earlier.outcome === 'up' && tableCalls(boot, earlier).length > 0,
  );
}

/** Whether only calls tell of a start, and it may follow on a crash of a core that was up. */
export function mayBeRecovery(boot: BootFacts, attempt: Attempt): boolean {
  if (!attempt.isByCalls || tableCalls(boot, attempt).length > 0) return false;
  return wasUpBefore(boot, attempt) || !boot.sight.isFromProbe;
}
