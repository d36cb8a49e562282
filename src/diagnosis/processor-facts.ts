import type { BootEvent } from '../events/catalog.ts';

type OfKind<K extends BootEvent['kind']> = Extract<BootEvent, { kind: K }>;

/** Something that an event says went wrong. */
export interface Failure {
  readonly seq: number;
  readonly kind: BootEvent['kind'];
  readonly subject: string | null;
  /** Step of `remoteproc.failed` and `device.failed`; `firmware-` and the step for a file that was refused; `crash`. */
  readonly step: string;
  readonly errno: number | null;
  /** File, type of a crash, or what else the event tells. */
  readonly detail: string | null;
  /** Driver of a device that failed, where the event tells it. */
  readonly driver: string | null;
  readonly tNs: number | null;
}

/** One start of a processor, or one recovery. */
export interface Attempt {
  readonly processor: string;
  /** From 1. */
  readonly number: number;
  readonly seq: number;
  readonly tNs: number | null;
  readonly isRecovery: boolean;
  /** The log tells how it begins: what follows it tells too. */
  isTold: boolean;
  /** Only calls tell of it: no log says that it began. */
  isByCalls: boolean;
  /** Seq of the next attempt's first event; infinite for the last. */
  end: number;
  outcome: 'open' | 'up' | 'failed';
  /** Event by which it came to its outcome. */
  outcomeSeq: number | null;
  /** A processor that came up and was stopped. */
  stopped: number | null;
}

/** What is known of one remote processor. */
export class ProcessorFacts {
  readonly name: string;
  registered: number | null = null;
  group: number | null = null;
  attached: number | null = null;
  readonly attempts: Attempt[] = [];
  readonly firmware: OfKind<'firmware.loaded'>[] = [];
  readonly crashes: OfKind<'remoteproc.crashed'>[] = [];
  /** Interrupts that were raised: one of a log and one of a trace are both here. */
  readonly interrupts: OfKind<'remoteproc.interrupted'>[] = [];
  private readonly allAttempts: Attempt[];

  /** Its attempts are also added to those of all processors. */
  constructor(name: string, allAttempts: Attempt[]) {
    this.name = name;
    this.allAttempts = allAttempts;
  }

  /** The attempt before another one. */
  attemptBefore({ number }: Attempt): Attempt | undefined {
    return this.attempts[number - 2];
  }

  enter(event: OfKind<'remoteproc.state_changed'>): void {
    const { seq } = event;
    const { state } = event.payload;
    const last = this.attempts.at(-1);
    const open = this.openByCalls;
    // The log of a start whose first call came before, by another clock.
    if (state === 'starting' && open !== undefined) {
      open.isByCalls = false;
      open.isTold = true;
    } else if (state === 'starting' || state === 'recovering') {
      this.begin(event, state === 'recovering');
      const begun = this.attempts.at(-1);
      if (begun !== undefined) begun.isTold = true;
    } else if (last === undefined || last.outcome === 'up') {
      if (state === 'running' && last?.isByCalls === true) last.outcomeSeq = seq;
      else if (state === 'running' || state === 'attached') {
        // A log that begins late: the start itself is not in it.
        this.begin(event, false);
        this.settle('up', seq);
      } else if (state === 'failed' && last === undefined) {
        this.begin(event, false);
        this.settle('failed', seq);
      } else if (state === 'offline' && last !== undefined) last.stopped ??= seq;
      else if (state === 'failed' && last !== undefined) last.outcome = 'failed';
    } else if (state === 'running' || state === 'attached') this.settle('up', seq);
    else if (state === 'failed') this.settle('failed', seq);
  }

  /** Something of a start failed that the history does not show the beginning of. */
  failBeforeStart(event: BootEvent): void {
    if (this.attempts.length === 0) this.begin(event, false);
  }

  /** A call with which a start begins, where no log tells of starts. */
  beginByCall(event: BootEvent): void {
    const last = this.attempts.at(-1);
    if (last === undefined || (last.isByCalls && last.outcome !== 'open')) this.begin(event, false, true);
  }

  /** The start that only calls tell of, while it is open. */
  get openByCalls(): Attempt | undefined {
    const last = this.attempts.at(-1);
    return last?.isByCalls === true && last.outcome === 'open' ? last : undefined;
  }

  settleByCalls(outcome: 'up' | 'failed', seq: number): void {
    if (this.openByCalls !== undefined) this.settle(outcome, seq);
  }

  interrupt(event: OfKind<'remoteproc.interrupted'>): void {
    if (event.payload.raised) this.interrupts.push(event);
  }

  private begin({ seq, t_ns }: BootEvent, isRecovery: boolean, isByCalls = false): void {
    const last = this.attempts.at(-1);
    if (last !== undefined) last.end = seq;
    const attempt: Attempt = {
      processor: this.name,
      number: this.attempts.length + 1,
      seq,
      tNs: t_ns,
      isRecovery,
      isByCalls,
      isTold: false,
      end: Number.POSITIVE_INFINITY,
      outcome: 'open',
      outcomeSeq: null,
      stopped: null,
    };
    this.attempts.push(attempt);
    this.allAttempts.push(attempt);
  }

  private settle(outcome: 'up' | 'failed', seq: number): void {
    const last = this.attempts.at(-1);
    if (last === undefined) return;
    last.outcome = outcome;
    last.outcomeSeq ??= seq;
  }
}
