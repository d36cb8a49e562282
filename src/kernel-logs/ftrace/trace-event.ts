import type { Cursor } from '../ascii.ts';

/** Who was running when a trace event fired. */
export interface TraceContext {
  /** Symbol of the text `kworker/0:2-30 [000] d..1.`. */
  readonly symbol: number;
  /** `kworker/0:2-30`. */
  readonly task: string;
  /** As it is written: `000`. */
  readonly cpu: string;
}

/**
 * Makes events of one trace event, whose body the cursor stands at. Says whether it understood the body;
 * when it did not, it has added nothing, and the line becomes a `trace.hit`.
 */
export type TraceEventReader = (body: Cursor, context: TraceContext) => boolean;
