import type { SocDescription } from './description.ts';
import { HAMOA } from './descriptions/hamoa.ts';
import { KODIAK } from './descriptions/kodiak.ts';
import { LEMANS } from './descriptions/lemans.ts';
import { MONACO } from './descriptions/monaco.ts';
import { TALOS } from './descriptions/talos.ts';
import { VIRT } from './descriptions/virt.ts';

const SOCS: readonly SocDescription[] = [LEMANS, MONACO, KODIAK, HAMOA, TALOS, VIRT];

/** What `--soc` takes and lists; aliases are taken too. */
export const SOC_NAMES: readonly string[] = SOCS.map(({ name }) => name);

/** The SoC of a code name or part number, in whatever case; undefined for one that nobody described. */
export function findSoc(name: string): SocDescription | undefined {
  const wanted = name.toLowerCase();
  return SOCS.find((soc) => soc.name === wanted || soc.aliases.includes(wanted));
}

/** The SoC whose board, with or without its EL2 overlay, has just this model: QEMU's says that it is like an SA8775P, and is none. */
export function findSocByModel(model: string): SocDescription | undefined {
  return SOC_NAMES.map(findSoc).find(
    (soc) => soc !== undefined && (soc.board.model === model || soc.el2Overlay?.model === model),
  );
}
