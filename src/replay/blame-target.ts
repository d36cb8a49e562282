import type { BootEvent, Kind } from '../events/catalog.ts';
import { createdMapping, removedRange } from '../events/families/mapping.ts';
import { LiveMappings } from '../soc/live-mappings.ts';
import { descriptorAddress, descriptorKind, GRANULE, LAST_LEVEL } from '../soc/lpae.ts';
import { matchesStream } from '../soc/stream-match.ts';

/** A range of addresses. */
export interface AddressRange {
  readonly start: number;
  readonly size: number;
}

/** What somebody may have changed. */
export type BlameTarget =
  | { readonly type: 'pa'; readonly range: AddressRange }
  | { readonly type: 'region'; readonly name: string; readonly range: AddressRange }
  | {
      readonly type: 'iova';
      readonly range: AddressRange;
      /** Only what is about this subject, or in this space. */
      readonly subject: string | null;
      readonly space: string | null;
    }
  | { readonly type: 'bridge'; readonly handle: bigint }
  | { readonly type: 'subject'; readonly name: string }
  | { readonly type: 'stream'; readonly streamId: number };

/** What an event does not say itself, but those before it do. */
export interface Background {
  /** Physical ranges that a removal of a mapping ends the mapping of, and the spaces that they were in. */
  readonly unmapped: readonly AddressRange[];
  /** Memory of the bridge that is deleted. */
  readonly bridged: AddressRange | null;
  /** Space of the translation table that is written. */
  readonly tableSpace: string | null;
  /** The context bank that is configured translates, or is about to translate, the stream that is asked for. */
  readonly isBankOfStream: boolean;
}

/** Kinds that {@link BackgroundKeeper} learns from, beside those that touch something. */
export const BACKGROUND_KINDS: readonly Kind[] = [
  'mapping.created',
  'mapping.removed',
  'shm_bridge.created',
  'shm_bridge.deleted',
  'page_table.created',
  'page_table.entry_written',
];

/** Follows a boot, to say of each event what those before it tell about it. */
export class BackgroundKeeper {
  private readonly mappings = new LiveMappings();
  private readonly bridges = new Map<bigint, AddressRange>();
  private readonly tableSpaces = new Map<number, string | null>();
  private readonly bankEvents: ReadonlySet<number>;

  /** @param bankEvents - see {@link contextBankEventsOf} */
  constructor(bankEvents: ReadonlySet<number>) {
    this.bankEvents = bankEvents;
  }

  /** What is known about an event; then the event itself is taken in. Events come in order. */
  take(event: BootEvent): Background {
    const isBankOfStream = this.bankEvents.has(event.seq);
    const unmapped: AddressRange[] = [];
    let bridged: AddressRange | null = null;
    let tableSpace: string | null = null;
    switch (event.kind) {
      case 'mapping.created':
        this.mappings.create(createdMapping(event.payload, event));
        break;
      case 'mapping.removed':
        this.mappings.remove(removedRange(event.payload, event), ({ pa, size }) =>
          unmapped.push({ start: pa, size }),
        );
        break;
      case 'shm_bridge.created':
        this.bridges.set(event.payload.handle, { start: event.payload.pa, size: event.payload.size });
        break;
      case 'shm_bridge.deleted':
        bridged = this.bridges.get(event.payload.handle) ?? null;
        this.bridges.delete(event.payload.handle);
        break;
      case 'page_table.created':
        tableSpace = event.payload.space;
        this.tableSpaces.set(event.payload.root_pa, tableSpace);
        break;
      case 'page_table.entry_written':
        tableSpace = this.tableSpaceOf(event.payload.table_pa);
        if (isTableEntry(event.payload.level, event.payload.new))
          this.tableSpaces.set(descriptorAddress(event.payload.new), tableSpace);
        break;
      default:
    }
    return { unmapped, bridged, tableSpace, isBankOfStream };
  }

  /** Roots may be several tables side by side. */
  private tableSpaceOf(tablePa: number): string | null {
    return this.tableSpaces.get(tablePa) ?? this.tableSpaces.get(tablePa - (tablePa % GRANULE)) ?? null;
  }
}

function isTableEntry(level: number, word: bigint): boolean {
  return level >= 0 && level < LAST_LEVEL && descriptorKind(level, word) === 'table';
}

/** Kinds that {@link contextBankEventsOf} looks at. */
export const STREAM_KINDS: readonly Kind[] = ['smmu.stream_configured', 'smmu.context_bank_configured'];

/** Seqs of the events that configured the context banks of a stream. */
export interface ContextBankEvents {
  readonly ever: ReadonlySet<number>;
  /** Only of the bank that has the stream in the end. */
  readonly current: ReadonlySet<number>;
}

/**
 * The last event before the stream was given to a bank, and those while it was there: what a bank did for others before
 * and after does not count.
 */
export function contextBankEventsOf(streamId: number, events: Iterable<BootEvent>): ContextBankEvents {
  const latest = new Map<string, number>();
  const ever = new Set<number>();
  /** Bank of the stream, and the event that configured it last, by SMMU. */
  const banks = new Map<string, { readonly bank: number | null; readonly seq: number | undefined }>();
  for (const event of events) {
    if (event.kind === 'smmu.context_bank_configured') {
      const { device, context_bank: bank } = event.payload;
      latest.set(`${device} ${bank}`, event.seq);
      if (banks.get(device)?.bank !== bank) continue;
      banks.set(device, { bank, seq: event.seq });
      ever.add(event.seq);
    } else if (event.kind === 'smmu.stream_configured' && matchesStream(event.payload, streamId)) {
      const { device, context_bank, type } = event.payload;
      const bank = type === 'translate' ? context_bank : null;
      const seq = bank === null ? undefined : latest.get(`${device} ${bank}`);
      banks.set(device, { bank, seq });
      if (seq !== undefined) ever.add(seq);
    }
  }
  const current = [...banks.values()].flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
  return { ever, current: new Set(current) };
}
