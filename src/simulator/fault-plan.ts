import { findFault, type InjectedFault } from './faults.ts';
import type { Recording } from './recording.ts';

/** The faults of a boot: agents ask whether one befalls them, and the first time that it does is an event. */
export class FaultPlan {
  private readonly faults: readonly InjectedFault[];
  private readonly recording: Recording;
  private readonly attempts = new Map<string, number>();
  private readonly told = new Set<string>();

  constructor(faults: readonly InjectedFault[], recording: Recording) {
    this.faults = faults;
    this.recording = recording;
  }

  /** A remote processor is being started once more. */
  beginAttempt(target: string): void {
    this.attempts.set(target, this.attemptOf(target) + 1);
  }

  attemptOf(target: string): number {
    return this.attempts.get(target) ?? 0;
  }

  /** Tells of what is wrong with the machine before anything runs. */
  announce(): void {
    for (const { id, target } of this.faults) {
      const spec = findFault(id);
      if (spec?.mode !== undefined || spec?.isDescribed === true) this.hits(id, target);
    }
  }

  /** Whether a fault befalls a remote processor (or, without one, the machine) now. */
  hits(id: string, target: string | null = null): boolean {
    return this.hitsEarly(id, target, Number.POSITIVE_INFINITY);
  }

  /** The same, but a fault that names no start befalls the first `starts` of them only: a crash would never end. */
  hitsEarly(id: string, target: string | null, starts: number): boolean {
    const attempt = target === null ? 1 : Math.max(1, this.attemptOf(target));
    const fault = this.faults.find(
      (candidate) =>
        candidate.id === id &&
        (candidate.target === null || candidate.target === target) &&
        (candidate.attempt === null ? attempt <= starts : candidate.attempt === attempt),
    );
    if (fault === undefined) return false;
    const key = `${id} ${target ?? ''} ${attempt}`;
    if (!this.told.has(key)) {
      this.told.add(key);
      this.recording.emit(
        'fault.injected',
        { agent: 'simulator', subject: target },
        { fault: id, target: target ?? 'machine' },
      );
    }
    return true;
  }
}
