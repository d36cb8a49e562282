import { defineEvent } from '../define-event.ts';
import { choice, integer, optional, symbol, text } from '../field.ts';

export const bootStarted = defineEvent({
  kind: 'boot.started',
  doc: 'A history begins. A simulation knows all of it beforehand; an import leaves to later events what the log itself says.',
  fields: {
    origin: choice('volatile', ['import', 'simulation'], 'Where the events come from'),
    soc: optional(symbol('value', 'SoC, when known beforehand')),
    board: optional(symbol('value', 'Board, when known beforehand')),
    mode: optional(symbol('value', 'How the hypervisor is set up: `qhee`, `gunyah`, `el2`')),
    kernel: optional(symbol('value', 'Kernel version, when known beforehand')),
    scenario: optional(symbol('value', 'Scenario of a simulation')),
    seed: optional(integer('volatile', 'Seed of a simulation')),
  },
  render: (e) => {
    const known = [e.soc, e.board, e.mode, e.kernel, e.scenario].filter((part) => part !== null);
    return `boot started (${[e.origin, ...known].join(', ')})`;
  },
  reduce: (state, e) => {
    state.told.everything = e.origin === 'simulation';
  },
});

export const bootKernelIdentified = defineEvent({
  kind: 'boot.kernel_identified',
  version: 2,
  doc: 'The kernel said which version it is: in its banner or, where that is missing, above the call trace of a report.',
  fields: {
    release: symbol('value', 'Release, such as 7.2.13'),
    banner: text('volatile', 'What else the line tells: builder, compiler, build number and date'),
    basis: choice('volatile', ['banner', 'report'], 'Which line tells it'),
  },
  render: (e) => `Linux ${e.release}`,
  upcasts: { 1: (payload) => ({ ...payload, basis: 'banner' }) },
});

export const bootMachineIdentified = defineEvent({
  kind: 'boot.machine_identified',
  version: 2,
  doc: 'The kernel said which machine it runs on: the `model` of the device tree or, where that is missing, what SMBIOS or a report of the kernel calls it.',
  fields: {
    model: text('value', 'Model'),
    basis: choice('volatile', ['devicetree', 'smbios', 'report'], 'Which line tells it'),
  },
  render: (e) => `machine model ${e.model}`,
  upcasts: { 1: (payload) => ({ ...payload, basis: 'devicetree' }) },
});

export const bootCommandLineSet = defineEvent({
  kind: 'boot.command_line_set',
  doc: 'The kernel command line.',
  fields: { command_line: text('value', 'Command line') },
  render: (e) => `command line ${e.command_line}`,
});

export const bootCpusStarted = defineEvent({
  kind: 'boot.cpus_started',
  doc: 'All CPUs are up, and at which exception level Linux found itself.',
  fields: { exception_level: integer('value', 'Exception level: 1 or 2') },
  render: (e) => `all CPUs started at EL${e.exception_level}`,
  reduce: (state, e) => {
    state.exceptionLevel = e.exception_level;
  },
});

export const bootKvmInitialised = defineEvent({
  kind: 'boot.kvm_initialised',
  doc: 'KVM came up, or said that it cannot: the second witness of the exception level.',
  fields: { mode: symbol('value', '`VHE`, `Hyp nVHE`, `Protected nVHE` …, or `unavailable`') },
  render: (e) => (e.mode === 'unavailable' ? 'KVM: HYP mode not available' : `KVM: ${e.mode} mode`),
  reduce: (state, e) => {
    state.kvm = e.mode;
  },
});

export const bootStageEntered = defineEvent({
  kind: 'boot.stage_entered',
  doc: 'The boot reached a stage that everybody knows by name.',
  fields: { stage: symbol('identity', 'Stage: `kernel`, `userspace`') },
  render: (e) => `stage: ${e.stage}`,
});

export const bootPropertyTold = defineEvent({
  kind: 'boot.property_told',
  doc: 'The kernel said what the machine, its firmware or its own set-up is like.',
  fields: {
    property: symbol(
      'identity',
      'Which: `psci_version`, `smccc_version`, `cpu_count`, `cpu_feature …`, `iommu_domain_type`, `scm_convention` …',
    ),
    value: text('value', 'Value'),
  },
  render: (e) => `${e.property}: ${e.value}`,
});

export const bootFinished = defineEvent({
  kind: 'boot.finished',
  doc: 'The scenario that was simulated is over.',
  fields: { outcome: symbol('value', 'How it ended') },
  render: (e) => `boot finished: ${e.outcome}`,
});
