import { counted } from '../base/count.ts';
import { renderBinarySize, renderSize } from '../base/size.ts';
import { hex } from '../base/word.ts';
import { renderPasId } from '../soc/pas-id.ts';
import { renderPermissions } from '../soc/smc-command.ts';
import { isTranslationOn } from '../soc/smmu-v2.ts';
import { type AddressRange, renderExtent, renderIovas, renderTarget } from './address-range.ts';
import {
  type MachineView,
  SECTION_NAMES,
  type SectionName,
  type SmmuView,
  type SpaceView,
  type StateView,
  type TableView,
} from './state-view.ts';

/** One thing of a state, for people. */
export interface StateLine {
  /** What it is known by in its section, at any moment. */
  readonly key: string;
  readonly label: string;
  readonly text: string;
  /** Seq of the event since which it is so; null where no one event is. */
  readonly since: number | null;
  /** What belongs to it, such as the ranges of a table. */
  readonly below: readonly StateLine[];
  /** The range that it tells of, where it does. */
  readonly range: AddressRange | null;
}

export interface StateSection {
  readonly name: SectionName;
  /** Null where what there is is unknown. */
  readonly lines: readonly StateLine[] | null;
}

/** A state as lines for people, section by section. */
export function listState(view: StateView): StateSection[] {
  return SECTION_NAMES.map((name) => listSection(name, view));
}

/** One section of a state as lines; of the view no other section has to be there. */
export function listSection<Name extends SectionName>(name: Name, view: Pick<StateView, Name>): StateSection {
  return { name, lines: SECTION_LINES[name](view[name]) };
}

const SECTION_LINES: { readonly [Name in SectionName]: (view: StateView[Name]) => StateLine[] | null } = {
  machine: machineLines,
  processors: (processors) => listed(processors, ({ name, state, since }) => line(name, name, state, since)),
  pas: (pas) =>
    listed(pas, ({ pas_id, step, memory, since }) => {
      const firmware = memory === null ? '' : `, firmware at ${hex(memory.pa)} + ${renderSize(memory.size)}`;
      return line(String(pas_id), renderPasId(pas_id), `${step.replaceAll('-', ' ')}${firmware}`, since);
    }),
  calls: (calls) => listed(calls, ({ call, since }) => line(String(since), 'no return yet', call, since)),
  bridges: (bridges) =>
    listed(bridges, ({ handle, pa, size, ns_permissions, s_permissions, since }) => {
      const permissions = `${renderPermissions(ns_permissions)}/${renderPermissions(s_permissions)}`;
      return line(hex(handle), hex(handle), `${hex(pa)} + ${renderSize(size)} ${permissions}`, since);
    }),
  smmu: (smmu) => listed(smmu, smmuLine),
  devices: (devices) =>
    listed(devices, ({ device, group, attached, domain }) => {
      const place = attached === null ? 'not seen to be attached' : `attached to ${domain ?? 'a domain'}`;
      return line(device, device, `group ${group ?? 'unknown'}, ${place}`, attached);
    }),
  votes: (votes) =>
    listed(votes, ({ type, resource, subject, level, since }) =>
      line(
        JSON.stringify([subject, type, resource]),
        subject ?? 'unknown',
        `${type} ${resource}: ${level}`,
        since,
      ),
    ),
  allocations: (allocations) => (allocations === null ? null : allocationLines(allocations)),
  owners: (owners) =>
    listed(owners, ({ pa, size, owners: vmids, since }) =>
      line(`${pa}/${size}`, `${hex(pa)} + ${renderSize(size)}`, `VMID ${vmids}`, since),
    ),
  regions: (regions) =>
    listed(regions, ({ name, pa, size }) => line(name, name, `${hex(pa)} + ${renderSize(size)}`, null)),
  mappings: (mappings) => listed(mappings, spaceLine),
  tables: (tables) => listed(tables, tableLine),
};

function line(
  key: string,
  label: string,
  text: string,
  since: number | null,
  below: readonly StateLine[] = [],
): StateLine {
  return { key, label, text, since, below, range: null };
}

function listed<Item>(items: readonly Item[] | null, lineOf: (item: Item) => StateLine): StateLine[] | null {
  return items === null ? null : items.map(lineOf);
}

function machineLines({ exception_level, kvm, bridges_enabled }: MachineView): StateLine[] {
  const level = exception_level === null ? 'unknown' : `EL${exception_level}`;
  const isChecked = bridges_enabled === null ? 'unknown' : bridges_enabled ? 'enabled' : 'disabled';
  return [
    line('exception_level', 'Linux runs at', level, null),
    line('kvm', 'KVM', kvm ?? 'unknown', null),
    line('bridges_enabled', 'SHM bridges', isChecked, null),
  ];
}

