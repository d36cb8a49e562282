import type { BootEvent } from '../../events/catalog.ts';
import { socOfFirmware, socOfModel } from '../../soc/soc-name.ts';
import { defineProjection, integerColumn, textColumn } from './projection.ts';

interface Fact {
  readonly name: string;
  readonly value: string;
  readonly evidence: string;
  /** True for a conclusion of ours, which gives way to what was known beforehand. */
  readonly isAssumed?: boolean;
}

/** What a boot is: which kernel on which machine, and how the hypervisor is set up. */
export const bootFactProjection = defineProjection({
  table: 'boot_fact',
  doc: 'What is known of the boot as a whole, each with the event that it stands on: kernel, machine, soc, mode (el2, or hypervisor below Linux), exception_level, kvm, command_line, and what a simulation says of itself. A fact that nothing tells has no row; one that is told in two ways has two.',
  columns: [
    textColumn('name', 'Fact'),
    textColumn('value', 'Value'),
    integerColumn('seq', 'The first event that tells it'),
    textColumn('evidence', 'What in that event tells it, and how'),
  ],
  indexes: [],
  kinds: [
    'boot.started',
    'boot.kernel_identified',
    'boot.machine_identified',
    'boot.command_line_set',
    'boot.cpus_started',
    'boot.kvm_initialised',
    'firmware.requested',
    'firmware.loaded',
    'firmware.refused',
  ],
  start: () => {
    const told = new Set<string>();
    const given = new Set<string>();
    return {
      apply: (event, emit) => {
        for (const { name, value, evidence, isAssumed } of factsIn(event)) {
          const key = `${name}=${value}`;
          if (told.has(key) || (isAssumed === true && given.has(name))) continue;
          told.add(key);
          if (event.kind === 'boot.started') given.add(name);
          emit([name, value, event.seq, evidence]);
        }
      },
      finish: () => {},
    };
  },
});

function factsIn(event: BootEvent): Fact[] {
  switch (event.kind) {
    case 'boot.started':
      return startFacts(event.payload);
    case 'boot.kernel_identified':
      return [
        { name: 'kernel', value: event.payload.release, evidence: KERNEL_EVIDENCE[event.payload.basis] },
      ];
    case 'boot.machine_identified':
      return machineFacts(event.payload.model, MACHINE_EVIDENCE[event.payload.basis]);
    case 'boot.command_line_set':
      return [{ name: 'command_line', value: event.payload.command_line, evidence: 'kernel command line' }];
    case 'boot.cpus_started':
      return exceptionLevelFacts(event.payload.exception_level);
    case 'boot.kvm_initialised':
      return [{ name: 'kvm', value: event.payload.mode, evidence: 'KVM said so' }];
    case 'firmware.requested':
    case 'firmware.loaded':
    case 'firmware.refused':
      return firmwareFacts(event.payload.name);
    default:
      return [];
  }
}

const TOLD_BY_SIMULATION = ['kernel', 'soc', 'board', 'mode', 'scenario', 'seed'] as const;

function startFacts(
  payload: Readonly<Record<(typeof TOLD_BY_SIMULATION)[number], string | number | null>>,
): Fact[] {
  return TOLD_BY_SIMULATION.flatMap((name) => {
    const value = payload[name];
    return value === null ? [] : [{ name, value: String(value), evidence: 'given when the boot began' }];
  });
}

const KERNEL_EVIDENCE = { banner: 'kernel banner', report: 'header of a report' } as const;

const MACHINE_EVIDENCE = {
  devicetree: 'machine model',
  smbios: 'SMBIOS',
  report: 'hardware name in a report',
} as const;

function machineFacts(model: string, evidence: string): Fact[] {
  const machine = { name: 'machine', value: model, evidence };
  const soc = socOfModel(model);
  if (soc === undefined) return [machine];
  return [
    machine,
    { name: 'soc', value: soc, evidence: `assumed from ${evidence} ${model}`, isAssumed: true },
  ];
}

function firmwareFacts(path: string | null): Fact[] {
  const soc = path === null ? undefined : socOfFirmware(path);
  return soc === undefined
    ? []
    : [{ name: 'soc', value: soc, evidence: `assumed from firmware path ${path}`, isAssumed: true }];
}

/** Linux gets EL2 only where no hypervisor is below it. */
function exceptionLevelFacts(level: number): Fact[] {
  const evidence = `all CPUs started at EL${level}`;
  const facts: Fact[] = [{ name: 'exception_level', value: String(level), evidence }];
  if (level === 2) facts.push({ name: 'mode', value: 'el2', evidence, isAssumed: true });
  if (level === 1) {
    const assumed = `assumed from EL1: whoever started Linux there keeps EL2`;
    facts.push({ name: 'mode', value: 'hypervisor', evidence: assumed, isAssumed: true });
  }
  return facts;
}
