import type { PayloadOf } from '../../events/catalog.ts';
import {
  machineOfHardware,
  type ReportHeader,
  readHardwareName,
  readReportHeader,
} from '../../soc/kernel-report-text.ts';
import { AGENT } from '../event-sink.ts';
import type { Recogniser } from './recogniser.ts';
import type { Recognition } from './recognition.ts';

const linux = { agent: AGENT.linux } as const;

/** Which kernel this is, and on which machine it runs. */
export const IDENTITY_RECOGNISERS: readonly Recogniser[] = [
  {
    name: 'kernel banner',
    where: 'init/version-timestamp.c linux_banner',
    firstWord: 'Linux',
    pattern: /^Linux version (\S+) (.*)$/,
    example: 'Linux version 7.2.13 (builder@host) (gcc 12.2.0, GNU ld 2.40) #1 SMP PREEMPT',
    recognise: ([, release = '', banner = ''], { sink, tracker, cause }) => {
      tracker.learnKernel(release);
      sink.emit('boot.kernel_identified', { ...linux, cause }, { release, banner, basis: 'banner' });
    },
  },
  {
    name: 'machine model',
    where: 'arch/arm64/kernel/setup.c setup_machine_fdt',
    firstWord: 'Machine',
    pattern: /^Machine model: (.*)$/,
    example: 'Machine model: Example Ride Board',
    recognise: ([, model = ''], recognition) => tellMachine(recognition, model, 'devicetree'),
  },
  {
    name: 'machine model, as older kernels say it',
    where: 'drivers/of/fdt.c of_flat_dt_match_machine',
    firstWord: 'OF',
    pattern: /^OF: fdt: ?Machine model: (.*)$/,
    example: 'OF: fdt: Machine model: Example Ride Board',
    recognise: ([, model = ''], recognition) => tellMachine(recognition, model, 'devicetree'),
  },
  {
    name: 'machine by SMBIOS',
    where: 'drivers/firmware/dmi_scan.c dmi_setup',
    firstWord: 'DMI',
    pattern: /^DMI: (?!Memory slots)(\S.*, BIOS .*)$/,
    example: 'DMI: Example Laptop/Example Board, BIOS 1.2.3 11/27/2026',
    recognise: ([, name = ''], recognition) => tellMachine(recognition, machineOfHardware(name), 'smbios'),
  },
  {
    name: 'header of a report',
    where: 'lib/dump_stack.c dump_stack_print_info',
    firstWord: 'CPU',
    pattern: /^CPU: \d{1,6} .*PID: .*$/,
    example: 'CPU: 3 UID: 0 PID: 143 Comm: kworker/3:1 Not tainted 7.2.13 #1 PREEMPT',
    recognise: ([text], recognition) => tellKernelOfReport(recognition, readReportHeader(text)),
  },
  {
    name: 'hardware name',
    where: 'lib/dump_stack.c dump_stack_print_info',
    firstWord: 'Hardware',
    pattern: /^Hardware name: \S.*$/,
    example: 'Hardware name: Example Ride Board (DT)',
    recognise: ([text], recognition) => tellMachine(recognition, readHardwareName(text), 'report'),
  },
];

/** What a report tells of its kernel is told where the banner did not. */
export function tellKernelOfReport(
  { sink, tracker, cause }: Recognition,
  header: ReportHeader | undefined,
): void {
  if (header === undefined || !tracker.learnKernel(header.release)) return;
  sink.emit(
    'boot.kernel_identified',
    { ...linux, cause },
    { release: header.release, banner: header.build, basis: 'report' },
  );
}

/** A machine may have a name in the device tree and another in SMBIOS: the first that is told counts. */
export function tellMachine(
  { sink, tracker, cause }: Recognition,
  model: string | undefined,
  basis: PayloadOf<'boot.machine_identified'>['basis'],
): void {
  if (model === undefined) return;
  const isFirst = tracker.learnMachine(model);
  if (basis === 'devicetree' || isFirst)
    sink.emit('boot.machine_identified', { ...linux, cause }, { model, basis });
}
