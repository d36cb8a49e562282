import type { AnyDefinition } from './catalog.ts';
import type { Storage } from './field.ts';

/** A kind as the file that holds it describes it: enough to read events whose fields have changed since. */
export interface StoredKind {
  readonly kindId: number;
  readonly kind: string;
  readonly version: number;
  readonly fields: readonly StoredField[];
}

export interface StoredField {
  readonly name: string;
  readonly storage: Storage;
}

/** How a kind is described in a file that holds events of it. */
export function describeKind(definition: AnyDefinition, kindId: number): StoredKind {
  return {
    kindId,
    kind: definition.kind,
    version: definition.version,
    fields: Object.entries(definition.fields).map(([name, field]) => ({ name, storage: field.storage })),
  };
}

export type KindLookup = (kindId: number) => StoredKind | undefined;

/** The definition that events of a kind are brought up to. */
export type DefinitionLookup = (kind: string) => AnyDefinition | undefined;
