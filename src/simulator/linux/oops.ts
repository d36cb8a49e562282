import type { Steps } from '../scheduler.ts';
import type { World } from '../world.ts';
import type { KernelLog } from './kernel-log.ts';

/** What the kernel says of an access that nobody can mend: `Oops`, and the syndrome that the CPU reported. */
export interface FatalAccess {
  /** Line of arch/arm64/mm/fault.c; null where it has none of its own. */
  readonly text: string | null;
  /** What `die` calls it. */
  readonly name: string;
  readonly syndrome: number;
}

/** Data abort, translation fault at level 0 or 3, and a synchronous external abort. */
export const SYNDROME = { level0: 0x9600_0004, level3: 0x9600_0007, external: 0x9600_0410 } as const;

/** `die`, and with it the machine (model assumption: the kernel panics on an oops). */
export function* oops(world: World, log: KernelLog, { text, name, syndrome }: FatalAccess): Steps {
  log.oops(text, name, syndrome);
  log.panic(`${name}: Fatal exception`);
  yield* world.die('panic');
}
