import type { Kind } from '../events/catalog.ts';
import { findSoc } from '../soc/find-soc.ts';
import { readHardwareName } from '../soc/kernel-report-text.ts';
import { socOfFirmware, socOfModel } from '../soc/soc-name.ts';
import type { BootInfo, LogReader } from '../store/boot-reader.ts';

/** What tells boots, kernels and machines apart, the plainest first; each is called as a warning calls it. */
const MARKS = [
  'kernels',
  'builds of the kernel',
  'boards',
  'SoCs',
  'boot CPUs',
  'exception levels',
  'kernel command lines',
] as const;
type Mark = (typeof MARKS)[number];

const KINDS: ReadonlySet<Kind> = new Set<Kind>([
  'boot.kernel_identified',
  'boot.machine_identified',
  'boot.command_line_set',
  'boot.cpus_started',
  'firmware.requested',
  'firmware.loaded',
  'firmware.refused',
]);
const LINES: ReadonlySet<Kind> = new Set<Kind>(['log.printed']);

/** Lines for each source that are looked at for what no event tells: it is said early, or above call traces. */
const MOST_LINES = 20_000;
const ENTRY = /^Booting Linux on physical CPU 0x[0-9a-f]+ \[(0x[0-9a-f]+)\]$/;

/**
 * What a source says of the boot that it is from. A machine has a name in the device tree, one in SMBIOS and one above call
 * traces; parts of one SoC have several numbers, and its firmware lies in folders of others. So only names that are given
 * in one way are compared.
 */
class Passport {
  private readonly told = new Map<Mark, Map<string, Set<string>>>();

  /** `way`: what the value is told by. */
  note(mark: Mark, value: string, way = ''): void {
    const ways = this.told.get(mark) ?? new Map<string, Set<string>>();
    this.told.set(mark, ways);
    const values = ways.get(way);
    if (values === undefined) ways.set(way, new Set([value]));
    else values.add(value);
  }

  /** Whether something is told in one way by both, and nothing of it the same. */
  contradicts(other: Passport, mark: Mark): boolean {
    for (const [way, values] of this.told.get(mark) ?? []) {
      const theirs = other.told.get(mark)?.get(way);
      if (theirs !== undefined && ![...values].some((value) => theirs.has(value))) return true;
    }
    return false;
  }
}

/**
 * Says which sources of a boot are not from one boot, as what they say of it does not go together. `otherTimes`: pairs of
 * names whose lines are the same at times that differ now so and now so.
 */
export function warnOfStrangers(
  log: LogReader,
  boot: BootInfo,
  otherTimes: readonly (readonly [string, string])[],
): string[] {
  if (boot.sources.length < 2) return [];
  const passports = readPassports(log, boot);
  const warnings: string[] = [];
  const warned = new Set<string>();
  for (const [index, { source, name }] of boot.sources.entries()) {
    for (const other of boot.sources.slice(index + 1)) {
      const [one, two] = [passports.get(source), passports.get(other.source)];
      // One of a kind that is strange to the first is strange to all that are like the first.
      if (one === undefined || two === undefined || warned.has(other.name)) continue;
      const marks = MARKS.filter((mark) => one.contradicts(two, mark));
      const isLate = otherTimes.some(([a, b]) => a === name && b === other.name);
      const [mark] = marks;
      if (mark === undefined && !isLate) continue;
      warned.add(other.name);
      const what = mark === undefined ? 'have the same lines at other times' : `tell of different ${mark}`;
      warnings.push(`${name} and ${other.name} ${what}: are they of one boot? Import each boot by itself`);
    }
  }
  return warnings;
}

function readPassports(log: LogReader, boot: BootInfo): Map<number, Passport> {
  const passports = new Map(boot.sources.map(({ source }) => [source, new Passport()]));
  for (const event of log.eventsOfKinds(boot.bootId, KINDS)) {
    const passport = event.source === null ? undefined : passports.get(event.source);
    if (passport === undefined) continue;
    switch (event.kind) {
      case 'boot.kernel_identified': {
        const { release, banner, basis } = event.payload;
        passport.note('kernels', release);
        passport.note('builds of the kernel', `${release} ${banner}`, basis);
        break;
      }
      case 'boot.machine_identified':
        if (event.payload.basis === 'devicetree') noteMachine(passport, event.payload.model, 'devicetree');
        break;
      case 'boot.command_line_set':
        passport.note('kernel command lines', event.payload.command_line);
        break;
      case 'boot.cpus_started':
        passport.note('exception levels', String(event.payload.exception_level));
        break;
      case 'firmware.requested':
      case 'firmware.loaded':
      case 'firmware.refused':
        noteSoc(
          passport,
          event.payload.name === null ? undefined : socOfFirmware(event.payload.name),
          'firmware',
        );
    }
  }
  let lines = MOST_LINES * boot.sources.length;
  for (const event of log.eventsOfKinds(boot.bootId, LINES)) {
    const passport = event.source === null ? undefined : passports.get(event.source);
    if (passport !== undefined && event.kind === 'log.printed') noteLine(passport, event.payload.text);
    if (--lines === 0) break;
  }
  return passports;
}

function noteLine(passport: Passport, text: string): void {
  const midr = ENTRY.exec(text)?.[1];
  if (midr !== undefined) passport.note('boot CPUs', midr);
  const hardware = readHardwareName(text);
  if (hardware !== undefined) noteMachine(passport, hardware, 'report');
}

function noteMachine(passport: Passport, model: string, way: string): void {
  passport.note('boards', model, way);
  noteSoc(passport, socOfModel(model), 'model');
}

/** Part numbers of one SoC are one; whichever way two described SoCs are named, they are two. */
function noteSoc(passport: Passport, name: string | undefined, way: string): void {
  if (name === undefined) return;
  const described = findSoc(name)?.name;
  passport.note('SoCs', described ?? name, way);
  if (described !== undefined) passport.note('SoCs', described, 'description');
}
