import { counted } from '../base/count.ts';
import { InputError } from '../base/input-error.ts';
import { type BootSource, TOLD_ELSEWHERE } from '../diff/boot-source.ts';
import type { BootInfo, SourceInfo } from '../store/boot-reader.ts';
import { type BootWitnesses, type Witness, witnessesOf } from './boot-witnesses.ts';
import { findMoment } from './find-moment.ts';
import type { OpenHistory } from './open-history.ts';
import { printedBoot } from './printed-boot.ts';
import { ShownEvents } from './shown-events.ts';

export interface SideRequest {
  readonly ignore?: readonly string[] | undefined;
  readonly since?: string | undefined;
  readonly at?: string | undefined;
}

interface Side {
  readonly history: OpenHistory;
  readonly boot: BootInfo;
}

export interface ComparedSide {
  readonly source: BootSource;
  /** The files of the boot. */
  readonly files: readonly SourceInfo[];
  /** What its sources are, those inside a kernel log too, of which the other side has nothing. */
  readonly leftOut: ReadonlyMap<number, Witness>;
  /** Events of a simulation that neither a log nor a trace would show; 0 where all of it is compared. */
  readonly untoldCount: number;
}

export interface ComparedSides {
  readonly a: ComparedSide;
  readonly b: ComparedSide;
  close(): void;
}

/**
 * Two boots as far as they can be compared. What the sources of only one could show says nothing about the other: where a
 * trace is missing, silence does not mean that nothing was mapped. A simulation tells everything; beside an import it
 * counts as far as the import's sources would show it, and in their words.
 */
export function compareSides(a: Side, b: Side, request: SideRequest): ComparedSides {
  const [ofA, ofB] = [witnessesOf(a.history, a.boot), witnessesOf(b.history, b.boot)];
  if (ofA.isComplete !== ofB.isComplete) {
    const [simulated, imported, witnesses] = ofA.isComplete ? [a, b, ofB] : [b, a, ofA];
    const printed = printedBoot(simulated.history, simulated.boot, { ...imported, witnesses });
    const whole = sourceOf(simulated, simulated, request);
    const source = {
      ...sourceOf(simulated, printed, request),
      whole,
      seqInWhole: printed.seqInWhole,
      isTrace: printed.isTrace,
    };
    const told = { source, files: [], leftOut: new Map<number, Witness>(), untoldCount: printed.untoldCount };
    const other = asTold(imported, witnesses, witnesses.told, request);
    return {
      a: ofA.isComplete ? told : other,
      b: ofA.isComplete ? other : told,
      close: () => printed.history.close(),
    };
  }
  const shared = new Set([...ofA.told].filter((witness) => ofB.told.has(witness)));
  if (shared.size === 0 && ofA.told.size > 0 && ofB.told.size > 0)
    throw new InputError(
      `nothing can be compared: of A there is only a ${[...ofA.told].join()}, of B only a ${[...ofB.told].join()}`,
    );
  const isWithoutProbes = ofA.isTracePrinted || ofB.isTracePrinted;
  const told = isWithoutProbes ? { ...request, ignore: [...(request.ignore ?? []), 'trace.hit'] } : request;
  return { a: asTold(a, ofA, shared, told), b: asTold(b, ofB, shared, told), close: () => {} };
}

/** A side by those of its sources of which the other has the like. */
function asTold(
  side: Side,
  { sources, isComplete, sourceOf: whichSource }: BootWitnesses,
  shared: ReadonlySet<Witness>,
  request: SideRequest,
): ComparedSide {
  const leftOut = new Map([...sources].filter(([, witness]) => !shared.has(witness)));
  const ignored = [...leftOut.keys()];
  return {
    source: {
      ...sourceOf(side, side, request),
      ignoredSources: new Set(whichSource === undefined ? ignored : [...ignored, TOLD_ELSEWHERE]),
      sourceOf: whichSource,
      isTrace: isComplete ? undefined : (source) => sources.get(source) === 'trace',
    },
    files: side.boot.sources,
    leftOut,
    untoldCount: 0,
  };
}

/** The events of a boot, between moments of the side that it stands for. */
function sourceOf(side: Side, told: Side, { ignore, since, at }: SideRequest): BootSource {
  const { log } = told.history;
  const { bootId } = told.boot;
  const events = new ShownEvents(log, bootId);
  return {
    chunks: () => log.lazyChunks(bootId),
    eventsOfKinds: (kinds) => log.eventsOfKinds(bootId, kinds),
    eventAt: (seq) => events.at(seq),
    eventCount: told.boot.eventCount,
    ignoredSources: new Set(),
    ignored: new Set(ignore),
    firstSeq: since === undefined ? 1 : findMoment(side.history, side.boot, since) + 1,
    lastSeq: findMoment(side.history, side.boot, at),
  };
}

/** What is not compared, and why: which source is missing, and what that leaves out. `counts` are by source. */
export function notesOfSides(
  { a, b }: ComparedSides,
  counts: Readonly<Record<'a' | 'b', ReadonlyMap<number, number>>>,
): string[] {
  return [...notesOfSide('A', 'B', a, counts.a), ...notesOfSide('B', 'A', b, counts.b)];
}

function notesOfSide(
  letter: string,
  other: string,
  { untoldCount, files, leftOut }: ComparedSide,
  counts: ReadonlyMap<number, number>,
): string[] {
  const notes: string[] = [];
  if (untoldCount > 0)
    notes.push(
      `not comparable: ${counted(untoldCount, 'event')} of ${letter}, a simulation, that the sources of ${other} could not show`,
    );
  // What is inside a kernel log has a number between that of its file and the next.
  const groups = new Map<string, { readonly names: string[]; readonly what: WhatIsLeftOut; count: number }>();
  for (const [source, witness] of leftOut) {
    const count = counts.get(source) ?? 0;
    const file = files.find((one) => one.source === Math.floor(source));
    if (count === 0 || file === undefined) continue;
    const isWhole = Number.isInteger(source);
    const key = `${witness} ${isWhole}`;
    const group = groups.get(key) ?? { names: [], what: whatIsLeftOut(witness, isWhole), count: 0 };
    groups.set(key, group);
    group.names.push(file.name);
    group.count += count;
  }
  for (const { names, what, count } of groups.values())
    notes.push(
      `not comparable: ${counted(count, what.noun)} ${what.where(letter)} (${names.join(', ')}): ${what.missing(other)}`,
    );
  return notes;
}

interface WhatIsLeftOut {
  readonly noun: string;
  readonly where: (letter: string) => string;
  readonly missing: (other: string) => string;
}

function whatIsLeftOut(witness: Witness, isWholeFile: boolean): WhatIsLeftOut {
  if (isWholeFile)
    return {
      noun: 'event',
      where: (letter) => `of ${letter}`,
      missing: (other) => `${other} has no ${witness}`,
    };
  return witness === 'trace'
    ? {
        noun: 'trace event',
        where: (letter) => `of calls, maps or interrupts that the kernel printed into the log of ${letter}`,
        missing: (other) => `${other} has no trace`,
      }
    : {
        noun: 'line',
        where: (letter) => `of firmware or programs on the console of ${letter}`,
        missing: (other) => `${other} has the kernel's lines only`,
      };
}
