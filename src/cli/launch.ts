#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { toolVersion } from '../app/version.ts';
import { type CommandName, commandNamed } from './command-names.ts';

/**
 * What is installed as `trace`: runs the bundle of the command that is asked for, which is read in a fraction of the
 * time that all of them take, or the one with all, for help and for what is no command.
 */
const args = process.argv.slice(2);
const command = commandNamed(args);
/**
 * Flags of the engine of Node 20, with which they were measured; others are left alone, which have other steps in which
 * they compile and collect.
 *
 * A comparison runs a hundred functions for some milliseconds each, and a third of its CPU time went into optimising
 * them. With nine times the budget before that, whoever is hot for long is still compiled within milliseconds, and the
 * rest never: 20 % less CPU time with 2 x 200k, 2 x 1M and a few hundred events.
 *
 * Whoever goes through a whole log leaves gigabytes of short-lived objects behind and keeps next to none. By itself the
 * engine would give them 32 MB, and let what outlived two collections grow to four times of what is needed. Young
 * objects that get 2 MB, as at the start, and old ones that are collected once they have doubled, take 40 MB less for
 * 2 % more CPU time.
 */
const STREAMING_FLAGS = ['--semi-space-growth-factor=1', '--heap-growing-percent=100'];
const FLAGS: Readonly<Partial<Record<CommandName, readonly string[]>>> = {
  diff: ['--interrupt-budget=600000'],
  import: STREAMING_FLAGS,
  index: STREAMING_FLAGS,
};
if (command !== undefined && process.versions.v8.startsWith('11.3.'))
  for (const flag of FLAGS[command] ?? []) setFlagsFromString(flag);
if (args[0] === '--version' || args[0] === '-V') process.stdout.write(`${toolVersion()}\n`);
else await import(new URL(`./trace-${command ?? 'all'}.js`, import.meta.url).href);
