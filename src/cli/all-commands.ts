import type { CommandName } from './command-names.ts';
import { blameCommand } from './commands/blame-command.ts';
import { checkCommand } from './commands/check-command.ts';
import { conformCommand } from './commands/conform-command.ts';
import { diffCommand } from './commands/diff-command.ts';
import { explainCommand } from './commands/explain-command.ts';
import { exportCommand } from './commands/export-command.ts';
import { importCommand } from './commands/import-command.ts';
import { indexCommand } from './commands/index-command.ts';
import { infoCommand } from './commands/info-command.ts';
import { logCommand } from './commands/log-command.ts';
import { recordCommand } from './commands/record-command.ts';
import { sqlCommand } from './commands/sql-command.ts';
import { stateCommand } from './commands/state-command.ts';
import { stepCommand } from './commands/step-command.ts';
import { verifyCommand } from './commands/verify-command.ts';
import { walkCommand } from './commands/walk-command.ts';
import { whyCommand } from './commands/why-command.ts';
import type { CommandMaker } from './program.ts';

const BY_NAME: Readonly<Record<CommandName, CommandMaker>> = {
  record: recordCommand,
  import: importCommand,
  info: infoCommand,
  log: logCommand,
  diff: diffCommand,
  check: checkCommand,
  conform: conformCommand,
  explain: explainCommand,
  state: stateCommand,
  step: stepCommand,
  walk: walkCommand,
  why: whyCommand,
  blame: blameCommand,
  sql: sqlCommand,
  verify: verifyCommand,
  index: indexCommand,
  export: exportCommand,
};

/** Every command, in the order in which the help lists them. */
export const ALL_COMMANDS: readonly CommandMaker[] = Object.values(BY_NAME);
