import { renderBinarySize, renderSize } from '../base/size.ts';
import { hex } from '../base/word.ts';
import {
  type AddressRange,
  mergeRanges,
  renderExtent,
  renderIovas,
  renderTarget,
  subtractRanges,
} from '../replay/address-range.ts';
import type { SectionName, StateView } from '../replay/state-view.ts';
import { renderPasId } from '../soc/pas-id.ts';
import { renderPermissions } from '../soc/smc-command.ts';

/** The sections that say the same on every boot: where buffers and tables lie, and who votes for what clock, do not. */
export const MEANT_SECTIONS = [
  'machine',
  'processors',
  'pas',
  'bridges',
  'smmu',
  'devices',
  'owners',
  'regions',
  'mappings',
] as const satisfies readonly SectionName[];

export type MeantSection = (typeof MEANT_SECTIONS)[number];

export type MeantView = Pick<StateView, MeantSection>;

/** One thing that is otherwise in the other boot at the same moment. */
export interface StateDifference {
  readonly section: MeantSection;
  readonly what: string;
  /** Null where it is not there. */
  readonly a: string | null;
  readonly b: string | null;
}

export interface StatesCompared {
  readonly differences: readonly StateDifference[];
  /** Sections that one side does not know: no difference. */
  readonly unknown: Readonly<Record<'a' | 'b', readonly MeantSection[]>>;
}

/** What a state says by what it is about; null where that is not known. */
type Facts = ReadonlyMap<string, string | null>;

/** A state by what it means: of each section what it says, null where nobody has told of it. */
export interface StateMeaning {
  readonly facts: ReadonlyMap<MeantSection, Facts | null>;
  /** What is mapped, by for whom. */
  readonly mapped: ReadonlyMap<string, readonly AddressRange[]> | null;
}

/** `about` is the processor whose moment it is, if it is one's: how far the others are by then is a matter of timing. */
export function meaningOf(view: MeantView, about: string | null): StateMeaning {
  const facts = new Map<MeantSection, Facts | null>();
  for (const section of MEANT_SECTIONS) {
    if (section !== 'mappings')
      facts.set(section, view[section] === null ? null : FACTS[section](view, about));
  }
  return { facts, mapped: view.mappings === null ? null : mappedFor(view, about) };
}

/** The states of two boots at one moment; `blind` are sections that a side knows only in part. */
export function compareStates(
  a: StateMeaning,
  b: StateMeaning,
  blind: Readonly<Record<'a' | 'b', ReadonlySet<MeantSection>>>,
): StatesCompared {
  const differences: StateDifference[] = [];
  const unknown = { a: [] as MeantSection[], b: [] as MeantSection[] };
  for (const section of MEANT_SECTIONS) {
    const of = ({ facts, mapped }: StateMeaning, blindTo: ReadonlySet<MeantSection>) => ({
      facts: blindTo.has(section) ? null : (facts.get(section) ?? null),
      mapped: section !== 'mappings' || blindTo.has(section) ? null : mapped,
    });
    const [ofA, ofB] = [of(a, blind.a), of(b, blind.b)];
    if (ofA.mapped !== null && ofB.mapped !== null)
      differences.push(...compareMapped(ofA.mapped, ofB.mapped));
    if (ofA.facts !== null && ofB.facts !== null)
      differences.push(...compareFacts(section, ofA.facts, ofB.facts));
    const [isInA, isInB] = [ofA, ofB].map(({ facts, mapped }) => facts !== null || mapped !== null);
    if (isInA === isInB) continue;
    unknown[isInA === true ? 'b' : 'a'].push(section);
  }
  return { differences, unknown };
}

function compareFacts(section: MeantSection, a: Facts, b: Facts): StateDifference[] {
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((what) => {
    const [ofA, ofB] = [a.get(what), b.get(what)];
    if (ofA === ofB || ofA === null || ofB === null) return [];
    return [{ section, what, a: ofA ?? null, b: ofB ?? null }];
  });
}

