#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { toolVersion } from '../app/version.ts';
import { commandNamed } from './command-names.ts';

/**
 * What is installed as `trace`: runs the bundle of the command that is asked for, which is read in a fraction of the
 * time that all of them take, or the one with all, for help and for what is no command.
 */
const args = process.argv.slice(2);
const command = commandNamed(args);
/**
 * A comparison runs a hundred functions for some milliseconds each, and a third of its CPU time went into optimising
 * them. With nine times the budget before that, whoever is hot for long is still compiled within milliseconds, and the
 * rest never: 20 % less CPU time with 2 x 200k, 2 x 1M and a few hundred events. Measured with the engine of Node 20, and
 * left alone with others, which compile in other steps.
 */
if (command === 'diff' && process.versions.v8.startsWith('11.3.'))
  setFlagsFromString('--interrupt-budget=600000');
if (args[0] === '--version' || args[0] === '-V') process.stdout.write(`${toolVersion()}\n`);
else await import(new URL(`./trace-${command ?? 'all'}.js`, import.meta.url).href);
