import { closestNames } from '../base/closest.ts';
import { InputError } from '../base/input-error.ts';
import { hex } from '../base/word.ts';
import { RULES } from '../diagnosis/all-rules.ts';
import { Diagnosis } from '../diagnosis/diagnose.ts';
import type { Finding, Rule } from '../diagnosis/finding.ts';
import { harmlessFile, harmlessReason } from '../diagnosis/harmless-notes.ts';
import {
  type AddressPlace,
  causesOf,
  fittingCauses,
  type LineSetting,
  placeOfAddress,
} from '../diagnosis/line-causes.ts';
import { type BootEvent, CATALOG, renderEvent } from '../events/catalog.ts';
import { bareLine, meaningsOf, readPasted } from '../kernel-logs/pasted-lines.ts';
import type { SocDescription } from '../soc/description.ts';
import { errnoName } from '../soc/errno.ts';
import { findSoc, SOC_NAMES } from '../soc/find-soc.ts';
import { decodeFsr, decodeFsynr0 } from '../soc/smmu-fault.ts';
import { computeProcessorOfStream, processorOfStream } from '../soc/stream-owner.ts';
import { eventCiter } from './cite-event.ts';
import type { ListedEvent } from './list-events.ts';
import { openHistory } from './open-history.ts';

export interface ExplainLineRequest {
  /** One line; or several, of a report that has several. */
  readonly text: string;
  /** History that the line is of. */
  readonly file?: string | undefined;
  readonly boot?: string | undefined;
  readonly soc?: string | undefined;
}

export interface ExplainedField {
  readonly name: string;
  readonly value: string;
  readonly meaning: string;
}

export interface ExplainedMeaning {
  readonly event: BootEvent;
  readonly text: string;
  /** What events of this kind are. */
  readonly doc: string;
  readonly fields: readonly ExplainedField[];
  /** Why it is harmless, although it is often taken for a cause; null where that is not known. */
  readonly harmless: string | null;
  /** Rules that may stand behind it, the likeliest first; null for what is no failure. */
  readonly causes: readonly Rule[] | null;
}

/** What is known of the line in a history. */
export interface LineInHistory {
  readonly file: string;
  /** The event that the line is; null where the history does not have it. */
  readonly event: ListedEvent | null;
  /** What is mapped for the processor next to the address: below, over it, above. */
  readonly mappings: readonly {
    readonly relation: 'over' | 'below' | 'above' | 'before';
    readonly listed: ListedEvent;
  }[];
  /** Whether the history tells of mappings at all. */
  readonly tellsMappings: boolean;
  readonly findings: readonly Finding[];
}

export interface ExplainedLine {
  readonly text: string;
  /** What stands before it, if it is quoted from a diff of two logs: `-` where only the first has it. */
  readonly diffMark: '-' | '+' | null;
  readonly soc: string | null;
  readonly meanings: readonly ExplainedMeaning[];
  readonly history: LineInHistory | null;
}

/** What a line of a log says. */
export function explainLine(request: ExplainLineRequest): ExplainedLine {
  const given = request.text.trimEnd();
  if (given.trim() === '') throw new InputError('expected a line of a log');
  const { text, diffMark } = withoutDiffMarks(given);
  const own = readPasted(text);
  const history = request.file === undefined ? null : lookUp(request, own, text);
  const soc = chooseSoc(request.soc) ?? history?.soc ?? socOf(own);
  const setting = { soc, exceptionLevel: history?.exceptionLevel ?? null };
  const meanings = meaningsOf(history?.events ?? own);
  return {
    text: given,
    diffMark,
    soc: soc?.name ?? null,
    meanings: meanings.map((event) => meaningOf(event, setting)),
    history: history?.told ?? null,
  };
}

