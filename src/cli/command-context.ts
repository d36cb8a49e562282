import type { ExitCode } from './exit-code.ts';
import type { Style } from './style.ts';
import type { Terminal } from './terminal.ts';

/** What every command gets beside its own options. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly style: Style;
  /** Sets what the process exits with; {@link EXIT.ok} when nobody does. */
  exitWith(code: ExitCode): void;
}
