import { present } from '../base/assert.ts';
import { wordFromHalves } from '../base/word.ts';
import type { BootEvent } from '../events/catalog.ts';
import type { WordColumn } from '../events/column-reader.ts';
import type { Field } from '../events/field.ts';
import type { LazyChunk, LazyKind } from '../events/lazy-chunk.ts';
import { findSmcCommand, type SmcArgumentKind, splitBridgeAddress } from '../soc/smc-command.ts';
import { canonicalEvent, gapsOf, identifiesCall } from './canonical.ts';
import { Fingerprint } from './fingerprint.ts';
import { FingerprintColumns, roomFor, type Symbols } from './fingerprint-columns.ts';
import type { Halves } from './lane-items.ts';
import { fingerprintLine } from './line-fingerprint.ts';
import type { Regions } from './regions.ts';

/** Words that stand for what a column has not, or for what does not matter. */
const TAG = { identity: 1, value: 2, address: 3, buffer: 4, unknown: 5, open: 6, call: 7 } as const;

/** Fingerprints of strings, which dictionaries of many chunks share. */
class StringFingerprints {
  private readonly known = new Map<string, { low: number; high: number }>();
  private readonly fingerprint = new Fingerprint();

  of(text: string | null): { low: number; high: number } {
    const key = text ?? '\0null';
    let found = this.known.get(key);
    if (found === undefined) {
      this.fingerprint.start(0x73747221);
      this.fingerprint.text(key);
      found = { low: this.fingerprint.low, high: this.fingerprint.high };
      // Strings of a dictionary are few; a boot whose are not pays with time, not with memory.
      if (this.known.size < 100_000) this.known.set(key, found);
    }
    return found;
  }
}

/** Fingerprints of all events of one kind in a chunk, by row. */
export class KindFingerprints {
  /** What each event is. */
  readonly identity = new FingerprintColumns();
  /** The same with its outcome: equal where the events are the same. */
  readonly pair = new FingerprintColumns();
  /** Which of its outcome is not told: a bit for each column, which several may share. */
  gaps = new Uint16Array(0);

  start(identityLow: number, identityHigh: number, count: number): void {
    this.identity.start(identityLow, identityHigh, count);
    this.pair.start(TAG.value, ~TAG.value, count);
    if (this.gaps.length < count) this.gaps = new Uint16Array(roomFor(count));
    else this.gaps.fill(0, 0, count);
  }
}

/** What a call is, before its return is known. */
export interface CallFingerprint {
  readonly identityLow: number;
  readonly identityHigh: number;
  readonly argumentsLow: number;
  readonly argumentsHigh: number;
  readonly agent: string;
  readonly name: string | undefined;
}

/**
 * Fingerprints of events, out of the columns of a chunk: equal where the canonical forms of canonical.ts are. The rare
 * kinds go by their canonical text; both boots go the same way, so that the two ways never meet.
 */
export class RowFingerprints {
  /** What the event is. */
  readonly identity = new Fingerprint();
  /** Its outcome. */
  readonly value = new Fingerprint();
  /** Which of its outcome is not told: a bit for each column, which several may share. */
  gaps = 0;
  private readonly both = new Fingerprint();
  private readonly regions: Regions;
  private readonly strings = new StringFingerprints();
  private readonly commands = new Map<number, ReturnType<typeof findSmcCommand>>();
  /** By the slot of a kind in a chunk; memory that is used again for the next chunk, as what follows is. */
  private readonly columns: KindFingerprints[] = [];
  private ids = new Int32Array(0);
  private otherIds = new Int32Array(0);
  private meant = new Uint8Array(0);
  private symbols: (Symbols & { readonly strings: LazyChunk['strings'] }) | undefined;

  constructor(regions: Regions) {
    this.regions = regions;
  }

