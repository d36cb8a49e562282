import { InputError } from '../base/input-error.ts';
import { SECTION_NAMES, type SectionName } from '../replay/state-view.ts';
import type { WantedTarget } from './blame-target.ts';

/** What an event is to change, as a user names it. */
export type ChangeTarget =
  | { readonly type: 'section'; readonly name: SectionName }
  /** Any of these. */
  | { readonly type: 'things'; readonly things: readonly WantedTarget[] };

/** Highest address, as in events: 51 bits. */
const ADDRESS_MAX = 2 ** 51 - 1;

/** How each thing is named: `iova:0x30000000`. */
const THINGS: Readonly<Record<string, (text: string) => WantedTarget | undefined>> = {
  iova: (text) => withAddress(text, (address) => ({ type: 'iova', address, subject: null, space: null })),
  pa: (text) => withAddress(text, (address) => ({ type: 'pa', address })),
  bridge: (text) => (isNumber(text) ? { type: 'bridge', handle: BigInt(text) } : undefined),
  stream: (text) => withAddress(text, (streamId) => ({ type: 'stream', streamId })),
  region: (name) => ({ type: 'region', name }),
  subject: (name) => ({ type: 'subject', name }),
};

/** What such names begin with. */
export const CHANGE_TARGET_PREFIXES: readonly string[] = Object.keys(THINGS).map((thing) => `${thing}:`);

/** What may be written for a {@link ChangeTarget}. */
export const CHANGE_TARGET_FORMS =
  'a section of the state (mappings, bridges, pas …), a subject (adsp), an address (0x95900000), or one of ' +
  `${CHANGE_TARGET_PREFIXES.join(' ')} with a name or number`;

/** A section comes before a subject of its name; a bare number is a physical or an I/O address. */
export function parseChangeTarget(text: string): ChangeTarget {
  const [, prefix, rest] = /^([a-z]+):(.+)$/.exec(text) ?? [];
  const thing = prefix === undefined || !Object.hasOwn(THINGS, prefix) ? undefined : THINGS[prefix];
  if (thing !== undefined && rest !== undefined) {
    const target = thing(rest);
    if (target === undefined)
      throw new InputError(`${prefix}: takes a number such as 0x95900000, not ${rest}`);
    return { type: 'things', things: [target] };
  }
  if (/^(?:0x.*|\d+)$/i.test(text)) {
    const things = [THINGS['pa']?.(text), THINGS['iova']?.(text)].filter((found) => found !== undefined);
    if (things.length === 0) throw new InputError(`${text} is no address such as 0x95900000`);
    return { type: 'things', things };
  }
  const name = SECTION_NAMES.find((section) => section === text);
  return name === undefined
    ? { type: 'things', things: [{ type: 'subject', name: text }] }
    : { type: 'section', name };
}

function isNumber(text: string): boolean {
  return /^(?:0x[0-9a-f]+|\d+)$/i.test(text);
}

function withAddress(text: string, target: (address: number) => WantedTarget): WantedTarget | undefined {
  return isNumber(text) && Number(text) <= ADDRESS_MAX ? target(Number(text)) : undefined;
}
