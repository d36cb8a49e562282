import type { BootEvent } from '../../events/catalog.ts';
import type { BootView, ProcessorView } from './boot-view.ts';
import type { Report, Watch } from './invariant.ts';

type Check = (processor: ProcessorView, boot: BootView, report: Report) => void;

/** Whether a boot ended with the machine: nobody cleaned up after anything. */
export function hasDied({ payload: { outcome } }: Extract<BootEvent, { kind: 'boot.finished' }>): boolean {
  return outcome === 'panic' || outcome === 'reset';
}

/**
 * Checks a processor once it is down and Linux has cleaned up after it: no event says when that is done, but it is
 * when the next start begins, and when the simulation is over.
 */
export function whenSettled(check: Check): Watch {
  return {
    'remoteproc.state_changed': (event, boot, report) => {
      if (event.payload.state !== 'starting') return;
      const processor = boot.processors.get(event.payload.name);
      const isOver = processor?.phase === 'down' || processor?.phase === 'starting';
      if (processor !== undefined && isOver && processor.started !== null) check(processor, boot, report);
    },
    'boot.finished': (event, boot, report) => {
      if (hasDied(event)) return;
      for (const processor of boot.processors.values()) {
        // A start whose call never returned goes on.
        const isOver =
          processor.phase === 'down' || (processor.phase === 'starting' && !boot.isInCall(processor.name));
        if (isOver && processor.started !== null) check(processor, boot, report);
      }
    },
  };
}