  /** Those of one kind of a chunk that does not go by its text; good until the next chunk. */
  columnsOf(chunk: LazyChunk, slot: number): KindFingerprints {
    const kind = present(chunk.kinds[slot], 'a chunk has the kind of its event');
    const { kind: name } = kind.definition;
    const columns = this.columns[slot] ?? new KindFingerprints();
    this.columns[slot] = columns;
    const { rowCount } = kind;
    const { low, high } = this.strings.of(name);
    columns.start(low, high, rowCount);
    const symbols = this.symbolsOf(chunk);
    if (name === 'mapping.created' || name === 'mapping.removed')
      this.takeMappings(chunk, slot, kind, columns, symbols);
    else if (name === 'page_table.pages_mapped') this.takePages(kind, columns);
    else takeByRoles(kind, columns, symbols);
    pairUp(columns, rowCount);
    return columns;
  }

  /** Takes an event that goes by its text. */
  takeText(event: BootEvent): void {
    const canonical = canonicalEvent(event, this.regions);
    const { identity, value } = canonical;
    this.identity.start(TAG.identity);
    this.identity.text(identity);
    this.value.start(TAG.value);
    this.value.text(value);
    this.gaps = gapsOf(canonical);
  }

  /** Takes a line of a log: what {@link takeText} makes of its event. */
  takeLine(line: string): void {
    this.identity.start(TAG.identity);
    this.value.start(TAG.value);
    fingerprintLine(line, this.identity, this.value);
    this.gaps = 0;
  }

  /** Both in one: equal where the events are the same. Good until the next event. */
  pair(): Halves {
    this.both.low = pairLow(this.identity.low, this.value.low);
    this.both.high = pairHigh(this.identity.high, this.value.high);
    return this.both;
  }

  /** Takes calls that have not come back, out of the columns of their kind. */
  requestReader(kind: LazyKind): (row: number, agent: string) => CallFingerprint {
    const { identity, value } = this;
    const functionIds = kind.numbers('function_id');
    const services = kind.numbers('service');
    const commands = kind.numbers('command');
    const counts = kind.numbers('arg_count');
    const columns = ARGUMENTS.map((name) => kind.words(name));
    return (row, agent) => {
      const functionId = functionIds[row] as number;
      const service = services[row] as number;
      const command = commands[row] as number;
      const spec = this.commandOf(functionId, service, command);
      identity.start(TAG.call);
      identity.number(functionId);
      identity.number(service);
      identity.number(command);
      value.start(TAG.value);
      this.gaps = 0;
      const count = Math.min(counts[row] as number, ARGUMENTS.length);
      for (let index = 0; index < count; index++) {
        const argument = spec?.arguments[index]?.kind;
        const column = columns[index] as WordColumn;
        if (isUnknown(column, row)) this.gaps |= 1 << index;
        this.takeArgument(value, argument, column, row);
        if (identifiesCall(argument)) this.takeArgument(identity, argument, column, row);
      }
      const call = {
        identityLow: identity.low,
        identityHigh: identity.high,
        argumentsLow: value.low,
        argumentsHigh: value.high,
        agent,
        name: spec?.name,
      };
      value.bits(TAG.open);
      this.string(value, agent);
      return call;
    };
  }

  /** Takes the same calls when they came back; says whether one may have failed. */
  returnReader(kind: LazyKind): (row: number, call: CallFingerprint) => boolean {
    const { identity, value } = this;
    const errors = kind.numbers('transport_error');
    const status = kind.words('status');
    const results = RESULTS.map((name) => kind.words(name));
    const [first] = results as [WordColumn];
    return (row, call) => {
      identity.resume(call.identityLow, call.identityHigh);
      value.resume(call.argumentsLow, call.argumentsHigh);
      const error = errors[row] as number;
      value.number(error);
      this.word(value, status, row);
      // The handle of a bridge comes from a counter.
      const count = call.name === 'SHM_BRIDGE_CREATE' ? 1 : results.length;
      for (let index = 0; index < count; index++) this.word(value, results[index] as WordColumn, row);
      this.string(value, call.agent);
      return error !== 0 || !isZero(status, row) || !isZero(first, row);
    };
  }

  private commandOf(functionId: number, service: number, command: number): ReturnType<typeof findSmcCommand> {
    const key = functionId * 0x1_0000 + service * 0x100 + command;
    if (!this.commands.has(key)) this.commands.set(key, findSmcCommand(functionId, service, command));
    return this.commands.get(key);
  }

