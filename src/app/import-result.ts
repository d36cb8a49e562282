export interface ImportedSource {
  readonly name: string;
  readonly format: string;
  readonly lineCount: number;
  readonly byteCount: number;
  readonly contentId: string;
}

export interface ImportResult {
  readonly output: string;
  readonly bootId: number;
  readonly bootName: string;
  /** True when the history already held exactly these files, and nothing was done. */
  readonly alreadyThere: boolean;
  readonly eventCount: number;
  readonly sources: readonly ImportedSource[];
  /** What the user may not have expected, a sentence each. */
  readonly warnings: readonly string[];
}
