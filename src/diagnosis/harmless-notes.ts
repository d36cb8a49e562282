/** Notes that are often taken for causes, and why they are none (domain/07 §7). */
const HARMLESS: Readonly<Record<string, string>> = {
  'qseecom-untested-machine':
    '"qseecom: untested machine, skipping" is an allow-list of the QSEECOM client: PAS never depends on it',
  'fastrpc-without-reserved-memory': '"no reserved DMA memory for FASTRPC" is information',
  'pil-info-full': '"insufficient PIL info slots" costs a line in post-mortem dumps and nothing else',
  'shutdown-state-unknown':
    '"failed to get shutdown_state" means that there is no such smp2p bit: sysmon does without',
};

/** Files that are asked for on most boards, and that nothing of ours depends on. */
const HARMLESS_FILES: Readonly<Record<string, string>> = {
  'regulatory.db': '"regulatory.db" is the rules for radio of cfg80211: no remote processor depends on it',
};

/** Why it is harmless that a file is missing; undefined for one of which that is not known. */
export function harmlessFile(name: string): string | undefined {
  return HARMLESS_FILES[name];
}

/** Why a note of a device is harmless; undefined for one that is not known to be. */
export function harmlessReason(note: string): string | undefined {
  return HARMLESS[note];
}