  private takeArgument(
    to: Fingerprint,
    argument: SmcArgumentKind | undefined,
    column: WordColumn,
    row: number,
  ): void {
    if (isUnknown(column, row)) {
      to.bits(TAG.unknown);
      return;
    }
    if (argument === 'buffer' || argument === 'handle') {
      to.bits(TAG.buffer);
      return;
    }
    if (argument === 'region-or-buffer-with-permissions') {
      const word = wordFromHalves(column.high[row] as number, column.low[row] as number);
      if (!this.regions.isKnown(splitBridgeAddress(word).address)) {
        to.bits(TAG.buffer);
        return;
      }
    }
    this.word(to, column, row);
  }

  private word(to: Fingerprint, column: WordColumn, row: number): void {
    if (isUnknown(column, row)) {
      to.bits(TAG.unknown);
      return;
    }
    to.bits(column.low[row] as number);
    to.bits(column.high[row] as number);
  }

  private string(to: Fingerprint, text: string | null): void {
    const { low, high } = this.strings.of(text);
    to.bits(low);
    to.bits(high);
  }

  /** Of the strings of a chunk's dictionary. */
  private symbolsOf({ strings }: LazyChunk): Symbols {
    if (this.symbols?.strings === strings) return this.symbols;
    const symbols = { strings, lows: new Int32Array(strings.length), highs: new Int32Array(strings.length) };
    for (let i = 0; i < strings.length; i++) {
      const { low, high } = this.strings.of(strings[i] ?? null);
      symbols.lows[i] = low;
      symbols.highs[i] = high;
    }
    this.symbols = symbols;
    return symbols;
  }

  private takeMappings(
    chunk: LazyChunk,
    slot: number,
    kind: LazyKind,
    { identity, pair: value, gaps }: KindFingerprints,
    symbols: Symbols,
  ): void {
    const { rowCount } = kind;
    if (this.ids.length < rowCount) {
      this.ids = new Int32Array(roomFor(rowCount));
      this.otherIds = new Int32Array(roomFor(rowCount));
    }
    const whose = this.ids.subarray(0, rowCount);
    const agents = this.otherIds.subarray(0, rowCount);
    gather(chunk, slot, whose, agents);
    // Which table it is in differs with whoever made it: what counts is for whom it is, and who did it.
    putWhereNone(whose, kind.symbols('space'));
    identity.briefSymbols(whose, symbols);
    const iovas = kind.numbers('iova');
    identity.numbers(iovas);
    if (kind.definition.kind === 'mapping.created') {
      this.takeAddresses(value, iovas, kind.numbers('pa'));
      value.numbers(kind.numbers('size'));
      const protections = kind.numbers('protection');
      if (value.numbers(protections)) markUnknownNumbers(gaps, protections, 1);
    } else {
      value.numbers(kind.numbers('removed_size'));
      value.numbers(kind.numbers('size'));
    }
    value.briefSymbols(agents, symbols);
  }

  private takePages(kind: LazyKind, { identity, pair: value, gaps }: KindFingerprints): void {
    const iovas = kind.numbers('iova');
    identity.numbers(iovas);
    for (const [name, field] of Object.entries(kind.definition.fields))
      if (field.role === 'identity' && name !== 'iova') identity.numbers(kind.numbers(name));
    this.takeAddresses(value, iovas, kind.numbers('pa'));
    value.numbers(kind.numbers('count'));
    const protections = kind.numbers('protection');
    if (value.numbers(protections)) markUnknownNumbers(gaps, protections, 1);
  }

  /** Where a buffer happens to lie says nothing; where a carveout or a device goes says a lot. */
  private takeAddresses(to: FingerprintColumns, iovas: Float64Array, addresses: Float64Array): void {
    if (this.meant.length < addresses.length) this.meant = new Uint8Array(roomFor(addresses.length));
    const { regions, meant } = this;
    for (let row = 0; row < addresses.length; row++) {
      const address = addresses[row] as number;
      meant[row] = iovas[row] === address || regions.isKnown(address) ? 1 : 0;
    }
    to.numbersOr(addresses, meant, TAG.address);
  }
}

const BY_TEXT: ReadonlySet<string> = new Set([
  'log.printed',
  'trace.hit',
  'memory.written',
  'shm_bridge.created',
]);

