import type { BootEvent } from '../events/catalog.ts';
import type { FtraceFrame, FtraceFrames } from './ftrace-frame.ts';

/** Open calls that are remembered; those whose end nobody saw must not pile up. */
const MOST_OPEN_CALLS = 4096;

/**
 * Frames of trace entries. A trace has no field that says which request a result belongs to: it is the open one
 * of the same task, so whatever names a request as its cause is printed by the task of that request.
 */
export class CallTasks {
  private readonly frames: FtraceFrames;
  private readonly callers = new Map<number, FtraceFrame>();

  constructor(frames: FtraceFrames) {
    this.frames = frames;
  }

  frameOf(event: BootEvent): FtraceFrame {
    const own = this.frames.get(event.context);
    switch (event.kind) {
      case 'smc.requested': {
        const frame = this.frameOfCall(event.cause, own);
        if (this.callers.size >= MOST_OPEN_CALLS) this.callers.delete(this.callers.keys().next().value ?? 0);
        this.callers.set(event.seq, frame);
        return frame;
      }
      case 'smc.slept':
      case 'smc.resumed':
        return this.frameOfCall(event.cause, own);
      case 'smc.returned': {
        const frame = this.frameOfCall(event.cause, own);
        if (event.cause !== null) this.callers.delete(event.cause);
        return frame;
      }
      default:
        return own;
    }
  }

  private frameOfCall(request: number | null, own: FtraceFrame): FtraceFrame {
    const caller = request === null ? undefined : this.callers.get(request);
    return caller === undefined || caller.task === own.task ? own : caller;
  }
}
