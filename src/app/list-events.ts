import { closestNames } from '../base/closest.ts';
import { InputError } from '../base/input-error.ts';
import { type BootEvent, CATALOG, findDefinition, renderEvent } from '../events/catalog.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import { findRange } from './find-moment.ts';
import { openHistory } from './open-history.ts';

export interface EventFilter {
  readonly boot?: string | undefined;
  /** Subjects, agents and kinds to keep; a kind may also be a family such as `smc`. Empty means all. */
  readonly subjects?: readonly string[] | undefined;
  readonly agents?: readonly string[] | undefined;
  readonly kinds?: readonly string[] | undefined;
  /** First and last event, by a moment's name, time or seq; see {@link findRange}. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Keep only events whose line matches. */
  readonly pattern?: RegExp | undefined;
}

/** An event as a listing shows it. */
export interface ListedEvent {
  readonly event: BootEvent;
  readonly text: string;
  /** `dmesg.txt:97`, or null for an event that was not read from a file. */
  readonly place: string | null;
}

/** The events of a boot that a filter lets through, in the order of the log. `visit` returns false to stop. */
export function listEvents(file: string, filter: EventFilter, visit: (listed: ListedEvent) => boolean): void {
  checkKinds(filter.kinds ?? []);
  const history = openHistory(file);
  try {
    const boot = history.chooseBoot(filter.boot);
    const accept = compileFilter(filter);
    const placeOf = placeNamer(boot);
    const { fromSeq, toSeq } = findRange(history, boot, filter);
    for (const event of history.log.events(boot.bootId, fromSeq)) {
      if (event.seq > toSeq) return;
      if (!accept(event)) continue;
      const text = renderEvent(event);
      if (filter.pattern !== undefined && !filter.pattern.test(text)) continue;
      if (!visit({ event, text, place: placeOf(event.source, event.line) })) return;
    }
  } finally {
    history.close();
  }
}

/** Names that a hint lists at most. */
const NAMES_IN_HINT = 8;

/** For each subject and agent that a filter asks for and the boot has none of: which there are, likest first. */
export function hintsFor(file: string, filter: EventFilter): string[] {
  const wanted = { subject: filter.subjects ?? [], agent: filter.agents ?? [] };
  if (wanted.subject.length + wanted.agent.length === 0) return [];
  const there = { subject: new Set<string>(), agent: new Set<string>() };
  const history = openHistory(file);
  try {
    for (const { subject, agent } of history.log.events(history.chooseBoot(filter.boot).bootId)) {
      if (subject !== null) there.subject.add(subject);
      there.agent.add(agent);
    }
  } finally {
    history.close();
  }
  return (['subject', 'agent'] as const).flatMap((what) =>
    wanted[what]
      .filter((name) => !there[what].has(name))
      .map((name) => {
        const closest = closestNames(name, there[what], NAMES_IN_HINT);
        const others = there[what].size - closest.length;
        return `no ${what} is called ${name}; there are ${closest.join(', ') || 'none'}${others > 0 ? `, and ${others} more` : ''}`;
      }),
  );
}

/** Names the place of an event by the sources of its boot. */
export function placeNamer(boot: BootInfo): (source: number | null, line: number | null) => string | null {
  const names = new Map(boot.sources.map((source) => [source.source, source.name]));
  return (source, line) =>
    source === null || line === null ? null : `${names.get(source) ?? `source ${source}`}:${line}`;
}

/** Whether a filter lets an event through, as {@link listEvents} decides it. */
export function eventSelector(
  filter: EventFilter,
  { fromSeq, toSeq }: { readonly fromSeq: number; readonly toSeq: number },
): (event: BootEvent) => boolean {
  checkKinds(filter.kinds ?? []);
  const accept = compileFilter(filter);
  const { pattern } = filter;
  return (event) =>
    event.seq >= fromSeq &&
    event.seq <= toSeq &&
    accept(event) &&
    (pattern === undefined || pattern.test(renderEvent(event)));
}

function compileFilter(filter: EventFilter): (event: BootEvent) => boolean {
  const subjects = new Set(filter.subjects ?? []);
  const agents = new Set(filter.agents ?? []);
  const kinds = filter.kinds ?? [];
  return (event) =>
    (subjects.size === 0 || (event.subject !== null && subjects.has(event.subject))) &&
    (agents.size === 0 || agents.has(event.agent)) &&
    (kinds.length === 0 || kinds.some((kind) => event.kind === kind || event.kind.startsWith(`${kind}.`)));
}

function checkKinds(kinds: readonly string[]): void {
  for (const kind of kinds) {
    const isFamily = CATALOG.some((definition) => definition.kind.startsWith(`${kind}.`));
    if (findDefinition(kind) === undefined && !isFamily) {
      throw new InputError(`no kind or family of events is called ${kind}; docs/events.md lists them`);
    }
  }
}