/** Whether events of a kind go by their canonical text: one by one, by {@link RowFingerprints.takeText}. */
export function goesByText(kind: string): boolean {
  return BY_TEXT.has(kind);
}

/** Whom the events of one kind are about and who did them, row by row. */
function gather(
  { slots, count, subjects, agents }: LazyChunk,
  slot: number,
  whose: Int32Array,
  by: Int32Array,
): void {
  let row = 0;
  for (let index = 0; index < count; index++) {
    if (slots[index] !== slot) continue;
    whose[row] = subjects[index] as number;
    by[row++] = agents[index] as number;
  }
}

function putWhereNone(ids: Int32Array, others: Int32Array): void {
  for (let row = 0; row < ids.length; row++) if (ids[row] === 0) ids[row] = others[row] as number;
}

function markUnknownNumbers(gaps: Uint16Array, values: Float64Array, bit: number): void {
  for (let row = 0; row < values.length; row++)
    if (Number.isNaN(values[row])) gaps[row] = (gaps[row] as number) | bit;
}

function markWhere(gaps: Uint16Array, isUnknown: (row: number) => boolean, count: number, bit: number): void {
  for (let row = 0; row < count; row++) if (isUnknown(row)) gaps[row] = (gaps[row] as number) | bit;
}

function pairLow(identity: number, value: number): number {
  return (Math.imul(identity, 0x2c1b3c6d) + value) | 0;
}

function pairHigh(identity: number, value: number): number {
  return (Math.imul(identity, 0x297a2d39) + value) | 0;
}

/** Outcomes become the pairs of both. */
function pairUp({ identity, pair }: KindFingerprints, count: number): void {
  const { lows, highs } = pair;
  for (let row = 0; row < count; row++) {
    lows[row] = pairLow(identity.lows[row] as number, lows[row] as number);
    highs[row] = pairHigh(identity.highs[row] as number, highs[row] as number);
  }
}

/** Fields by their role, as they are defined. */
function takeByRoles(kind: LazyKind, columns: KindFingerprints, symbols: Symbols): void {
  const fields = Object.entries(kind.definition.fields).filter(([, { role }]) => role !== 'volatile');
  for (const [index, [name, field]] of fields.entries()) {
    const isIdentity = field.role === 'identity';
    const to = isIdentity ? columns.identity : columns.pair;
    takeField(kind, name, field, symbols, to, isIdentity ? null : columns.gaps, 1 << (index & 15));
  }
}

/** `gaps` where it matters which of them are not told. */
function takeField(
  kind: LazyKind,
  name: string,
  { storage }: Field<unknown>,
  symbols: Symbols,
  to: FingerprintColumns,
  gaps: Uint16Array | null,
  bit: number,
): void {
  const { rowCount } = kind;
  switch (storage) {
    case 'integer':
    case 'flag': {
      const column = kind.numbers(name);
      if (to.numbers(column) && gaps !== null) markUnknownNumbers(gaps, column, bit);
      return;
    }
    case 'word': {
      const column = kind.words(name);
      if (gaps !== null && column.present !== undefined)
        markWhere(gaps, (row) => isUnknown(column, row), rowCount, bit);
      to.words(column, TAG.unknown);
      return;
    }
    case 'symbol': {
      const column = kind.symbols(name);
      if (gaps !== null) markWhere(gaps, (row) => column[row] === 0, rowCount, bit);
      to.symbols(column, symbols);
      return;
    }
    case 'text': {
      const column = present(kind.texts(name), name);
      if (gaps !== null) markWhere(gaps, (row) => (column.lengths[row] as number) < 0, rowCount, bit);
      to.texts(column, TAG.unknown);
      return;
    }
  }
}

const ARGUMENTS = ['arg0', 'arg1', 'arg2', 'arg3', 'arg4', 'arg5'] as const;
const RESULTS = ['result0', 'result1', 'result2'] as const;

function isUnknown({ present: isPresent }: WordColumn, row: number): boolean {
  return isPresent !== undefined && isPresent[row] === 0;
}

function isZero({ low, high }: WordColumn, row: number): boolean {
  return low[row] === 0 && high[row] === 0;
}
