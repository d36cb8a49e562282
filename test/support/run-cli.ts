import { ALL_COMMANDS } from '../../src/cli/all-commands.ts';
import { isInterruption, type Key } from '../../src/cli/key-input.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process, as on a pipe; `columns` says how wide reports are, and with `isWidthKnown` lists too; `typed` is what the user answers to prompts. */
export async function runCli(
  args: readonly string[],
  options: {
    columns?: number;
    isWidthKnown?: boolean;
    /** Somebody looks at standard error. */
    isErrTerminal?: boolean;
    typed?: readonly string[];
    /** Lines of a pipe that is standard input. */
    piped?: readonly string[];
    /** Keys that are pressed on a terminal of {@link columns} and {@link rows}; output is what it is sent. */
    keys?: readonly Key[];
    rows?: number;
    env?: Record<string, string>;
  } = {},
): Promise<CliRun> {
  let out = '';
  let err = '';
  const terminal: Terminal = {
    out: (text) => {
      out += text;
      return true;
    },
    outBytes: (bytes) => {
      out += Buffer.from(bytes).toString('latin1');
      return true;
    },
    err: (text) => {
      err += text;
    },
    isOutTerminal: options.keys !== undefined,
    isErrTerminal: options.isErrTerminal ?? false,
    isInTerminal: options.piped === undefined,
    columns: options.columns ?? 100,
    rows: options.rows ?? 24,
    isWidthKnown: options.isWidthKnown ?? false,
    env: options.env ?? {},
    flush: () => {},
    readLines: async function* () {
      yield* options.piped ?? options.typed ?? [];
    },
    openKeys: () => {
      const waiting = [...(options.keys ?? [])];
      return {
        next: async () => waiting.shift() ?? null,
        isInterrupted: () => waiting.some(isInterruption),
        close: () => {},
      };
    },
    onInterrupt: () => () => {},
  };
  const code = await runCommandLine(args, terminal, ALL_COMMANDS);
  return { code, out, err };
}
