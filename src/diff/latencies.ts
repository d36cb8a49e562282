import type { LaneComparison, StepInCommon } from './compare-lane.ts';
import type { DiffItem } from './items.ts';
import { isTimed } from './lane.ts';

/** A step that both boots take, and one of them takes much longer for. */
export interface Latency {
  readonly lane: string;
  /** A call, from request to return, or the time from the step before it. */
  readonly measured: 'call' | 'gap';
  readonly a: DiffItem;
  readonly b: DiffItem;
  /** What the gap begins with. */
  readonly after: DiffItem | null;
  readonly a_ns: number;
  readonly b_ns: number;
  /** The longer by the shorter. */
  readonly ratio: number;
}

/** A latency matters when it is so many times as long, and by so much longer … */
const RATIO_MIN = 3;
const LONGER_NS_MIN = 10_000_000;
/** … or only one side takes as long as the drivers of remote processors wait for an answer (5 * HZ in drivers/remoteproc/qcom_q6v5.c). */
const TIMEOUT_NS = 5_000_000_000;
const TIMEOUT_LONGER_NS_MIN = 1_000_000_000;

/** Steps that somebody waits for; when all others come is up to whoever asked. */
const ANSWERS: ReadonlySet<string> = new Set([
  'smc.requested',
  'firmware.loaded',
  'remoteproc.interrupted',
  'remoteproc.state_changed',
  'pas.authenticated',
]);

/** Whether nothing is on its way any more: what comes next is up to somebody. */
function isAtRest({ kind, text }: DiffItem): boolean {
  if (kind === 'remoteproc.state_changed') return !/ is (?:starting|recovering)$/.test(text);
  return kind === 'remoteproc.registered' || isUnasked(text);
}

/** Whether it comes when somebody asks for it, or something goes wrong. */
function isUnasked(text: string): boolean {
  return / is (?:starting|recovering|crashed)$|: (?:fatal|watchdog)$/.test(text);
}

/** Steps in common that took one boot much longer, the largest ratio first. They make no difference by themselves. */
export function findLatencies(lanes: readonly LaneComparison[]): Latency[] {
  const found: Latency[] = [];
  for (const { lane, eachStepInCommon } of lanes) {
    if (!isTimed(lane)) continue;
    let previous: StepInCommon | null = null;
    eachStepInCommon((step) => {
      const before = step.isNext ? previous : null;
      previous = step;
      const call = between(step.a.t_ns, step.a.back_ns, step.b.t_ns, step.b.back_ns);
      if (call !== null) found.push({ lane, measured: 'call', ...step.items(), after: null, ...call });
      if (before === null) return;
      const gap = between(endOf(before.a), step.a.t_ns, endOf(before.b), step.b.t_ns);
      if (gap === null) return;
      const items = step.items();
      const after = before.items().b;
      if (!ANSWERS.has(items.b.kind) || isUnasked(items.b.text) || isAtRest(after)) return;
      found.push({ lane, measured: 'gap', ...items, after, ...gap });
    });
  }
  return found.sort((x, y) => y.ratio - x.ratio);
}

function endOf({ t_ns, back_ns }: StepInCommon['a']): number {
  return back_ns ?? t_ns;
}

/** How long both took, where that matters. */
function between(
  fromA: number,
  toA: number | undefined,
  fromB: number,
  toB: number | undefined,
): Pick<Latency, 'a_ns' | 'b_ns' | 'ratio'> | null {
  if (toA === undefined || toB === undefined) return null;
  const a_ns = toA - fromA;
  const b_ns = toB - fromB;
  const [shorter, longer] = a_ns < b_ns ? [a_ns, b_ns] : [b_ns, a_ns];
  // Times may be unknown, and step back.
  if (!(shorter >= 0)) return null;
  const isTimeout = longer >= TIMEOUT_NS && shorter < TIMEOUT_NS && longer - shorter >= TIMEOUT_LONGER_NS_MIN;
  const isMuch = longer >= RATIO_MIN * shorter && longer - shorter >= LONGER_NS_MIN;
  return isTimeout || isMuch ? { a_ns, b_ns, ratio: longer / Math.max(shorter, 1000) } : null;
}
