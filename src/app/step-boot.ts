import { present } from '../base/assert.ts';
import { closestNames } from '../base/closest.ts';
import { counted } from '../base/count.ts';
import { InputError } from '../base/input-error.ts';
import type { Steps } from '../base/steps.ts';
import { type BootEvent, isFailure, renderEvent } from '../events/catalog.ts';
import { BLAME_KINDS } from '../replay/blame.ts';
import type { Moment } from '../replay/moments.ts';
import { kindsOfSection } from '../replay/section-kinds.ts';
import type { SectionDiff } from '../replay/state-diff.ts';
import { listSection, type StateSection } from '../replay/state-lines.ts';
import { SECTION_NAMES, type SectionName, viewState } from '../replay/state-view.ts';
import { TouchedSeqs } from '../replay/touched-seqs.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import { bankEventsFor, resolveTarget, type WantedTarget } from './blame-target.ts';
import { BootEvents, type EventQuery } from './boot-events.ts';
import { CHANGE_TARGET_FORMS, CHANGE_TARGET_PREFIXES, parseChangeTarget } from './change-target.ts';
import { chooseSections } from './choose-sections.ts';
import { eventCiter } from './cite-event.ts';
import type { StateDescription } from './describe-state.ts';
import { findMoment, listMoments } from './find-moment.ts';
import type { ListedEvent } from './list-events.ts';
import { type OpenHistory, openHistory } from './open-history.ts';
import { SectionHistory } from './section-history.ts';
import { StateCursor } from './state-cursor.ts';
import { momentAt } from './state-moment.ts';
import { parseStepCount, type StepCommand, type StepCommandName } from './step-commands.ts';
import { type EventReasons, reasonsOf } from './why-event.ts';

export interface StepRequest {
  readonly file: string;
  readonly boot?: string | undefined;
  /** Where to begin, as for {@link findMoment}; the first event when left out. */
  readonly at?: string | undefined;
  /** Sections that are watched from the start. */
  readonly watched?: readonly string[] | undefined;
}

/** A place in a boot, and what there is to see. */
export interface Stop {
  readonly seq: number;
  /** Events of the boot. */
  readonly total: number;
  /** Names of this moment. */
  readonly moments: readonly string[];
  readonly listed: ListedEvent;
  readonly isFailure: boolean;
  readonly before: readonly ListedEvent[];
  readonly after: readonly ListedEvent[];
  /** What brought the event about; null where nobody told. */
  readonly cause: ListedEvent | null;
  /** What the event changed. */
  readonly changes: readonly SectionDiff[];
  readonly watched: readonly StateSection[];
}

/** What a command comes to. */
export type StepOutcome =
  /** `shortfall` says why it is not as far as was asked for. */
  | { readonly type: 'stop'; readonly stop: Stop; readonly shortfall: string | null }
  | { readonly type: 'state'; readonly state: StateDescription }
  | { readonly type: 'why'; readonly seq: number; readonly reasons: EventReasons }
  | { readonly type: 'help' }
  | { readonly type: 'quit' }
  /** There is no such event; one stays where one is. */
  | { readonly type: 'nothing'; readonly message: string };

/** Events that are shown on either side. */
const AROUND = 2;

type Direction = 'next' | 'previous';

/** A walk through a boot. It holds the history open until it is closed. */
export class StepSession {
  private readonly history: OpenHistory;
  private readonly boot: BootInfo;
  private readonly file: string;
  private readonly events: BootEvents;
  private readonly cursor: StateCursor;
  private readonly sections: SectionHistory;
  private readonly cite: (event: BootEvent) => ListedEvent;
  private readonly watched: Set<SectionName>;
  private readonly touched = new Map<string, TouchedSeqs>();
  private knownMoments: readonly Moment[] | undefined;
  private lastTarget: string | undefined;
  private lastText: string | undefined;
  private seq: number;

