import { closestNames } from '../base/closest.ts';
import { InputError } from '../base/input-error.ts';
import type { BootEvent } from '../events/catalog.ts';
import { findMoments, isNameOfMoment, MOMENT_KINDS, type Moment } from '../replay/moments.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import type { OpenHistory } from './open-history.ts';

const NS_PER_SECOND = 1_000_000_000;

/**
 * The seq that a user means by `--at`: a number is a seq, `-3` the third event before the end, `2.86` or `2s` a time in
 * seconds (the last event no later than that), anything else the name of a moment. Without a text, the end. Whoever asks often hands in the moments.
 */
export function findMoment(
  history: OpenHistory,
  boot: BootInfo,
  text: string | undefined,
  moments: () => readonly Moment[] = () => listMoments(history, boot),
): number {
  if (text === undefined) return boot.eventCount;
  if (text.trim() === '')
    throw new InputError(
      'a moment cannot be empty: give a seq, a time such as 2.86 or a name such as adsp:ready',
    );
  if (/^\d+$/.test(text)) return checkSeq(Number(text), boot, text);
  if (/^-\d+$/.test(text)) return checkSeq(boot.eventCount + Number(text), boot, text);
  const time = timeOf(text);
  if (time !== undefined) return seqAtTime(history, boot, time, text);
  return namedMoment(moments(), text);
}

/**
 * The events from one moment to another, both included, each named as for {@link findMoment}. A time to begin with
 * means the first event at or after it. A seq beyond the end is no error here: there is nothing to show from it.
 */
export function findRange(
  history: OpenHistory,
  boot: BootInfo,
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
): { readonly fromSeq: number; readonly toSeq: number } {
  checkIsOneMeasure(from, to);
  const seqOf = (text: string) => (/^[1-9]\d*$/.test(text) ? Number(text) : findMoment(history, boot, text));
  const begin = from === undefined || /^-?\d+$/.test(from) ? undefined : timeOf(from);
  return {
    fromSeq:
      begin === undefined ? seqOf(from ?? '1') : (history.log.lastSeqAtTime(boot.bootId, begin - 1) ?? 0) + 1,
    toSeq: to === undefined ? boot.eventCount : seqOf(to),
  };
}

/** Somebody who gives a whole number of seconds beside a time means no event. */
function checkIsOneMeasure(from: string | undefined, to: string | undefined): void {
  if (from === undefined || to === undefined) return;
  const isSeq = (text: string) => /^\d+$/.test(text);
  const isTime = (text: string) => !isSeq(text) && timeOf(text) !== undefined;
  const [option, seq] =
    isSeq(from) && isTime(to) ? ['from', from] : ['to', isSeq(to) && isTime(from) ? to : ''];
  if (seq === '') return;
  const [other, time] = option === 'from' ? ['to', to] : ['from', from];
  throw new InputError(
    `--${option} ${seq} is an event and --${other} ${time} a time: for a time write --${option} ${seq}s, for an event give --${other} as one too`,
  );
}

/** Nanoseconds since boot, of a text that is a time. */
function timeOf(text: string): number | undefined {
  const seconds = /^(\d+(?:\.\d*)?)s?$/.exec(text)?.[1];
  return seconds === undefined ? undefined : Math.round(Number(seconds) * NS_PER_SECOND);
}

/** The moments of a boot that have names. */
export function listMoments(history: OpenHistory, boot: BootInfo): Moment[] {
  return findMoments(eventsForMoments(history, boot));
}

function* eventsForMoments(history: OpenHistory, boot: BootInfo): Generator<BootEvent> {
  let lastSeq = 0;
  for (const event of history.log.eventsOfKinds(boot.bootId, MOMENT_KINDS)) {
    lastSeq = event.seq;
    yield event;
  }
  const end = lastSeq === boot.eventCount ? undefined : history.log.eventAt(boot.bootId, boot.eventCount);
  if (end !== undefined) yield end;
}

function checkSeq(seq: number, boot: BootInfo, text: string): number {
  if (seq >= 1 && seq <= boot.eventCount) return seq;
  throw new InputError(`there is no event ${text}: the boot has events 1 to ${boot.eventCount}`);
}

function seqAtTime(history: OpenHistory, boot: BootInfo, tNs: number, text: string): number {
  const found = history.log.lastSeqAtTime(boot.bootId, tNs);
  if (found === undefined) throw new InputError(`no event has a time of ${text} or before`);
  return found;
}

function namedMoment(moments: readonly Moment[], name: string): number {
  const found = moments.find((moment) => moment.name === name);
  if (found !== undefined) return found.seq;
  const names = moments.map((moment) => moment.name);
  const near = closestNames(name, names, 3);
  if (isNameOfMoment(name))
    throw new InputError(
      `this boot does not come to ${name}${near.length === 0 ? '' : `; it has ${near.join(', ')}`} (trace state --moments lists all that it has)`,
    );
  throw new InputError(
    `no moment is called ${name}${near.length === 0 ? '' : `; did you mean ${near.join(', ')}?`} (trace state --moments lists them all)`,
  );
}
