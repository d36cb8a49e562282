import { outcome, type SmcCall, type SmcOutcome } from './smc-call.ts';

/** PSCI 1.1, and version 1.1 of the calling convention. */
const VERSION_1_1 = 0x1_0001n;
/** PSCI: no trusted OS has to be migrated. */
const NO_MIGRATION = 2n;
const NOT_SUPPORTED = -1n;

/** UID of Gunyah, c1d58fcd-a453-5fdb-9265-ce36673d5f14, as four words, each with its first byte lowest. */
const GUNYAH_UID = [0xcd8f_d5c1n, 0xdb5f_53a4n, 0x36ce_6592n, 0x145f_3d67n] as const;

/** What firmware, or the hypervisor in its place, answers to PSCI and to the calling convention's own calls. */
export function platformAnswer(call: SmcCall, isGunyah: boolean): SmcOutcome {
  switch (call.name) {
    case 'PSCI_VERSION':
    case 'SMCCC_VERSION':
      return outcome(VERSION_1_1);
    case 'PSCI_MIGRATE_INFO_TYPE':
      return outcome(NO_MIGRATION);
    case 'PSCI_FEATURES':
    case 'PSCI_CPU_ON':
      return outcome(0n);
    case 'HYPERVISOR_UID':
      return isGunyah ? outcome(...GUNYAH_UID) : outcome(NOT_SUPPORTED);
    default:
      return outcome(NOT_SUPPORTED);
  }
}
