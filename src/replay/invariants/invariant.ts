import type { BootEvent, Kind } from '../../events/catalog.ts';
import type { BootView } from './boot-view.ts';

/** A boot broke an invariant: which one, by what event, and what else shows it. */
export interface Violation {
  readonly invariant: string;
  readonly title: string;
  /** Seq of the event that broke it. */
  readonly seq: number;
  /** Seqs of earlier events that it stands on, in order. */
  readonly evidence: readonly number[];
  /** Remote processor that it is about, where it is about one. */
  readonly subject: string | null;
  readonly detail: string;
}

/** What an invariant says of a violation; the rest is known. */
export interface Breach {
  readonly subject: string | null;
  readonly detail: string;
  /** Null for what is unknown, which is left out. */
  readonly evidence?: readonly (number | null | undefined)[];
}

export type Report = (breach: Breach) => void;

type EventOf<K extends Kind> = Extract<BootEvent, { kind: K }>;

/**
 * What an invariant looks at, by kind of event. It sees the boot as it was before the event; an event of a kind that
 * is not here costs it nothing.
 */
export type Watch = {
  readonly [K in Kind]?: (event: EventOf<K>, boot: BootView, report: Report) => void;
};

/** Exception level of Linux: at EL1 a hypervisor does its part. */
export type Level = 1 | 2;

/** What must hold in every boot in a right mode, whatever fails in it. */
export interface Invariant {
  /** `I1` to `I11` are those of the catalogue of failure modes; the rest follow. */
  readonly id: string;
  readonly title: string;
  /** Exception levels of Linux at which it is checked: not before the log has told which it is. */
  readonly levels: readonly Level[];
  /** Page of the domain or function upstream that it comes from. */
  readonly source: string;
  /** Begins a boot: what it remembers is its own. */
  readonly begin: () => Watch;
}

export const EVERY_LEVEL: readonly Level[] = [1, 2];
