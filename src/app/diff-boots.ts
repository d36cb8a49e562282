import { type Comparison, compareBoots } from '../diff/compare.ts';
import { type BootDescription, describeBoot } from './describe-history.ts';
import { openHistory } from './open-history.ts';

export type { Comparison, Difference, LaneComparison } from '../diff/compare.ts';
export type { DiffItem } from '../diff/items.ts';

export interface DiffSide {
  readonly file: string;
  readonly boot: BootDescription;
}

export interface DiffReport {
  readonly a: DiffSide;
  readonly b: DiffSide;
  readonly comparison: Comparison;
}

export interface DiffRequest {
  readonly a: string;
  readonly b: string;
  /** Which boot of a file that holds several, by number or name. */
  readonly bootA?: string | undefined;
  readonly bootB?: string | undefined;
}

/** Compares two boots by what they mean, from their logs alone. */
export function diffBoots(request: DiffRequest): DiffReport {
  const a = openHistory(request.a);
  try {
    const b = openHistory(request.b);
    try {
      const bootA = a.chooseBoot(request.bootA);
      const bootB = b.chooseBoot(request.bootB);
      return {
        a: { file: request.a, boot: describeBoot(a, bootA) },
        b: { file: request.b, boot: describeBoot(b, bootB) },
        comparison: compareBoots(
          () => a.log.events(bootA.bootId),
          () => b.log.events(bootB.bootId),
        ),
      };
    } finally {
      b.close();
    }
  } finally {
    a.close();
  }
}
