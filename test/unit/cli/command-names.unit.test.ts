import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMAND_NAMES, commandNamed } from '../../../src/cli/command-names.ts';

describe('the command of a command line', () => {
  it.each([
    [['state', 'x.db', '--version'], 'state'],
    [['--color', 'never', 'diff', 'a', 'b'], 'diff'],
    [['--color=always', 'log'], 'log'],
    [['--color', 'log'], undefined],
    [['help', 'state'], undefined],
    [['--help'], undefined],
    [['stat'], undefined],
    [[], undefined],
  ])('%j is %s', (args, name) => {
    expect(commandNamed(args)).toBe(name);
  });

  it('has a file of its own, from which its bundle is made', () => {
    const files = readdirSync(new URL('../../../src/cli/commands/', import.meta.url));
    const named = files.flatMap((file) => /^(\w+)-command\.ts$/.exec(file)?.slice(1) ?? []);
    expect(named.sort()).toEqual([...COMMAND_NAMES].sort());
  });
});
