import { DEFINITIONS } from '../../events/catalog.ts';
import { LiveMappings } from '../../soc/live-mappings.ts';
import { MappingSpace } from '../../soc/mapping-space.ts';
import { removeStream, setStream } from '../../soc/smmu-state.ts';
import { initialSocState } from '../../soc/soc-state.ts';
import { TableMemory } from '../../soc/table-memory.ts';

/**
 * The code that makes states of events, as text. States that another code made are not to be mixed with those that
 * this one makes, and nobody has to remember to say so: whoever keeps states keeps a digest of this with them.
 */
export function foldCode(): string {
  const reducers = DEFINITIONS.map(
    ({ kind, version, reduce, reduceColumns }) => `${kind} ${version} ${reduce} ${reduceColumns}`,
  );
  const changed = [LiveMappings, MappingSpace, TableMemory, setStream, removeStream, initialSocState];
  return [...reducers, ...changed.map(String)].join('\n');
}
