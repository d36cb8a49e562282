import { EL2_SERIES, hasEl2Series } from '../diagnosis/kernel-release.ts';
import { TraceSight } from '../diagnosis/trace-sight.ts';
import type { BootSource } from '../diff/boot-source.ts';
import { collectItems } from '../diff/collect-items.ts';
import type { Witness } from '../diff/conformance-sight.ts';
import { type BootEvent, type Kind, renderEvent } from '../events/catalog.ts';
import type { KernelTextFormat } from '../export/carriage.ts';
import { tellsByTrace } from '../kernel-logs/log-formats.ts';
import { MODES } from '../simulator/boot-plan.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import { describeBootsInSource, findBootsInSources } from './boots-in-source.ts';
import { type BootDescription, describeBoot } from './describe-history.ts';
import { findMoment } from './find-moment.ts';
import { type HeldToModel, holdToModel } from './hold-to-model.ts';
import { lateBegins } from './late-begin.ts';
import {
  type BootModel,
  type ModelOverrides,
  modelOfBoot,
  type ProcessorUse,
  scenarioToldBy,
  USE_KINDS,
  usesOf,
} from './model-of-boot.ts';
import { type OpenHistory, openHistory } from './open-history.ts';
import { lossEventsOf, wholeBoot } from './whole-boot.ts';

export type { Departure, DepartureType, LaneConformance } from '../diff/conformance.ts';

export interface ConformRequest extends ModelOverrides {
  readonly file: string;
  readonly boot?: string | undefined;
  /** Remote processors that are held to the model even where the boot does not show them. */
  readonly processors?: readonly string[] | undefined;
  /** Only what comes after the one moment and up to the other counts. */
  readonly since?: string | undefined;
  readonly at?: string | undefined;
}

export interface ConformReport extends HeldToModel {
  readonly file: string;
  readonly boot: BootDescription;
  readonly assumptions: readonly string[];
  readonly notes: readonly string[];
  /** Where the sources of a boot begin that do not tell it from the first moment on, in words; else null. */
  readonly begin: string | null;
  /** The moments between which it is held; null where that is the begin or the end. */
  readonly since: string | null;
  readonly at: string | null;
}

/**
 * Holds a boot to the model of its own SoC, kernel and mode. The report reads events when they are asked for, so it is
 * good only while `use` runs.
 */
export function conformBoot<Result>(request: ConformRequest, use: (report: ConformReport) => Result): Result {
  const history = openHistory(request.file);
  try {
    const info = history.chooseBoot(request.boot);
    const boot = describeBoot(history, info);
    const model = modelOfBoot(request.file, boot, request);
    return use(hold(history, info, boot, model, request));
  } finally {
    history.close();
  }
}

function hold(
  history: OpenHistory,
  info: BootInfo,
  boot: BootDescription,
  model: BootModel,
  request: ConformRequest,
): ConformReport {
  const isWhole = boot.origin === 'simulation';
  const formats = isWhole ? null : formatsOf(history, info);
  const witnesses = new Map(
    [...(formats ?? [])].map((format) => [format, witnessOf(history, info, boot, format)]),
  );
  const { since = null, at = null } = request;
  const range = {
    after: since === null ? 0 : findMoment(history, info, since),
    upTo: at === null ? Number.POSITIVE_INFINITY : findMoment(history, info, at),
  };
  const begins = lateBegins(history, info, witnesses);
  const uses = usesOf(history.log.eventsOfKinds(info.bootId, USE_KINDS), model.soc);
  const scenario = request.scenario ?? (isWhole ? scenarioToldBy(boot) : undefined);
  const lanes = collectItems(sourceToHold(history, info, isWhole)).boot;
  const held = holdToModel(
    { name: request.file, lanes, formats, witnesses, uses, range },
    { ...request, soc: model.soc, mode: model.mode, kernel: model.kernel, scenario },
  );
  return {
    ...held,
    file: request.file,
    boot,
    assumptions: model.assumptions,
    notes: [
      ...rangeNote(since, at),
      ...downNote(held),
      ...notesOf(history, info, formats, scenario === undefined ? uses : new Map()),
      ...begins.flatMap(({ format, note }) =>
        format === 'dmesg' || held.conformance.late.has(format) ? [note] : [],
      ),
      ...(lanes.losses.some(({ isOff, fromSeq }) => isOff === true && fromSeq > 0)
        ? [
            'the trace was not on all the time, as the kernel log shows: what it does not tell then does not count',
          ]
        : []),
    ],
    begin: begins[0]?.begin ?? null,
    since,
    at,
  };
}

/** A model that does not come up either says that SoC, mode and kernel do not go together: to conform to it is no good sign. */
function downNote({ downInModel, kernel, mode }: HeldToModel): string[] {
  if (downInModel.length === 0) return [];
  const wrong = /^wrong: (.*)/.exec(MODES.find(({ name }) => name === mode)?.title ?? '')?.[1];
  const why =
    hasEl2Series(kernel) === false && mode === 'el2'
      ? `Linux ${kernel} lacks the EL2 series, which came with ${EL2_SERIES.name}`
      : (wrong ?? 'the options leave out what it takes');
  return [
    `in the model too, ${downInModel.join(', ')} ${downInModel.length === 1 ? 'does' : 'do'} not come up: ${why}`,
  ];
}

