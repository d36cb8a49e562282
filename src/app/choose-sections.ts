import { closestNames } from '../base/closest.ts';
import { InputError } from '../base/input-error.ts';
import { SECTION_NAMES, type SectionName } from '../replay/state-view.ts';

/** The sections that a user names; all of them when there are none. */
export function chooseSections(wanted: readonly string[] = []): readonly SectionName[] {
  for (const name of wanted) {
    if (SECTION_NAMES.some((known) => known === name)) continue;
    const [nearest] = closestNames(name, SECTION_NAMES, 1);
    throw new InputError(
      `no section is called ${name}; did you mean ${nearest}? There are ${SECTION_NAMES.join(', ')}`,
    );
  }
  return wanted.length === 0 ? SECTION_NAMES : SECTION_NAMES.filter((name) => wanted.includes(name));
}
