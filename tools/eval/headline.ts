import { type KnownOfBoot, modelPair } from '../../src/app/model-pair.ts';
import { bootOfEvents } from '../../src/diff/boot-source.ts';
import { type Comparison, compareBoots } from '../../src/diff/compare.ts';
import { explainByModel } from '../../src/diff/expectation.ts';
import type { Duty, ObligationAccount, ObligationRow } from '../../src/diff/obligations.ts';
import type { BootEvent } from '../../src/events/catalog.ts';
import { bootFactProjection } from '../../src/replay/projections/boot-fact.ts';
import { projectEvents } from '../../src/replay/projections/projection.ts';
import { DUTIES_OF_FAULT, type FirstEffect, isSameAct } from './first-effect.ts';

/**
 * How well the head of a diff names a fault: by an effect that it is first seen by; by a duty that the fault leaves
 * unmet; by nothing but what the modes of the boots explain, or by no difference at all (it does not know); or by
 * something else. Where the boots tell the same there is nothing to name.
 */
export const HEADLINES = ['effect', 'duty', 'unknown', 'wrong', 'nothing to see'] as const;

export type HeadlineOutcome = (typeof HEADLINES)[number];

export interface Headline {
  readonly outcome: HeadlineOutcome;
  /** What it says, and what it should have said. */
  readonly said: string;
  readonly expected: string;
}

/** Compares two boots as `trace diff` does. */
export function compare(
  a: readonly BootEvent[],
  b: readonly BootEvent[],
  origin: 'simulation' | 'import',
): Comparison {
  const comparison = compareBoots(bootOfEvents(a), bootOfEvents(b));
  if (!comparison.differs) return comparison;
  const starts = Math.max(1, ...comparison.obligations.map(({ start }) => start));
  const lanes = comparison.lanes.map(({ lane }) => lane);
  const pair = modelPair(knownOf(a, origin), knownOf(b, origin), lanes, starts);
  if ('reason' in pair) return comparison;
  const model = compareBoots(bootOfEvents(pair.a), bootOfEvents(pair.b));
  const modelled = Math.max(1, ...model.obligations.map(({ start }) => start));
  return explainByModel(comparison, model, Math.ceil(starts / modelled));
}

function knownOf(events: readonly BootEvent[], origin: string): KnownOfBoot {
  const facts = projectEvents(bootFactProjection, events).map(([name, value, seq, evidence]) => ({
    name,
    value,
    seq,
    evidence,
    place: null,
  }));
  return { origin, facts };
}

export function judgeHeadline(
  fault: string,
  comparison: Comparison,
  boots: {
    readonly a: readonly BootEvent[];
    readonly b: readonly BootEvent[];
    readonly twin: readonly BootEvent[];
  },
  effects: readonly FirstEffect[],
): Headline {
  const first = comparison.firstDivergence;
  const unmet = firstUnmet(comparison.obligations);
  const difference = first === null || first.isExplained ? null : first.difference;
  const [ofA, ofB] = [difference?.a ?? null, difference?.b ?? null];
  const said = [
    unmet === null ? '' : `unmet ${unmet.duty} of ${unmet.processor}; `,
    difference === null
      ? 'no divergence'
      : `${difference.type} ${ofA?.text ?? ''}${ofA !== null && ofB !== null ? ' | ' : ''}${ofB?.text ?? ''}`,
  ].join('');
  const expected = effects
    .map(({ healthy, faulty }) => `healthy ${brief(healthy)} | faulty ${brief(faulty)}`)
    .join(', or ');
  const outcome = (): HeadlineOutcome => {
    if (effects.length === 0) return 'nothing to see';
    const isEffect = effects.some(({ healthy, faulty }) => {
      const inA = eventOf(boots.a, ofA?.seq);
      const inB = eventOf(boots.b, ofB?.seq);
      const hitsA =
        inA !== null &&
        healthy !== null &&
        isSameAct({ events: boots.a, event: inA }, { events: boots.twin, event: healthy });
      const hitsB =
        inB !== null &&
        faulty !== null &&
        isSameAct({ events: boots.b, event: inB }, { events: boots.b, event: faulty });
      return hitsA || hitsB;
    });
    if (isEffect) return 'effect';
    if (unmet !== null && (DUTIES_OF_FAULT[fault] ?? []).includes(unmet.duty)) return 'duty';
    return difference === null ? 'unknown' : 'wrong';
  };
  return { outcome: outcome(), said, expected };
}

function eventOf(events: readonly BootEvent[], seq: number | undefined): BootEvent | null {
  return seq === undefined ? null : (events[seq - 1] ?? null);
}

function brief(event: BootEvent | null): string {
  if (event === null) return 'nothing';
  const payload = JSON.stringify(event.payload, (_key, value) =>
    typeof value === 'bigint' ? `0x${value.toString(16)}` : value,
  );
  return `#${event.seq} ${event.kind} ${event.subject ?? ''} ${payload.slice(0, 140)}`;
}

/** The first duty that is met in one boot and by nobody in the other, which stands first in the report. */
function firstUnmet(
  obligations: readonly ObligationAccount[],
): { readonly duty: Duty; readonly processor: string } | null {
  for (const { processor, rows } of obligations) {
    const row = rows.find(isUnmetAlone);
    if (row !== undefined) return { duty: row.duty, processor };
  }
  return null;
}

const MEANT: readonly string[] = ['linux', 'hypervisor', 'trustzone'];

function isUnmetAlone({ unmetIn, a, b }: ObligationRow): boolean {
  const met = unmetIn === 'a' ? b : unmetIn === 'b' ? a : null;
  return met !== null && MEANT.includes(met.by);
}