function smmuLine({ device, unmatched, streams, context_banks }: SmmuView): StateLine {
  const others = unmatched === null ? 'other streams unknown' : `other streams ${unmatched}`;
  const streamLines = streams.map(({ stream_id, mask, type, context_bank, index, since }) => {
    const bank = context_bank === null ? '' : ` by context bank ${context_bank}`;
    const entry = index === null ? '' : `, entry ${index}`;
    const label = `stream ${hex(stream_id)} mask ${hex(mask)}`;
    return line(label, label, `${type}${bank}${entry}`, since);
  });
  const bankLines = context_banks.map((bank) => {
    const label = `context bank ${bank.context_bank}`;
    const isOff = bank.sctlr !== null && !isTranslationOn(bank.sctlr);
    const registers = [
      ['TTBR0', bank.ttbr0],
      ['TCR', bank.tcr],
      ['SCTLR', bank.sctlr],
    ] as const;
    const known = registers.map(([name, value]) => (value === null ? '' : ` ${name}=${hex(value)}`)).join('');
    const text = `${bank.space ?? 'space unknown'}, stage ${bank.stage}${isOff ? ', off' : ''},${known}`;
    return line(label, label, text, bank.since);
  });
  return line(device, device, others, null, [...streamLines, ...bankLines]);
}

/** Buffers of one purpose and one owner stand together: nobody reads a list of two hundred page tables. */
function allocationLines(allocations: NonNullable<StateView['allocations']>): StateLine[] {
  const groups = new Map<string, (typeof allocations)[number][]>();
  for (const allocation of allocations) {
    const key = JSON.stringify([allocation.subject, allocation.purpose]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [allocation]);
    else group.push(allocation);
  }
  return [...groups].map(([key, group]) => {
    const size = group.reduce((sum, buffer) => sum + buffer.size, 0);
    const since = group.reduce((latest, buffer) => Math.max(latest, buffer.since), 0);
    const [first] = group;
    const place =
      group.length === 1
        ? `${hex(first?.pa ?? 0)} + ${renderSize(size)}`
        : `${counted(group.length, 'buffer')}, ${renderBinarySize(size)}`;
    return line(key, first?.subject ?? 'unknown', `${first?.purpose ?? ''}: ${place}`, since);
  });
}

function spaceLine({ space, subject, mapping_count, size, ranges }: SpaceView): StateLine {
  const owner = subject === null || subject === space ? '' : `, of ${subject}`;
  const text = `${counted(mapping_count, 'mapping')}, ${renderBinarySize(size)}${owner}`;
  return line(JSON.stringify([space, subject]), space ?? 'space unknown', text, null, rangeLines(ranges));
}

function tableLine(table: TableView): StateLine {
  const { root_pa, space, owner, stage, start_level, leaf_count, size, is_complete, ranges, since } = table;
  const leaves = `${counted(leaf_count, 'leaf', 'leaves')}, ${renderBinarySize(size)}`;
  const rest = is_complete ? '' : ', and descriptors that are unknown';
  const text = `${hex(root_pa)} of ${owner}, stage ${stage} from level ${start_level}: ${leaves}${rest}`;
  return line(hex(root_pa), space ?? 'space unknown', text, since, rangeLines(ranges));
}

/** Ranges one below the other: those of one list have their columns in common. */
export function rangeLines(ranges: readonly AddressRange[]): StateLine[] {
  const width = ranges.reduce((widest, range) => Math.max(widest, renderTarget(range).length), 0);
  return ranges.map((range) => new RangeLine(range, width));
}

const NOTHING_BELOW: readonly StateLine[] = [];

/** Of hundreds of thousands of mappings the texts are made as they are printed. */
class RangeLine implements StateLine {
  readonly below = NOTHING_BELOW;
  readonly range: AddressRange;
  private readonly targetWidth: number;

  constructor(range: AddressRange, targetWidth: number) {
    this.range = range;
    this.targetWidth = targetWidth;
  }

  get key(): string {
    return renderIovas(this.range);
  }

  get label(): string {
    return renderIovas(this.range);
  }

  get text(): string {
    return `${renderTarget(this.range).padEnd(this.targetWidth)} ${renderExtent(this.range)}`;
  }

  get since(): number | null {
    return this.range.since;
  }
}
