/** The commands there are. What is installed has a bundle for each: see tools/build.mjs. */
export const COMMAND_NAMES = [
  'record',
  'import',
  'info',
  'log',
  'diff',
  'check',
  'conform',
  'explain',
  'state',
  'step',
  'walk',
  'why',
  'blame',
  'sql',
  'verify',
  'index',
  'export',
] as const;

export type CommandName = (typeof COMMAND_NAMES)[number];

/**
 * The command that a command line names, with nothing but `--color` before it. Undefined where it names none that there
 * is, or asks for help about all of them.
 */
export function commandNamed(args: readonly string[]): CommandName | undefined {
  const [first, ...rest] = args;
  if (first === '--color') return commandNamed(rest.slice(1));
  if (first?.startsWith('--color=') === true) return commandNamed(rest);
  return COMMAND_NAMES.find((name) => name === first);
}