const FACTS: {
  readonly [Section in Exclude<MeantSection, 'mappings'>]: (view: MeantView, about: string | null) => Facts;
} = {
  machine: ({ machine: { bridges_enabled: enabled } }, about) =>
    new Map(
      about === null
        ? [['SHM bridges', enabled === null ? null : enabled ? 'enabled' : 'disabled'] as const]
        : [],
    ),
  processors: ({ processors }, about) =>
    new Map(
      (processors ?? []).filter(({ name }) => isAbout(name, about)).map(({ name, state }) => [name, state]),
    ),
  pas: ({ pas }, about) =>
    new Map(
      (pas ?? [])
        .filter(({ peripheral }) => isAbout(peripheral, about))
        .flatMap(({ pas_id, step, memory }) => {
          const id = renderPasId(pas_id);
          return [
            [id, step.replaceAll('-', ' ')] as const,
            [`firmware of ${id}`, memory === null ? null : renderRange(memory)] as const,
          ];
        }),
    ),
  bridges: (view, about) => {
    const memory = memoryOf(view, about);
    return new Map(
      (view.bridges ?? [])
        .filter((bridge) => memory.some((range) => overlap(bridge, range)))
        .map((bridge) => [
          `bridge over ${renderRange(bridge)}`,
          `${renderPermissions(bridge.ns_permissions)}/${renderPermissions(bridge.s_permissions)}`,
        ]),
    );
  },
  smmu: ({ smmu }, about) =>
    new Map(
      (smmu ?? []).flatMap(({ device, unmatched, streams, context_banks: banks }) => [
        ...(about === null ? [[`other streams of ${device}`, unmatched] as const] : []),
        ...streams
          .filter(({ context_bank }) => {
            const space = banks.find((bank) => bank.context_bank === context_bank)?.space ?? '';
            return about === null || space === about || space.startsWith(`${about}-`);
          })
          .map(
            ({ stream_id, mask, type }) =>
              [`stream ${hex(stream_id)}${mask === 0 ? '' : ` mask ${hex(mask)}`}`, type] as const,
          ),
      ]),
    ),
  devices: ({ devices }, about) =>
    new Map(
      about === null
        ? (devices ?? []).map(({ device, attached }) => [
            device,
            attached === null ? null : 'attached to a domain',
          ])
        : [],
    ),
  owners: (view, about) => {
    const memory = memoryOf(view, about);
    return new Map(
      (view.owners ?? [])
        .filter((owned) => memory.some((range) => overlap(owned, range)))
        .map((owned) => [`owner of ${renderRange(owned)}`, `VMID ${owned.owners}`]),
    );
  },
  regions: ({ regions }, about) =>
    new Map(about === null ? (regions ?? []).map((region) => [region.name, renderRange(region)]) : []),
};

interface MemoryRange {
  readonly pa: number;
  readonly size: number;
}

function renderRange({ pa, size }: MemoryRange): string {
  return `${hex(pa)} + ${renderSize(size)}`;
}

function isAbout(name: string | null, about: string | null): boolean {
  return about === null || name === about;
}

/** Memory that means the same on every boot: of a processor, or of all of them and the reserved regions. */
function memoryOf({ pas, regions }: MeantView, about: string | null): MemoryRange[] {
  const firmware = (pas ?? [])
    .filter(({ peripheral }) => isAbout(peripheral, about))
    .flatMap(({ memory }) => (memory === null ? [] : [memory]));
  return about === null ? [...firmware, ...(regions ?? [])] : firmware;
}

function overlap(x: MemoryRange, y: MemoryRange): boolean {
  return x.pa < y.pa + y.size && y.pa < x.pa + x.size;
}

/** Ranges that are mapped for one and the same, whoever did it, in whichever table; what only one knows the protection of agrees. */
function compareMapped(
  ofA: NonNullable<StateMeaning['mapped']>,
  ofB: NonNullable<StateMeaning['mapped']>,
): StateDifference[] {
  return [...new Set([...ofA.keys(), ...ofB.keys()])].sort().flatMap((subject) => {
    const [left, right] = [ofA.get(subject) ?? [], ofB.get(subject) ?? []];
    const hasUnknown = [...left, ...right].some(({ protection }) => protection === null);
    const [x, y] = [asTold(left, hasUnknown), asTold(right, hasUnknown)];
    const what = `mapped for ${subject}`;
    return [
      ...subtractRanges(x, y).map((range) => ({ range, a: renderMapped(range), b: null })),
      ...subtractRanges(y, x).map((range) => ({ range, a: null, b: renderMapped(range) })),
    ]
      .sort((one, other) => one.range.iova - other.range.iova)
      .map(({ a: inA, b: inB }) => ({ section: 'mappings' as const, what, a: inA, b: inB }));
  });
}

/** Where a buffer lies says nothing: only what is mapped to itself or leads to memory with a meaning counts. */
function mappedFor(view: MeantView, about: string | null): Map<string, AddressRange[]> {
  const memory = memoryOf(view, null);
  const mapped = new Map<string, AddressRange[]>();
  for (const { subject, space, ranges } of view.mappings ?? []) {
    const whose = subject ?? space;
    if (whose === null || !isAbout(whose, about)) continue;
    const counting = ranges.filter(
      ({ iova, pa, size }) => iova === pa || memory.some((range) => overlap({ pa, size }, range)),
    );
    mapped.set(whose, [...(mapped.get(whose) ?? []), ...counting]);
  }
  return mapped;
}

function asTold(ranges: readonly AddressRange[], hasUnknown: boolean): AddressRange[] {
  const plain = hasUnknown ? ranges.map((range) => ({ ...range, protection: null })) : [...ranges];
  return mergeRanges(plain.sort((x, y) => x.iova - y.iova));
}

function renderMapped(range: AddressRange): string {
  const target = range.iova === range.pa ? '' : ` ${renderTarget(range)}`;
  const extent = range.protection === null ? renderBinarySize(range.size) : renderExtent(range).trim();
  return `${renderIovas(range)}${target} ${extent}`;
}