/** What `diff -u` puts before a line that only one of the files has; a number or an option is none. */
const DIFF_MARK = /^([-+]) ?(?=[[<(A-Za-z])/;

/** Lines of a log as they were before somebody made a diff of two logs and quoted that. */
function withoutDiffMarks(text: string): { readonly text: string; readonly diffMark: '-' | '+' | null } {
  const mark = DIFF_MARK.exec(text)?.[1];
  if (mark !== '-' && mark !== '+') return { text, diffMark: null };
  const lines = text.split('\n').map((line) => line.replace(DIFF_MARK, ''));
  return { text: lines.join('\n'), diffMark: mark };
}

function chooseSoc(name: string | undefined): SocDescription | undefined {
  if (name === undefined) return undefined;
  const soc = findSoc(name);
  if (soc !== undefined) return soc;
  throw new InputError(`no SoC is called ${name}; there are ${closestNames(name, SOC_NAMES, 6).join(', ')}`);
}

/** The SoC that a line speaks of itself: by the folder of a firmware file. */
function socOf(events: readonly BootEvent[]): SocDescription | undefined {
  const diagnosis = new Diagnosis([]);
  for (const event of events) diagnosis.apply(event);
  return diagnosis.boot.soc;
}

function meaningOf(event: BootEvent, setting: LineSetting): ExplainedMeaning {
  const { soc } = setting;
  const owner = ownerOf(event, soc);
  const place =
    event.kind === 'smmu.faulted' && event.payload.iova !== null
      ? placeOfAddress(soc, owner, event.payload.iova)
      : null;
  const all = causesOf(event, place, soc !== undefined);
  const ids = all === null ? null : fittingCauses(all, event, setting);
  return {
    event,
    text: renderEvent(event),
    doc: /^.*?[.](?= |$)/.exec(CATALOG.find(({ kind }) => kind === event.kind)?.doc ?? '')?.[0] ?? '',
    harmless: harmlessOf(event) ?? null,
    fields: event.kind === 'smmu.faulted' ? faultFields(event, soc, owner, place) : payloadFields(event),
    causes: ids === null ? null : ids.flatMap((id) => RULES.find((rule) => rule.id === id) ?? []),
  };
}

function harmlessOf(event: BootEvent): string | undefined {
  if (event.kind === 'device.noted') return harmlessReason(event.payload.note);
  return event.kind === 'firmware.refused' ? harmlessFile(event.payload.name ?? '') : undefined;
}

function ownerOf(event: BootEvent, soc: SocDescription | undefined): string | null {
  if (event.kind !== 'smmu.faulted' || event.payload.stream_id === null) return event.subject;
  return soc === undefined ? null : (processorOfStream(soc, event.payload.stream_id) ?? null);
}

const FLAG_MEANINGS: Readonly<Record<string, string>> = {
  TF: 'translation fault: nothing is mapped there',
  PF: 'permission fault: mapped, but not for this',
  AFF: 'access flag fault',
  EF: 'external abort of the walk',
  TLBMCF: 'conflict of TLB matches',
  TLBLKF: 'TLB is locked',
  ASF: 'address size fault: bits above what is translated',
  UUT: 'unsupported transaction',
  WNR: 'write',
  IND: 'instruction fetch',
  PNU: 'privileged',
  NSATTR: 'non-secure',
  PTWF: 'the walk itself faulted',
  AFR: 'asynchronous',
};

function flagsText(flags: readonly string[]): string {
  return flags.map((flag) => `${flag} (${FLAG_MEANINGS[flag] ?? '?'})`).join(', ');
}

function faultFields(
  event: BootEvent & { readonly kind: 'smmu.faulted' },
  soc: SocDescription | undefined,
  owner: string | null,
  place: AddressPlace | null,
): ExplainedField[] {
  const { payload } = event;
  const fields: ExplainedField[] = [
    { name: 'smmu', value: payload.device, meaning: `${payload.type} fault` },
  ];
  if (payload.stream_id !== null)
    fields.push({
      name: 'stream',
      value: hex(payload.stream_id),
      meaning: streamText(soc, owner, payload.stream_id),
    });
  if (payload.iova !== null)
    fields.push({ name: 'iova', value: hex(payload.iova), meaning: placeText(soc, payload.iova, place) });
  if (payload.access !== null)
    fields.push({ name: 'access', value: payload.access, meaning: 'what was wanted' });
  if (payload.fsr !== null && payload.type === 'context') {
    const { flags, format, isMultiple, isStalled } = decodeFsr(payload.fsr);
    const more = [
      isMultiple ? 'another fault came before this was cleared' : '',
      isStalled ? 'the transaction is stalled' : '',
    ];
    const meaning = [flagsText(flags), format === 2 ? 'AArch64 tables' : `format ${format}`, ...more];
    fields.push({
      name: 'fsr',
      value: hex(payload.fsr),
      meaning: meaning.filter((part) => part !== '').join('; '),
    });
  } else if (payload.reason !== null)
    fields.push({ name: 'reason', value: payload.reason, meaning: 'why it was stopped' });
  if (payload.fsynr !== null && payload.type === 'context') {
    const { flags, level, contextBank } = decodeFsynr0(payload.fsynr);
    fields.push({
      name: 'fsynr',
      value: hex(payload.fsynr),
      meaning: `${flags.length === 0 ? 'read' : flagsText(flags)}; the walk ended at level ${level}; context bank ${contextBank} in hardware`,
    });
  }
  if (payload.context_bank !== null) {
    const differs = payload.hardware_bank !== null && payload.hardware_bank !== payload.context_bank;
    fields.push({
      name: 'cb',
      value: String(payload.context_bank),
      meaning: differs
        ? `context bank as Linux numbers it; the hardware says ${payload.hardware_bank}: a hypervisor is in between`
        : 'context bank as Linux numbers it',
    });
  }
  return fields;
}

function streamText(soc: SocDescription | undefined, owner: string | null, streamId: number): string {
  if (soc === undefined) return 'whose it is depends on the SoC: say which with --soc, or give a history';
  if (owner !== null) return `${owner} itself (iommus of its node on ${soc.name})`;
  const compute = computeProcessorOfStream(soc, streamId);
  if (compute !== undefined) return `a FastRPC context bank of ${compute} on ${soc.name}`;
  return `no remote processor of ${soc.name}`;
}

function placeText(soc: SocDescription | undefined, iova: number, place: AddressPlace | null): string {
  const region = soc?.reservedMemory.find(({ name }) => name === place?.region);
  if (region !== undefined) {
    const { carveout } = place ?? { carveout: null };
    const whose =
      carveout === null
        ? ''
        : `, the ${carveout.part === 'dtb' ? 'dtb ' : ''}carveout of ${carveout.processor}`;
    return `${hex(iova - region.pa)} into ${region.name}${whose}`;
  }
  if (place?.devmem !== null && place !== null) return `${place.devmem}, which is in the resource table`;
  if (iova >= 0xf000_0000 && iova < 2 ** 32)
    return 'in no region: Linux gives DMA addresses from the top of 4 GiB downwards, so it is a buffer of a device';
  return soc === undefined
    ? 'not known without the SoC'
    : `in no region and no resource table of ${soc.name}`;
}

function payloadFields(event: BootEvent): ExplainedField[] {
  const definition = CATALOG.find(({ kind }) => kind === event.kind);
  const docs: Readonly<Record<string, { readonly doc: string; readonly format: string }>> =
    definition?.fields ?? {};
  return Object.entries(event.payload).flatMap(([name, value]) => {
    if (value === null) return [];
    const isErrno = name === 'errno' && typeof value === 'number';
    const meaning = isErrno ? errnoText(value) : (docs[name]?.doc ?? '');
    const isHex = typeof value === 'bigint' || (typeof value === 'number' && docs[name]?.format === 'hex');
    return [{ name, value: isHex ? hex(value) : String(value), meaning }];
  });
}

function errnoText(errno: number): string {
  if (errno > 0) return 'a result code of the firmware, no error number of Linux';
  return errnoName(errno) ?? 'error number';
}

/** Whether two events are one fault. */
function isAlike(event: BootEvent, fault: BootEvent | undefined): boolean {
  return (
    event.kind === 'smmu.faulted' &&
    fault?.kind === 'smmu.faulted' &&
    event.payload.iova === fault.payload.iova &&
    event.payload.stream_id === fault.payload.stream_id
  );
}

function lookUp(
  request: ExplainLineRequest,
  own: readonly BootEvent[],
  text: string,
): {
  events: BootEvent[] | null;
  soc: SocDescription | undefined;
  exceptionLevel: number | null;
  told: LineInHistory;
} {
  const history = openHistory(request.file ?? '');
  try {
    const boot = history.chooseBoot(request.boot);
    const printed = own.find((event) => event.kind === 'log.printed');
    const wanted = bareLine(printed?.payload.text ?? text.split('\n')[0] ?? '');
    const diagnosis = new Diagnosis();
    let line: number | null = null;
    const about: BootEvent[] = [];
    const fault = own.find((event) => event.kind === 'smmu.faulted');
    let alike: BootEvent | undefined;
    for (const event of history.log.events(boot.bootId)) {
      diagnosis.apply(event);
      // A simulated fault comes from the hardware, and its lines follow from it.
      if (line === null && isAlike(event, fault)) alike = event;
      if (line === null && event.kind === 'log.printed' && bareLine(event.payload.text) === wanted)
        line = event.seq;
      else if (line !== null && event.cause === line) about.push(event);
    }
    if (about.length === 0 && line !== null && alike !== undefined) about.push(alike);
    const cite = eventCiter(boot);
    const { boot: facts } = diagnosis;
    const subject = about[0] ?? own.find(({ kind }) => kind === 'smmu.faulted');
    const at = about[0]?.seq ?? line ?? facts.lastSeq;
    const iova = subject?.kind === 'smmu.faulted' ? subject.payload.iova : null;
    const owner = subject === undefined ? null : (ownerOf(subject, facts.soc) ?? subject.subject);
    const seqs = new Set([at, ...about.map(({ seq }) => seq), ...(line === null ? [] : [line])]);
    const listed = (seq: number) => {
      const event = history.log.eventAt(boot.bootId, seq);
      return event === undefined ? [] : [cite(event)];
    };
    return {
      events: about.length === 0 ? null : about,
      soc: facts.soc,
      exceptionLevel: facts.exceptionLevel?.value ?? null,
      told: {
        file: request.file ?? '',
        event: line === null ? null : (listed(at)[0] ?? null),
        tellsMappings: facts.told.mappings,
        mappings:
          iova === null || owner === null
            ? []
            : facts.mappingLives
                .around(owner, iova, at)
                .flatMap(({ relation, seq }) => listed(seq).map((found) => ({ relation, listed: found }))),
        findings:
          line === null
            ? []
            : diagnosis
                .findings()
                .filter(({ explains, evidence }) => [...explains, ...evidence].some((seq) => seqs.has(seq))),
      },
    };
  } finally {
    history.close();
  }
}
