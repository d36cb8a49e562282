export interface ImportedSource {
  readonly name: string;
  readonly format: string;
  readonly lineCount: number;
  readonly byteCount: number;
  readonly contentId: string;
}

/** What an import made of one boot. */
export interface ImportedBoot {
  readonly bootId: number;
  readonly bootName: string;
  readonly eventCount: number;
  readonly sources: readonly ImportedSource[];
}

/** The first boot, and all of them where the file held several. */
export interface ImportResult extends ImportedBoot {
  readonly output: string;
  /** True when the history already held exactly these files, and nothing was done. */
  readonly alreadyThere: boolean;
  readonly boots: readonly ImportedBoot[];
  /** What the user may not have expected, a sentence each. */
  readonly warnings: readonly string[];
}
