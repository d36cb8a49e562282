import { present } from '../base/assert.ts';
import { focusOf } from '../replay/mapping-focus.ts';
import { sectionsOfKind } from '../replay/section-kinds.ts';
import { diffStates, type SectionDiff } from '../replay/state-diff.ts';
import { listSection, type StateSection } from '../replay/state-lines.ts';
import {
  type SectionName,
  type StateView,
  viewMappingsIn,
  viewSection,
  viewTablesAt,
} from '../replay/state-view.ts';
import { tablesChangedBy } from '../replay/table-focus.ts';
import type { SocState } from '../soc/soc-state.ts';
import type { BootEvents } from './boot-events.ts';
import type { StateCursor } from './state-cursor.ts';

/** Sections that are remembered; the oldest goes first. */
const REMEMBERED = 2000;

/** Where the way back takes a replay of this many events, more than one stop is made ready by it … */
const LONG_REPLAY = 50_000;
const STOPS_MADE_READY = 32;
/** … as long as to look at a state, which costs about as much as to replay so many events for each thing in it, does not cost more. */
const EVENTS_FOR_A_LOOK = 10;

/** What an event changed, and what watched sections are right after it. */
export interface SectionsAtStop {
  readonly changes: readonly SectionDiff[];
  readonly watched: readonly StateSection[];
}

interface SectionPair {
  readonly before: StateSection;
  readonly after: StateSection;
}

/**
 * Sections of the state at the stops of a walk. Only sections that the kind of an event may change are compared, and what
 * was looked at is remembered: the state itself is one that goes on, and so costs a replay on the way back.
 */
export class SectionHistory {
  private readonly events: BootEvents;
  private readonly cursor: StateCursor;
  private readonly remembered = new Map<string, StateSection>();
  /** By the seq of an event about mappings, or of a descriptor that was written. */
  private readonly around = new Map<number, SectionPair>();
  /** The tables that the descriptor written last belongs to: the next one is mostly of the same. */
  private lastTables:
    | { readonly seq: number; readonly roots: string; readonly section: StateSection }
    | undefined;

  constructor(events: BootEvents, cursor: StateCursor) {
    this.events = events;
    this.cursor = cursor;
  }

  atStop(seq: number, watched: readonly SectionName[]): SectionsAtStop {
    const changing = this.changingAt(seq);
    const isKnown =
      watched.every((name) => this.isRemembered(name, seq)) &&
      (this.around.has(seq) ||
        changing.every((name) => this.isRemembered(name, seq) && this.isRemembered(name, seq - 1)));
    if (!isKnown && this.cursor.replayLength(seq - 1) > LONG_REPLAY) this.makeReady(seq, watched);
    return {
      changes: this.changesOf(seq, changing),
      watched: watched.map((name) => this.sectionAt(name, seq)),
    };
  }

  /** What an event changed in some sections; in all that it may change, when none are given. */
  changesOf(seq: number, names: readonly SectionName[] = this.changingAt(seq)): SectionDiff[] {
    const [name] = names;
    if (names.length === 1 && (name === 'mappings' || name === 'tables')) {
      const around = name === 'mappings' ? this.mappingsAround(seq) : this.tablesAround(seq);
      if (around !== undefined) return diffStates([around.before], [around.after]);
    }
    const before = names.map((name) => this.sectionAt(name, seq - 1));
    return diffStates(
      before,
      names.map((name) => this.sectionAt(name, seq)),
    );
  }

  /**
   * The mappings right before an event about mappings and right after it, as far as it may have changed them: there may be
   * hundreds of thousands.
   */
  private mappingsAround(seq: number): SectionPair | undefined {
    const known = this.around.get(seq);
    if (known !== undefined) return known;
    const state = this.cursor.stateAt(seq - 1);
    const focus = focusOf(present(this.events.at(seq), `event ${seq} is there`), state.mappings);
    if (focus === null) return undefined;
    const list = (of: SocState) => listSection('mappings', { mappings: viewMappingsIn(of, focus) });
    const before = list(state);
    const pair = { before, after: list(this.cursor.stateAt(seq)) };
    remember(this.around, seq, pair);
    return pair;
  }

  /** The tables that a descriptor belongs to, right before it is written and right after: a walk of all takes long. */
  private tablesAround(seq: number): SectionPair | undefined {
    const known = this.around.get(seq);
    if (known !== undefined) return known;
    const state = this.cursor.stateAt(seq - 1);
    const changed = tablesChangedBy(present(this.events.at(seq), `event ${seq} is there`), state);
    if (changed === null) return undefined;
    const list = (of: SocState) => listSection('tables', { tables: viewTablesAt(of, changed) });
    const roots = changed.join();
    const { lastTables: last } = this;
    const before = last?.seq === seq - 1 && last.roots === roots ? last.section : list(state);
    const pair = { before, after: list(this.cursor.stateAt(seq)) };
    this.lastTables = { seq, roots, section: pair.after };
    remember(this.around, seq, pair);
    return pair;
  }

  /** Replays once for several stops on the way back. */
  private makeReady(seq: number, watched: readonly SectionName[]): void {
    const count = Math.min(STOPS_MADE_READY, Math.floor(seq / (EVENTS_FOR_A_LOOK * this.cursor.size)));
    for (let stop = Math.max(1, seq - count); stop < seq; stop++) {
      this.changesOf(stop);
      for (const name of watched) this.sectionAt(name, stop);
    }
  }

  private changingAt(seq: number): readonly SectionName[] {
    return sectionsOfKind(present(this.events.at(seq), `event ${seq} is there`).kind);
  }

  private isRemembered(name: SectionName, seq: number): boolean {
    return this.remembered.has(keyOf(name, seq));
  }

  private sectionAt(name: SectionName, seq: number): StateSection {
    const key = keyOf(name, seq);
    const known = this.remembered.get(key);
    if (known !== undefined) return known;
    const view = { [name]: viewSection(name, this.cursor.stateAt(seq)) };
    const section = listSection(name, view as unknown as StateView);
    remember(this.remembered, key, section);
    return section;
  }
}

function remember<Key, Value>(all: Map<Key, Value>, key: Key, value: Value): void {
  all.set(key, value);
  const [oldest] = all.keys();
  if (all.size > REMEMBERED && oldest !== undefined) all.delete(oldest);
}

function keyOf(name: SectionName, seq: number): string {
  return `${name} ${seq}`;
}
