#!/usr/bin/env node
import { ALL_COMMANDS } from './all-commands.ts';
import { runCommandLine } from './program.ts';
import { ProcessTerminal } from './terminal.ts';

process.exitCode = await runCommandLine(process.argv.slice(2), new ProcessTerminal(), ALL_COMMANDS);
