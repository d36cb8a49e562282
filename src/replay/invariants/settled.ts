import type { BootView, ProcessorView } from './boot-view.ts';
import type { Report, Watch } from './invariant.ts';

type Check = (processor: ProcessorView, boot: BootView, report: Report) => void;

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
    'boot.finished': (_event, boot, report) => {
      for (const processor of boot.processors.values())
        if ((processor.phase === 'down' || processor.phase === 'starting') && processor.started !== null)
          check(processor, boot, report);
    },
  };
}
