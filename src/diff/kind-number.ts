import { DEFINITIONS, type Kind } from '../events/catalog.ts';

const NUMBERS: ReadonlyMap<string, number> = new Map(DEFINITIONS.map(({ kind }, index) => [kind, index + 1]));

/** A number that stands for a kind in columns, from 1; 0 for what the catalog does not know. */
export function kindNumber(kind: string): number {
  return NUMBERS.get(kind) ?? 0;
}

/** The kind that a number stands for. */
export function kindOfNumber(number: number): Kind | undefined {
  return DEFINITIONS[number - 1]?.kind;
}
