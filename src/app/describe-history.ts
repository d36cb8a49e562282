import { statSync } from 'node:fs';
import { applyEvent } from '../events/catalog.ts';
import { bootFactProjection } from '../replay/projections/boot-fact.ts';
import { projectEvents } from '../replay/projections/projection.ts';
import { initialSocState } from '../soc/soc-state.ts';
import type { BootInfo, SourceInfo } from '../store/boot-reader.ts';
import { findBootsInSources } from './boots-in-source.ts';
import { placeNamer } from './list-events.ts';
import { type OpenHistory, openHistory } from './open-history.ts';

/** Something that is known about a boot, and the event that it stands on. */
export interface BootFact {
  readonly name: string;
  readonly value: string;
  readonly seq: number;
  /** What in that event tells it, and how. */
  readonly evidence: string;
  readonly place: string | null;
}

export interface DescribedSource extends SourceInfo {
  /** Lines at which a boot begins, when it holds several; empty when it holds one, as it should. */
  readonly bootLines: readonly number[];
}

export interface BootDescription {
  readonly bootId: number;
  readonly name: string;
  readonly origin: string;
  readonly finished: boolean;
  /** The only boot of its file. */
  readonly isOnly: boolean;
  readonly eventCount: number;
  readonly tMin: number | null;
  readonly tMax: number | null;
  readonly facts: readonly BootFact[];
  /** The facts in one line: `Linux 7.2.13 at EL2, <machine>`; says what is unknown. */
  readonly summary: string;
  readonly sources: readonly DescribedSource[];
}

export interface HistoryDescription {
  readonly file: string;
  /** Null for standard input. */
  readonly byteCount: number | null;
  readonly warnings: readonly string[];
  readonly boots: readonly (BootDescription & {
    /** How many events there are of each kind, commonest first. */
    readonly kinds: readonly { readonly kind: string; readonly count: number }[];
    /** State of each remote processor when the history ends. */
    readonly remoteprocs: readonly { readonly name: string; readonly state: string; readonly seq: number }[];
  })[];
}

/** What a history holds, boot by boot. */
export function describeHistory(file: string, wanted?: string): HistoryDescription {
  const history = openHistory(file);
  try {
    const boots = wanted === undefined ? history.boots : [history.chooseBoot(wanted)];
    return {
      file,
      byteCount: sizeOf(file),
      warnings: history.warnings,
      boots: boots.map((boot) => ({ ...describeBoot(history, boot), ...summariseEvents(history, boot) })),
    };
  } finally {
    history.close();
  }
}

/** Of what is one file; a folder has no size of its own. */
function sizeOf(file: string): number | null {
  if (file === '-') return null;
  const stat = statSync(file);
  return stat.isDirectory() ? null : stat.size;
}

/** What is known about one boot. */
export function describeBoot(history: OpenHistory, boot: BootInfo): BootDescription {
  const facts = collectFacts(history, boot);
  const boots = findBootsInSources(history.log, boot);
  return {
    bootId: boot.bootId,
    name: boot.name,
    origin: boot.origin,
    finished: boot.finished,
    isOnly: history.boots.length === 1,
    eventCount: boot.eventCount,
    ...history.log.timeRange(boot.bootId),
    facts,
    summary: summarise(facts),
    sources: boot.sources.map((source) => ({ ...source, bootLines: boots.get(source.source) ?? [] })),
  };
}

function summarise(facts: readonly BootFact[]): string {
  const value = (name: string) => facts.find((fact) => fact.name === name)?.value;
  const kernel = value('kernel');
  const level = value('exception_level');
  const parts = [
    kernel === undefined ? 'kernel unknown' : `Linux ${kernel}`,
    level === undefined ? 'at an unknown exception level' : `at EL${level}`,
  ];
  const machine = value('machine');
  return machine === undefined ? parts.join(' ') : `${parts.join(' ')}, ${machine}`;
}

/** What the boot's events tell of it; where one thing is told in two ways, both are there. */
function collectFacts(history: OpenHistory, boot: BootInfo): BootFact[] {
  const placeOf = placeNamer(boot);
  const kinds = new Set<string>(bootFactProjection.kinds);
  const places = new Map<number, string | null>();
  const events = function* () {
    for (const event of history.log.eventsOfKinds(boot.bootId, kinds)) {
      places.set(event.seq, placeOf(event.source, event.line));
      yield event;
    }
  };
  return projectEvents(bootFactProjection, events()).map(([name, value, seq, evidence]) => ({
    name,
    value,
    seq,
    evidence,
    place: places.get(seq) ?? null,
  }));
}

function summariseEvents(history: OpenHistory, boot: BootInfo) {
  const counts = new Map<string, number>();
  const state = initialSocState();
  for (const chunk of history.log.chunks(boot.bootId)) {
    for (const { definition, rowCount } of chunk.kinds) {
      counts.set(definition.kind, (counts.get(definition.kind) ?? 0) + rowCount);
    }
    for (let i = 0; i < chunk.count; i++) {
      if (chunk.kindAt(i).startsWith('remoteproc.')) applyEvent(state, chunk.eventAt(i));
    }
  }
  return {
    kinds: [...counts]
      .map(([kind, count]) => ({ kind, count }))
      .sort((a, b) => b.count - a.count || (a.kind < b.kind ? -1 : 1)),
    remoteprocs: [...state.remoteprocs].map(([name, { state: now, since }]) => ({
      name,
      state: now,
      seq: since,
    })),
  };
}