  constructor({ file, boot: wanted, at, watched = [] }: StepRequest) {
    this.file = file;
    this.watched = new Set(watched.length === 0 ? [] : chooseSections(watched));
    this.history = openHistory(file);
    try {
      this.boot = this.history.chooseBoot(wanted);
      const { bootId, eventCount } = this.boot;
      if (eventCount === 0) throw new InputError('the boot has no events', { file });
      this.events = new BootEvents(this.history.log, bootId, eventCount);
      this.cursor = new StateCursor(this.history, bootId);
      this.sections = new SectionHistory(this.events, this.cursor);
      this.cite = eventCiter(this.boot);
      this.seq = at === undefined ? 1 : this.seqOf(at);
    } catch (error) {
      this.history.close();
      throw error;
    }
  }

  close(): void {
    this.history.close();
  }

  /** Does a command. Where it throws, the walk is where it was. */
  *run({ name, argument }: StepCommand): Steps<StepOutcome> {
    switch (name) {
      case 'next':
        return this.advance(parseStepCount(argument));
      case 'back':
        return this.advance(-parseStepCount(argument));
      case 'goto':
        return this.stopAt(this.seqOf(argument));
      case 'next-change':
        return yield* this.change('next', argument);
      case 'previous-change':
        return yield* this.change('previous', argument);
      case 'next-fault':
        return yield* this.look('next', { accept: isFailure }, 'fault or failure');
      case 'previous-fault':
        return yield* this.look('previous', { accept: isFailure }, 'fault or failure');
      case 'find':
        return yield* this.find('next', argument);
      case 'find-back':
        return yield* this.find('previous', argument);
      case 'section':
        return this.toggle(argument);
      case 'state':
        return { type: 'state', state: this.describe(argument === '' ? [] : [argument]) };
      case 'why':
        return { type: 'why', seq: this.seq, reasons: this.reasons() };
      case 'help':
      case 'quit':
        return { type: name };
    }
  }

  /** Where the walk is. */
  stop(): Stop {
    const { seq, events, cite } = this;
    const event = this.eventHere();
    const cause = event.cause === null ? undefined : events.at(event.cause);
    return {
      seq,
      total: events.count,
      moments: this.moments().flatMap((moment) => (moment.seq === seq ? [moment.name] : [])),
      listed: cite(event),
      isFailure: isFailure(event),
      before: events.between(seq - AROUND, seq - 1).map(cite),
      after: events.between(seq + 1, seq + AROUND).map(cite),
      cause: cause === undefined ? null : cite(cause),
      ...this.sections.atStop(
        seq,
        SECTION_NAMES.filter((name) => this.watched.has(name)),
      ),
    };
  }

  /** Names that may go with a command, for whoever types one. */
  namesFor(command: StepCommandName): readonly string[] {
    switch (command) {
      case 'goto':
        return this.moments().map(({ name }) => name);
      case 'section':
      case 'state':
        return SECTION_NAMES;
      case 'next-change':
      case 'previous-change':
        return [...SECTION_NAMES, ...this.processors(), ...CHANGE_TARGET_PREFIXES];
      default:
        return [];
    }
  }

  private processors(): Set<string> {
    const kinds = new Set(['remoteproc.registered', 'remoteproc.state_changed']);
    const names = new Set<string>();
    for (const { subject } of this.history.log.eventsOfKinds(this.boot.bootId, kinds))
      if (subject !== null) names.add(subject);
    return names;
  }

  private eventHere(): BootEvent {
    return present(this.events.at(this.seq), `event ${this.seq} is there`);
  }

  private stopAt(seq: number, shortfall: string | null = null): StepOutcome {
    this.seq = seq;
    return { type: 'stop', stop: this.stop(), shortfall };
  }

  private advance(count: number): StepOutcome {
    const { count: total } = this.events;
    const seq = Math.min(total, Math.max(1, this.seq + count));
    const isOn = count > 0;
    if (seq === this.seq)
      return nothing(
        isOn ? `#${seq} is the last event of the boot` : `#${seq} is the first event of the boot`,
      );
    const done = Math.abs(seq - this.seq);
    const shortfall =
      done === Math.abs(count)
        ? null
        : `only ${counted(done, 'event')} ${isOn ? 'further' : 'back'}, where the boot ${isOn ? 'ends' : 'begins'}`;
    return this.stopAt(seq, shortfall);
  }

