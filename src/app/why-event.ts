import { InputError } from '../base/input-error.ts';
import type { BootEvent } from '../events/catalog.ts';
import {
  causeChain,
  type Effect,
  type EffectRow,
  eachAlone,
  effectsOf,
  foldAlike,
} from '../replay/causes.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import { eventCiter } from './cite-event.ts';
import { findMoment } from './find-moment.ts';
import type { ListedEvent } from './list-events.ts';
import { type OpenHistory, openHistory } from './open-history.ts';

export interface WhyOptions {
  /** Whether to look for what it brought about too. */
  readonly withEffects: boolean;
  /** Whether effects that are alike are shown by their first. */
  readonly isFolded: boolean;
  /** Levels of causes, and of effects. */
  readonly depth?: number | undefined;
}

export interface WhyEventRequest extends WhyOptions {
  readonly file: string;
  readonly boot?: string | undefined;
  /** The event, as `--at` has it: a seq, `-N`, a time or the name of a moment. */
  readonly moment: string;
}

/** One line of the tree of an event's causes and effects. */
export interface WhyLine {
  readonly listed: ListedEvent;
  readonly depth: number;
  readonly relation: 'cause' | 'event' | 'effect';
  /** How many more its cause brought about that are like it, and seq of the last. */
  readonly moreCount: number;
  readonly lastSeq: number;
  /** How many events below it a limit leaves out. */
  readonly hiddenCount: number;
}

export interface EventReasons {
  readonly lines: readonly WhyLine[];
  /** Cause of the first line, where it has one: it was not asked for, or is not in the log. */
  readonly furtherCause: number | null;
}

/** Why an event happened, and what it brought about: a tree whose root is the first cause. */
export function whyEvent(request: WhyEventRequest): EventReasons {
  const history = openHistory(request.file);
  try {
    const boot = history.chooseBoot(request.boot);
    return reasonsOf(history, boot, findMoment(history, boot, request.moment), request);
  } finally {
    history.close();
  }
}

/** The same for an event of an open history. */
export function reasonsOf(
  history: OpenHistory,
  boot: BootInfo,
  seq: number,
  request: WhyOptions,
): EventReasons {
  const event = history.log.eventAt(boot.bootId, seq);
  if (event === undefined) throw new InputError(`there is no event ${seq}`);
  const cite = eventCiter(boot);
  const chain = causeChain(event, (wanted) => history.log.eventAt(boot.bootId, wanted), request.depth);
  const lines: WhyLine[] = chain.events.map((link, depth) => ({
    listed: cite(link),
    depth,
    relation: link === event ? 'event' : 'cause',
    moreCount: 0,
    lastSeq: link.seq,
    hiddenCount: 0,
  }));
  if (request.withEffects) {
    const root = effectsOf(event, history.log.events(boot.bootId, seq + 1), request.depth);
    const own = lines.pop();
    if (own !== undefined) lines.push({ ...own, hiddenCount: root.hiddenCount });
    const rowsOf = request.isFolded ? foldAlike : eachAlone;
    for (const line of effectLines(root, chain.events.length, rowsOf, cite)) lines.push(line);
  }
  return { lines, furtherCause: chain.furtherCause };
}

/** The lines below an event, parents first. A chain may be as long as a boot: this keeps its own stack. */
function* effectLines(
  root: Effect,
  rootDepth: number,
  rowsOf: (effects: readonly Effect[]) => EffectRow[],
  cite: (event: BootEvent) => ListedEvent,
): Generator<WhyLine> {
  const stack = [{ rows: rowsOf(root.effects), next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const row = top.rows[top.next++];
    if (row === undefined) {
      stack.pop();
      continue;
    }
    const { first, moreCount, lastSeq } = row;
    const depth = rootDepth + stack.length - 1;
    const { hiddenCount } = first;
    yield { listed: cite(first.event), depth, relation: 'effect', moreCount, lastSeq, hiddenCount };
    stack.push({ rows: rowsOf(first.effects), next: 0 });
  }
}
