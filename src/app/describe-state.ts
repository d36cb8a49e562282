import { present } from '../base/assert.ts';
import { InputError } from '../base/input-error.ts';
import type { Moment } from '../replay/moments.ts';
import { diffStates, type SectionDiff } from '../replay/state-diff.ts';
import { listSection, type StateSection } from '../replay/state-lines.ts';
import { type SectionName, type StateView, viewSection } from '../replay/state-view.ts';
import type { SocState } from '../soc/soc-state.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import { chooseSections } from './choose-sections.ts';
import { findMoment, listMoments } from './find-moment.ts';
import { openHistory } from './open-history.ts';
import { StateCursor } from './state-cursor.ts';
import { momentAt, type StateMoment } from './state-moment.ts';

export type { Moment } from '../replay/moments.ts';
export type { SectionDiff, StateChange } from '../replay/state-diff.ts';
export type { StateLine, StateSection } from '../replay/state-lines.ts';
export type { StateView } from '../replay/state-view.ts';

export interface StateRequest {
  readonly file: string;
  readonly boot?: string | undefined;
  /** Sections to show; empty means all. */
  readonly sections?: readonly string[] | undefined;
}

export interface DescribedBoot {
  readonly file: string;
  readonly bootId: number;
  readonly bootName: string;
}

export interface StateDescription extends DescribedBoot {
  readonly at: StateMoment;
  /** The sections that were asked for. */
  readonly view: Partial<StateView>;
  readonly sections: readonly StateSection[];
}

export interface StateDiffDescription extends DescribedBoot {
  readonly from: StateMoment;
  readonly to: StateMoment;
  readonly sections: readonly SectionDiff[];
}

/** The state of the SoC right after an event. */
export function describeState(
  request: StateRequest & { readonly at?: string | undefined },
): StateDescription {
  const names = chooseSections(request.sections);
  const { described, states } = statesOf(request, names, [request.at]);
  const [state] = states;
  if (state === undefined) throw new InputError('the boot has no events', { file: request.file });
  return { ...described, ...state };
}

/** What changed between two moments; `A..B` with both as in {@link findMoment}. */
export function describeStateDiff(
  request: StateRequest & { readonly moments: string },
): StateDiffDescription {
  const names = chooseSections(request.sections);
  const [, a, b] = /^(.+?)\.\.(.+)$/.exec(request.moments) ?? [];
  if (a === undefined || b === undefined)
    throw new InputError(`--diff takes two moments as A..B, not ${request.moments}`);
  const { described, states } = statesOf(request, names, [a, b]);
  const [from, to] = states;
  if (from === undefined || to === undefined)
    throw new InputError('the boot has no events', { file: request.file });
  return { ...described, from: from.at, to: to.at, sections: diffStates(from.sections, to.sections) };
}

/** The moments of a boot that have names. */
export function describeMoments(
  request: Omit<StateRequest, 'sections'>,
): DescribedBoot & { readonly moments: readonly Moment[] } {
  const history = openHistory(request.file);
  try {
    const boot = history.chooseBoot(request.boot);
    return { ...bootOf(request.file, boot), moments: listMoments(history, boot) };
  } finally {
    history.close();
  }
}

interface StateAtMoment {
  readonly at: StateMoment;
  /** The sections that were asked for, as data and as lines. */
  readonly view: Partial<StateView>;
  readonly sections: readonly StateSection[];
}

/** The states at moments of a boot, in the order asked for, from one pass over its events. */
function statesOf(
  request: StateRequest,
  names: readonly SectionName[],
  moments: readonly (string | undefined)[],
): { described: DescribedBoot; states: StateAtMoment[] } {
  const history = openHistory(request.file);
  try {
    const boot = history.chooseBoot(request.boot);
    const described = bootOf(request.file, boot);
    if (boot.eventCount === 0) return { described, states: [] };
    const seqs = moments.map((moment) => findMoment(history, boot, moment));
    const cursor = new StateCursor(history, boot.bootId);
    const found = new Map<number, StateAtMoment>();
    for (const seq of [...seqs].sort((a, b) => a - b)) {
      if (found.has(seq)) continue;
      const at = present(momentAt(history, boot, seq), `event ${seq} was found`);
      const sections = history.withinOneRead(() => viewSections(cursor.stateAt(seq), names));
      found.set(seq, { at, ...sections });
    }
    return { described, states: seqs.flatMap((seq) => found.get(seq) ?? []) };
  } finally {
    history.close();
  }
}

function bootOf(file: string, { bootId, name }: BootInfo): DescribedBoot {
  return { file, bootId, bootName: name };
}

function viewSections(state: SocState, names: readonly SectionName[]): Omit<StateAtMoment, 'at'> {
  const view: Partial<StateView> = Object.fromEntries(names.map((name) => [name, viewSection(name, state)]));
  return { view, sections: names.map((name) => listSection(name, view as StateView)) };
}