  private *look(direction: Direction, query: EventQuery, what: string): Steps<StepOutcome> {
    const found = yield* this.events[direction](this.seq, query);
    return found === undefined ? this.noSuch(direction, what) : this.stopAt(found.seq);
  }

  private *find(direction: Direction, argument: string): Steps<StepOutcome> {
    const text = argument === '' ? this.lastText : argument;
    if (text === undefined) throw new InputError('no text has been looked for so far: say which');
    this.lastText = text;
    const wanted = text.toLowerCase();
    const accept = (event: BootEvent) => renderEvent(event).toLowerCase().includes(wanted);
    return yield* this.look(direction, { accept }, `event that says ${text}`);
  }

  private *change(direction: Direction, argument: string): Steps<StepOutcome> {
    const text = argument === '' ? this.lastTarget : argument;
    if (text === undefined) throw new InputError(`say what is to change: ${CHANGE_TARGET_FORMS}`);
    const target = parseChangeTarget(text);
    const what = `event that changes ${text}`;
    if (target.type === 'section') {
      this.lastTarget = text;
      const accept = ({ seq }: BootEvent) => this.sections.changesOf(seq, [target.name]).length > 0;
      return yield* this.look(direction, { kinds: kindsOfSection(target.name), accept }, what);
    }
    const touched = this.touchedBy(text, target.things);
    if (yield* touched.isEmpty()) throw this.untouched(text, target.things);
    this.lastTarget = text;
    const seq = yield* touched[direction](this.seq);
    return seq === undefined ? this.noSuch(direction, what) : this.stopAt(seq);
  }

  private touchedBy(text: string, things: readonly WantedTarget[]): TouchedSeqs {
    const known = this.touched.get(text);
    if (known !== undefined) return known;
    const { history, boot } = this;
    const targets = things.map((thing) => resolveTarget(thing, history, boot, boot.eventCount));
    const bankEvents = new Set(
      targets.flatMap((target) => [...bankEventsFor(target, true, history, boot, boot.eventCount)]),
    );
    const events = history.log.eventsOfKinds(boot.bootId, BLAME_KINDS);
    const touched = new TouchedSeqs(events, targets, bankEvents);
    this.touched.set(text, touched);
    return touched;
  }

  /** What a user may have meant by something that no event touches. */
  private untouched(text: string, [thing]: readonly WantedTarget[]): InputError {
    this.touched.delete(text);
    if (thing?.type !== 'subject') return new InputError(`no event of the boot changes ${text}`);
    const names = new Set<string>(SECTION_NAMES);
    const { bootId } = this.boot;
    for (const { subject } of this.history.log.eventsOfKinds(bootId, BLAME_KINDS))
      if (subject !== null) names.add(subject);
    const near = closestNames(thing.name, names, 3);
    return new InputError(`no event of the boot changes ${text}; did you mean ${near.join(', ')}?`);
  }

  private toggle(argument: string): StepOutcome {
    for (const name of chooseSections([argument])) if (!this.watched.delete(name)) this.watched.add(name);
    return this.stopAt(this.seq);
  }

  private describe(wanted: readonly string[]): StateDescription {
    const names = chooseSections(wanted);
    const view = viewState(this.cursor.stateAt(this.seq));
    const { bootId, name: bootName } = this.boot;
    return {
      file: this.file,
      bootId,
      bootName,
      at: present(momentAt(this.history, this.boot, this.seq), `event ${this.seq} is there`),
      view: Object.fromEntries(names.map((name) => [name, view[name]])),
      sections: names.map((name) => listSection(name, view)),
    };
  }

  private reasons(): EventReasons {
    return reasonsOf(this.history, this.boot, this.seq, { withEffects: false, isFolded: false });
  }

  private seqOf(text: string): number {
    return findMoment(this.history, this.boot, text, () => this.moments());
  }

  private moments(): readonly Moment[] {
    this.knownMoments ??= listMoments(this.history, this.boot);
    return this.knownMoments;
  }

  private noSuch(direction: Direction, what: string): StepOutcome {
    return nothing(`no ${what} ${direction === 'next' ? 'after' : 'before'} #${this.seq}`);
  }
}

function nothing(message: string): StepOutcome {
  return { type: 'nothing', message };
}
