import { citedEventData } from '../app/cite-event.ts';
import type { EventReasons } from '../app/why-event.ts';

/** Causes and effects as `--format json` prints them. */
export function reasonsToData({ lines, furtherCause }: EventReasons): unknown {
  return {
    further_cause: furtherCause,
    events: lines.map(({ listed, depth, relation, moreCount, lastSeq, hiddenCount }) => ({
      relation,
      depth,
      ...citedEventData(listed),
      more_like_it: moreCount,
      last_seq: lastSeq,
      hidden_below: hiddenCount,
    })),
  };
}
