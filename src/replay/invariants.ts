import type { BootEvent } from '../events/catalog.ts';
import { BootView } from './invariants/boot-view.ts';
import { BRIDGE_INVARIANTS } from './invariants/bridge-invariants.ts';
import type { Invariant, Report, Violation } from './invariants/invariant.ts';
import { MAPPING_INVARIANTS } from './invariants/mapping-invariants.ts';
import { PROCESSOR_INVARIANTS } from './invariants/processor-invariants.ts';
import { SMC_INVARIANTS } from './invariants/smc-invariants.ts';
import { TABLE_INVARIANTS } from './invariants/table-invariants.ts';

/** What must hold in every boot, in the order of their ids. */
export const INVARIANTS: readonly Invariant[] = [
  ...SMC_INVARIANTS,
  ...BRIDGE_INVARIANTS,
  ...MAPPING_INVARIANTS,
  ...TABLE_INVARIANTS,
  ...PROCESSOR_INVARIANTS,
].sort((a, b) => numberOf(a) - numberOf(b));

type Handler = (event: BootEvent, boot: BootView, report: Report) => void;

interface Watcher {
  readonly invariant: Invariant;
  readonly handle: Handler;
}

/**
 * Folds the events of one boot and tells where it breaks an invariant. What a log does not tell breaks none: an
 * invariant speaks up only about what events have shown.
 */
export class InvariantChecker {
  private readonly boot = new BootView();
  private readonly watchers = new Map<string, Watcher[]>();
  private readonly found: Violation[] = [];

  constructor(invariants: readonly Invariant[] = INVARIANTS) {
    for (const invariant of invariants) {
      for (const [kind, handle] of Object.entries(invariant.begin())) {
        const watchers = this.watchers.get(kind) ?? [];
        // A handler is called with events of the kind that it stands under, and no other.
        watchers.push({ invariant, handle: handle as Handler });
        this.watchers.set(kind, watchers);
      }
    }
  }

  /** What was broken so far, in the order in which it was. */
  get violations(): readonly Violation[] {
    return this.found;
  }

  apply(event: BootEvent): void {
    const level = this.boot.state.exceptionLevel;
    for (const { invariant, handle } of this.watchers.get(event.kind) ?? []) {
      const isMeant = invariant.levels.length === 2 || invariant.levels.some((meant) => meant === level);
      if (!isMeant) continue;
      handle(event, this.boot, ({ subject, detail, evidence = [] }) => {
        this.found.push({
          invariant: invariant.id,
          title: invariant.title,
          seq: event.seq,
          evidence: [...new Set(evidence.filter((seq) => typeof seq === 'number'))].sort((a, b) => a - b),
          subject,
          detail,
        });
      });
    }
    this.boot.apply(event);
  }
}

/** Where the events of a boot break invariants. */
export function checkInvariants(events: Iterable<BootEvent>): readonly Violation[] {
  const checker = new InvariantChecker();
  for (const event of events) checker.apply(event);
  return checker.violations;
}

function numberOf({ id }: Invariant): number {
  return Number(/\d+/.exec(id)?.[0]);
}