function rangeNote(since: string | null, at: string | null): string[] {
  if (since === null && at === null) return [];
  const words = [since === null ? '' : ` after ${since}`, at === null ? '' : ` up to ${at}`];
  return [`only what comes${words.filter((part) => part !== '').join(' and')} is held`];
}

/** What is held; of an imported boot it is known which of its sources are traces, that may have been off. */
function sourceToHold(history: OpenHistory, info: BootInfo, isWhole: boolean): BootSource {
  const whole = wholeBoot(history, info);
  if (isWhole) return whole;
  const traces = new Set(
    info.sources.filter(({ format }) => tellsByTrace(format)).map(({ source }) => source),
  );
  return { ...whole, isTrace: (source) => traces.has(source) };
}

/** Kinds of which only tracepoints tell. */
const TRACED: ReadonlySet<string> = new Set<Kind>([
  'smc.requested',
  'mapping.created',
  'smmu.device_attached',
  'remoteproc.signalled',
]);

/** What a boot is told by. A kernel that prints its trace into its log (`tp_printk`) tells both by one source. */
function formatsOf({ log }: OpenHistory, { bootId, sources }: BootInfo): Set<KernelTextFormat> {
  const formats = new Set(sources.map(({ format }) => formatOf(format)));
  const isTraced = log.eventsOfKinds(bootId, TRACED)[Symbol.iterator]().next().done !== true;
  return isTraced ? formats.add('ftrace') : formats;
}

function formatOf(format: string): KernelTextFormat {
  return tellsByTrace(format) ? 'ftrace' : 'dmesg';
}

const CALLS: ReadonlySet<string> = new Set<Kind>(['smc.requested']);

/** Calls of this service come after the probe. */
const PAS_SERVICE = 2;

const FIRST_LINES = new Set(['boot.stage_entered', 'boot.kernel_identified']);

/** The entry of the kernel, or its banner: later lines too tell of stages, and of what kernel it is. */
function isFirstLine({ kind, payload }: BootEvent): boolean {
  if (kind === 'boot.stage_entered') return payload.stage === 'kernel';
  return kind === 'boot.kernel_identified' && payload.basis === 'banner';
}

function witnessOf(
  history: OpenHistory,
  info: BootInfo,
  boot: BootDescription,
  format: KernelTextFormat,
): Witness {
  const { log } = history;
  const { bootId } = info;
  const hasLost = format === 'ftrace' && [...lossEventsOf(history, info)].length > 0;
  const isFromStart =
    format === 'ftrace'
      ? hasProbe(history, info)
      : [...log.eventsOfKinds(bootId, FIRST_LINES)].some((event) => isFirstLine(event));
  const own = info.sources.filter((source) => formatOf(source.format) === format);
  const sources = new Set((own.length > 0 ? own : info.sources).map(({ source }) => source));
  return {
    lastTime: info.finished ? lastTimeOf(history, info, sources, boot) : null,
    hasLost,
    isFromStart,
    // What a trace that is switched on late shows of one processor first, it need not show of the others.
    mayBeExcerpt: format === 'dmesg' || !isFromStart,
    sources,
  };
}

/** Whether a trace shows the first call of qcom_scm, with which what it can show of a boot begins. */
function hasProbe({ log }: OpenHistory, { bootId }: BootInfo): boolean {
  const sight = new TraceSight();
  for (const event of log.eventsOfKinds(bootId, CALLS)) {
    if (event.kind !== 'smc.requested') continue;
    sight.apply(event);
    if (sight.isFromProbe || event.payload.service === PAS_SERVICE) break;
  }
  return sight.isFromProbe;
}

/** When a source tells the last thing of a boot. */
function lastTimeOf(
  { log }: OpenHistory,
  { bootId }: BootInfo,
  sources: ReadonlySet<number>,
  { tMax }: BootDescription,
): number | null {
  let last: number | null = null;
  for (const chunk of log.lazyChunks(bootId)) {
    for (let index = chunk.count - 1; index >= 0; index--) {
      const time = chunk.times[index] as number;
      if (!sources.has(chunk.sources[index] as number) || Number.isNaN(time)) continue;
      last = time;
      break;
    }
  }
  return last === null || tMax === null ? null : Math.min(last, tMax);
}

function notesOf(
  history: OpenHistory,
  info: BootInfo,
  formats: ReadonlySet<KernelTextFormat> | null,
  uses: ReadonlyMap<string, ProcessorUse>,
): string[] {
  const notes: string[] = [...history.warnings];
  for (const [source, lines] of findBootsInSources(history.log, info)) {
    const held = info.sources.find((candidate) => candidate.source === source);
    if (held !== undefined) notes.push(describeBootsInSource(held, lines));
  }
  if (!info.finished)
    notes.push(`the boot is unfinished: its import was stopped after event ${info.eventCount}`);
  for (const event of lossEventsOf(history, info))
    notes.push(`the trace lost events, so what it does not tell does not count: ${renderEvent(event)}`);
  if (formats?.has('ftrace') === false)
    notes.push('no trace: calls, maps and bridges are not shown, and not held');
  if (formats?.has('dmesg') === false)
    notes.push('no kernel log: what only its lines tell is not shown, and not held');
  for (const [name, { starts, thirdStart }] of uses) {
    if (thirdStart < Number.POSITIVE_INFINITY)
      notes.push(`${name} starts ${starts} times, the model twice: what comes after that is not held`);
  }
  return notes;
}
