import { type BootEvent, renderEvent } from '../events/catalog.ts';

/** An event and those that it brought about. */
export interface Effect {
  readonly event: BootEvent;
  readonly effects: readonly Effect[];
  /** Events further down that a limit of depth leaves out. */
  readonly hiddenCount: number;
}

export interface CauseChain {
  /** From the cause that has none itself, or the last that was asked for, to the event. */
  readonly events: readonly BootEvent[];
  /** Seq of a further cause that is not there: it was not asked for, or is missing. */
  readonly furtherCause: number | null;
}

/** The causes of an event, up to the root; at most `depth` of them. */
export function causeChain(
  event: BootEvent,
  eventAt: (seq: number) => BootEvent | undefined,
  depth = Number.POSITIVE_INFINITY,
): CauseChain {
  const events = [event];
  let first = event;
  while (first.cause !== null && events.length <= depth) {
    // What is caused comes later, so that a chain ends whatever a source says.
    const cause = first.cause < first.seq ? eventAt(first.cause) : undefined;
    if (cause === undefined) break;
    events.unshift(cause);
    first = cause;
  }
  return { events, furtherCause: first.cause };
}

interface GrowingEffect {
  readonly event: BootEvent;
  readonly effects: GrowingEffect[];
  hiddenCount: number;
  readonly depth: number;
}

/**
 * What an event brought about, level by level; at most `depth` levels. `later` are the events after it, in order: one
 * pass finds them all, because causes come before what they cause.
 */
export function effectsOf(
  event: BootEvent,
  later: Iterable<BootEvent>,
  depth = Number.POSITIVE_INFINITY,
): Effect {
  const root: GrowingEffect = { event, effects: [], hiddenCount: 0, depth: 0 };
  /** The effect in which each event that follows from the first is shown, or counted. */
  const shownBy = new Map<number, GrowingEffect>([[event.seq, root]]);
  for (const next of later) {
    const parent = next.cause === null ? undefined : shownBy.get(next.cause);
    if (parent === undefined || next.seq <= event.seq) continue;
    if (parent.depth >= depth || parent.event.seq !== next.cause) {
      parent.hiddenCount++;
      shownBy.set(next.seq, parent);
      continue;
    }
    const effect = { event: next, effects: [], hiddenCount: 0, depth: parent.depth + 1 };
    parent.effects.push(effect);
    shownBy.set(next.seq, effect);
  }
  return root;
}

/** Effects of one cause: one, or alike ones that are shown by their first. */
export interface EffectRow {
  readonly first: Effect;
  /** How many more of its cause's effects are like it. */
  readonly moreCount: number;
  readonly lastSeq: number;
}

/** Fewer are shown as they are. */
const FOLDED_MIN = 4;

/** Effects as rows, one each. */
export function eachAlone(effects: readonly Effect[]): EffectRow[] {
  return effects.map((effect) => ({ first: effect, moreCount: 0, lastSeq: effect.event.seq }));
}

/** Folds effects that differ in numbers only into the first of them, wherever they stand among the effects. */
export function foldAlike(effects: readonly Effect[]): EffectRow[] {
  if (effects.length < FOLDED_MIN) return eachAlone(effects);
  const groups = new Map<string, Effect[]>();
  for (const effect of effects) {
    const key = likenessOf(effect.event);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [effect]);
    else group.push(effect);
  }
  const rows: EffectRow[] = [];
  for (const group of groups.values()) {
    const [first, last] = [group[0], group.at(-1)];
    if (first === undefined || last === undefined || group.length < FOLDED_MIN)
      rows.push(...eachAlone(group));
    else rows.push({ first, moreCount: group.length - 1, lastSeq: last.event.seq });
  }
  return rows.sort((a, b) => a.first.event.seq - b.first.event.seq);
}

function likenessOf(event: BootEvent): string {
  const text = renderEvent(event).replace(/0x[0-9a-f]+|\d+/g, '#');
  return `${event.kind} ${event.agent} ${event.subject} ${text}`;
}
