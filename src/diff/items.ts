import { present } from '../base/assert.ts';
import { type BootEvent, renderEvent } from '../events/catalog.ts';
import { renderSmcRequest, renderSmcReturn } from '../events/families/smc.ts';
import { isConventionQuery } from '../soc/convention-query.ts';
import type { BootSource } from './boot-source.ts';
import { type Canonical, canonicalCall, canonicalEvent } from './canonical.ts';
import { kindOfNumber } from './kind-number.ts';
import type { LaneItems } from './lane-items.ts';
import { type Loss, lossesOf } from './losses.ts';
import type { Regions } from './regions.ts';

/** What is compared: an event, or a call together with its return. */
export interface DiffItem {
  readonly lane: string;
  /** The event in its history. */
  readonly seq: number;
  /** Where it stands among the events that are compared. */
  readonly position: number;
  /** Tells of something that went wrong: an error result, a failed state, a fault. */
  readonly failed: boolean;
  /** A call of which no return is told. */
  readonly isUnanswered: boolean;
  readonly t_ns: number | null;
  /** One line for people, with this boot's own addresses and numbers. */
  readonly text: string;
  readonly kind: string;
  readonly canonical: Canonical;
  /** Equal where {@link Canonical.identity} is, and known without a look at the event. */
  readonly identityKey: number;
  /** Where it was read: several places when several sources tell the same. */
  readonly places: readonly Place[];
}

export interface Place {
  readonly source: number;
  readonly line: number;
}

const HITS: ReadonlySet<string> = new Set(['trace.hit']);
const REQUESTS: ReadonlySet<string> = new Set(['smc.requested']);

type Returned = Extract<BootEvent, { kind: 'smc.returned' }>;

/** What an item is made of, once somebody wants to see it. */
interface Shown {
  readonly event: BootEvent;
  readonly returned: Returned | undefined;
}

/** An item of a lane, whose event is read when somebody asks what it says. */
class LaneItem implements DiffItem {
  readonly lane: string;
  readonly seq: number;
  readonly position: number;
  readonly failed: boolean;
  readonly #index: number;
  readonly #items: LaneItems;
  readonly #boot: ComparedBoot;
  #shown: Shown | undefined;
  #canonical: Canonical | undefined;

  constructor(boot: ComparedBoot, items: LaneItems, index: number) {
    this.lane = items.lane;
    this.position = items.seqs[index] as number;
    this.seq = boot.seqInWhole(this.position);
    this.failed = items.failures.has(index);
    this.#index = index;
    this.#items = items;
    this.#boot = boot;
  }

  get t_ns(): number | null {
    return this.#events.event.t_ns;
  }

  get isUnanswered(): boolean {
    return this.kind === 'smc.requested' && this.#items.returnOf(this.#index) === undefined;
  }

  get kind(): string {
    return kindOfNumber(this.#items.kinds[this.#index] as number) ?? this.#events.event.kind;
  }

  get text(): string {
    const { event, returned } = this.#events;
    if (event.kind !== 'smc.requested') return renderEvent(event) + byWhom(event);
    const answer = returned === undefined ? '-> no answer' : renderSmcReturn(returned.payload);
    return `${renderSmcRequest(event.payload)} ${answer}${byWhom(event)}`;
  }

  get canonical(): Canonical {
    if (this.#canonical === undefined) {
      const { event, returned } = this.#events;
      this.#canonical =
        event.kind === 'smc.requested'
          ? canonicalCall(event, returned, this.#boot.regions)
          : canonicalEvent(event, this.#boot.regions);
    }
    return this.#canonical;
  }

  get identityKey(): number {
    return this.#items.identityKeyAt(this.#index);
  }

  get places(): readonly Place[] {
    const { event, returned } = this.#events;
    const witnesses = this.#items.witnesses.get(this.#index) ?? [];
    return [event, returned, ...witnesses.map((seq) => this.#boot.eventAt(seq))].flatMap(placesOf);
  }

  /** For whoever prints it. */
  toJSON(): unknown {
    const { lane, seq, failed, t_ns, text, kind, canonical, places } = this;
    return { lane, seq, failed, t_ns, text, kind, canonical, places };
  }

  get #events(): Shown {
    if (this.#shown === undefined) {
      const back = this.#items.returnOf(this.#index);
      const returned = back === undefined ? undefined : this.#boot.eventAt(back);
      const event = this.#boot.eventAt(this.position);
      this.#shown = { event, returned: returned?.kind === 'smc.returned' ? returned : undefined };
    }
    return this.#shown;
  }
}

/** A boot as it is compared: lanes of items, and what is needed to show one of them. */
export class ComparedBoot {
  readonly regions: Regions;
  readonly lanes: ReadonlyMap<string, LaneItems>;
  readonly losses: readonly Loss[];
  private readonly source: BootSource;

  constructor(source: BootSource, regions: Regions, lanes: ReadonlyMap<string, LaneItems>) {
    this.source = source;
    this.regions = regions;
    this.lanes = lanes;
    this.losses = lossesOf(source);
  }

  itemAt(items: LaneItems, index: number): DiffItem {
    return new LaneItem(this, items, index);
  }

  /** Whether a trace alone tells of something: where the trace of another boot lost events, that may lack it. */
  isTracedOnly({ places }: DiffItem): boolean {
    const { isTrace } = this.source;
    return isTrace === undefined || (places.length > 0 && places.every(({ source }) => isTrace(source)));
  }

  /** It was read from logs and traces; a simulation tells everything by itself. */
  get hasSources(): boolean {
    return this.source.isTrace !== undefined;
  }

  /** Whether it shows what is asked of the secure world at all. */
  tellsRequests(): boolean {
    for (const _ of this.source.eventsOfKinds(REQUESTS)) return true;
    return false;
  }

  /**
   * Whether the first call that it shows is of the probe of qcom_scm; null where it shows none, or showed them before
   * the part of it that is compared.
   */
  beginsAtProbe(): boolean | null {
    for (const event of this.source.eventsOfKinds(REQUESTS)) {
      if (event.seq < this.source.firstSeq || event.kind !== 'smc.requested') return null;
      return isConventionQuery(event.payload);
    }
    return null;
  }

  /** The name of each event of a trace that has no kind of its own, such as a probe's. */
  *hits(): Generator<string> {
    for (const event of this.source.eventsOfKinds(HITS))
      if (event.kind === 'trace.hit') yield event.payload.event;
  }

  /** Whether a kernel log alone tells of something. */
  isLoggedOnly({ places }: DiffItem): boolean {
    const { isTrace } = this.source;
    return isTrace !== undefined && places.length > 0 && places.every(({ source }) => !isTrace(source));
  }

  seqInWhole(seq: number): number {
    return this.source.seqInWhole?.(seq) ?? seq;
  }

  eventAt(seq: number): BootEvent {
    return present(this.source.eventAt(seq), `event ${seq} is in the boot`);
  }
}

/** What the hypervisor does in Linux's place is said to be its doing: that is what boots differ in. */
function byWhom(event: BootEvent): string {
  return event.agent === 'hypervisor' ? ', by the hypervisor' : '';
}

function placesOf(event: BootEvent | undefined): Place[] {
  return event === undefined || event.source === null || event.line === null
    ? []
    : [{ source: event.source, line: event.line }];
}
