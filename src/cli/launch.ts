#!/usr/bin/env node
import { toolVersion } from '../app/version.ts';
import { commandNamed } from './command-names.ts';
import { runBundle } from './run-bundle.ts';

/**
 * What is installed as `trace`: runs the bundle of the command that is asked for, which is read in a fraction of the
 * time that all of them take, or the one with all, for help and for what is no command.
 */
const args = process.argv.slice(2);
if (args[0] === '--version' || args[0] === '-V') process.stdout.write(`${toolVersion()}\n`);
else runBundle(new URL('./', import.meta.url), commandNamed(args));
