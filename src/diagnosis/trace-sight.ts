import type { BootEvent } from '../events/catalog.ts';
import { isConventionQuery } from '../soc/convention-query.ts';

/**
 * How far a history reaches in what only a trace, or a simulation, tells: calls, maps, attachments. Before it is on and
 * after it is off, that something was not done cannot be told.
 */
export class TraceSight {
  /** It goes back to the probe of qcom_scm, and so to before the first bridge. */
  isFromProbe = false;
  private first = Number.POSITIVE_INFINITY;
  private last = 0;

  apply(event: BootEvent): void {
    switch (event.kind) {
      case 'smc.requested':
        if (isConventionQuery(event.payload)) this.isFromProbe = true;
        break;
      case 'mapping.created':
      case 'mapping.removed':
      case 'smmu.device_attached':
        break;
      default:
        return;
    }
    this.first = Math.min(this.first, event.seq);
    this.last = event.seq;
  }

  /** Whether anything is told of before an event. */
  isOnBefore(seq: number): boolean {
    return this.first < seq;
  }

  isOnAfter(seq: number): boolean {
    return this.last > seq;
  }
}
