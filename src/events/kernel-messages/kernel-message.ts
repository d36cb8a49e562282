import { errnoOf } from '../../soc/errno.ts';
import type { Kind, PayloadOf } from '../catalog.ts';

/** What a line means: an event that the line is the cause of. */
export type Meaning = {
  [K in Kind]: { readonly kind: K; readonly subject: string | null; readonly payload: PayloadOf<K> };
}[Kind];

/** Knows whom lines are about: `remoteproc remoteproc0`, `qcom_q6v5_pas 30000000.remoteproc`, `qcom_scm firmware:scm`. */
export interface Subjects {
  of(driver: string, device: string): string;
}

/** The named groups of a match. */
export type Groups = Readonly<Record<string, string | undefined>>;

export type MessagePlace = 'line' | 'text' | 'end';

/**
 * A line of the kernel log that means one thing by itself. The tables of this folder are said once, for the importer,
 * which reads such lines, and for the simulator, which prints some of them.
 */
export interface KernelMessage {
  readonly name: string;
  /** Where the kernel prints it. */
  readonly where: string;
  /**
   * How it is found among all others: by the first word of the line, by the first word of the text that follows a
   * prefix such as `driver device: `, or by what the line ends with.
   */
  readonly place: MessagePlace;
  /** That word, up to its first blank or colon; or the end. */
  readonly firstWord: string;
  readonly pattern: RegExp;
  readonly example: string;
  readonly read: (told: Groups, subjects: Subjects) => Meaning;
}

/** A text that drivers print of a device, without `driver device: ` before it. */
export interface DeviceText {
  readonly where: string;
  /** The remoteproc core calls a processor by its name in some: group `processor`. */
  readonly text: RegExp;
  /** A whole line. */
  readonly example: string;
}

/** What failed or is noted, with its text. */
export type DeviceTexts = Readonly<Record<string, DeviceText | readonly DeviceText[]>>;

/** Error number of a group: a number, or its name as dev_err_probe prints it. */
export function errnoIn(told: Groups): number | null {
  const { errno } = told;
  if (errno === undefined) return null;
  const value = /^-?\d+$/.test(errno) ? Number(errno) : errnoOf(errno);
  return value !== undefined && Math.abs(value) < 2 ** 32 ? value : null;
}

/** Who speaks: the device before the colon, and what its driver or bus is called. */
function speaker(told: Groups, subjects: Subjects) {
  const { driver = '', device = '' } = told;
  return { driver, device, subject: subjects.of(driver, device) };
}

/** A message that is found by the first word after `driver device: `, whatever driver prints it. */
export function deviceMessage(
  name: string,
  { where, text, example }: DeviceText,
  read: (told: Groups, who: { driver: string; device: string; subject: string }) => Meaning,
): KernelMessage {
  return {
    name,
    where,
    place: 'text',
    firstWord: firstWordOf(example.slice(example.indexOf(': ') + 2)),
    pattern: new RegExp(`^(?<driver>\\S+) (?<device>\\S+): ${text.source}$`),
    example,
    read: (told, subjects) => read(told, speaker(told, subjects)),
  };
}

/** A message that is found by the first word of its line. */
export function lineMessage(
  name: string,
  where: string,
  pattern: RegExp,
  example: string,
  read: KernelMessage['read'],
): KernelMessage {
  return { name, where, place: 'line', firstWord: firstWordOf(example), pattern, example, read };
}

/** Up to the first blank or colon: how lines are looked up. */
export function firstWordOf(text: string): string {
  return (/^[ \t]*([^ :]*)/.exec(text) as RegExpExecArray)[1] as string;
}

function entriesOf(texts: DeviceTexts): (readonly [string, DeviceText])[] {
  return Object.entries(texts).flatMap(([name, told]) =>
    (Array.isArray(told) ? (told as readonly DeviceText[]) : [told as DeviceText]).map(
      (text) => [name, text] as const,
    ),
  );
}

/** Failures of any device, by step. */
export function deviceFailures(texts: DeviceTexts): KernelMessage[] {
  return entriesOf(texts).map(([step, text]) =>
    deviceMessage(`${step} of a device failed`, text, (told, { driver, device, subject }) => ({
      kind: 'device.failed',
      subject,
      payload: { device, driver, step, errno: errnoIn(told), detail: told['detail'] ?? null },
    })),
  );
}

/** What is no failure. */
export function deviceNotes(texts: DeviceTexts): KernelMessage[] {
  return entriesOf(texts).map(([note, text]) =>
    deviceMessage(`${note} of a device`, text, (told, { driver, device, subject }) => ({
      kind: 'device.noted',
      subject,
      payload: { device, driver, note, detail: told['detail'] ?? null },
    })),
  );
}

/** Failures of remote processors, by step. */
export function processorFailures(texts: DeviceTexts): KernelMessage[] {
  return entriesOf(texts).map(([step, text]) =>
    deviceMessage(`${step} of a processor failed`, text, (told, { subject }) => ({
      kind: 'remoteproc.failed',
      subject,
      payload: { name: subject, step, errno: errnoIn(told) },
    })),
  );
}

/** Firmware that was refused, by step. */
export function firmwareRefusals(texts: DeviceTexts): KernelMessage[] {
  return entriesOf(texts).map(([step, text]) =>
    deviceMessage(`${step} of firmware refused`, text, (told, { subject }) => ({
      kind: 'firmware.refused',
      subject,
      payload: { name: told['file'] ?? null, step, errno: errnoIn(told) },
    })),
  );
}
