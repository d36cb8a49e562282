/** What a name that was begun may go on with. */
export interface Completion {
  /** What all the names have in common beyond what was typed. */
  readonly added: string;
  /** The names that begin so. */
  readonly choices: readonly string[];
}

export function completeName(typed: string, names: Iterable<string>): Completion {
  const choices = [...new Set(names)].filter((name) => name.startsWith(typed));
  const [first] = choices;
  if (first === undefined) return { added: '', choices };
  let length = first.length;
  for (const name of choices) while (!name.startsWith(first.slice(0, length))) length--;
  return { added: first.slice(typed.length, length), choices };
}
