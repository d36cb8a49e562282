import { present } from '../base/assert.ts';
import { wordFromHalves } from '../base/word.ts';
import type { BootEvent } from '../events/catalog.ts';
import type { WordColumn } from '../events/column-reader.ts';
import type { Field } from '../events/field.ts';
import type { LazyChunk, LazyKind } from '../events/lazy-chunk.ts';
import { findSmcCommand, type SmcArgumentKind, splitBridgeAddress } from '../soc/smc-command.ts';
import { canonicalEvent, gapsOf, identifiesCall } from './canonical.ts';
import { Fingerprint } from './fingerprint.ts';
import type { Halves } from './lane-items.ts';
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

/** The strings of a chunk's dictionary, by index. */
interface Symbols {
  readonly lows: Int32Array;
  readonly highs: Int32Array;
}

/** Sets both fingerprints of {@link RowFingerprints} to those of an event of the kind that it was made for. */
type RowReader = (row: number, index: number) => void;

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

  constructor(regions: Regions) {
    this.regions = regions;
  }

  /** A reader for each kind of a chunk. */
  readersOf(chunk: LazyChunk): RowReader[] {
    const symbols = this.symbolsOf(chunk);
    return chunk.kinds.map((kind) => {
      const { kind: name } = kind.definition;
      switch (name) {
        case 'mapping.created':
        case 'mapping.removed':
          return this.mappingReader(chunk, kind, symbols, name === 'mapping.created');
        case 'page_table.pages_mapped':
          return this.pagesReader(kind);
        case 'log.printed':
        case 'trace.hit':
        case 'memory.written':
        case 'shm_bridge.created':
          return (_row, index) => this.takeText(chunk.eventAt(index));
        default:
          return this.roleReader(kind, symbols);
      }
    });
  }

  /** Both in one: equal where the events are the same. Good until the next event. */
  pair(): Halves {
    this.both.low = (Math.imul(this.identity.low, 0x2c1b3c6d) + this.value.low) | 0;
    this.both.high = (Math.imul(this.identity.high, 0x297a2d39) + this.value.high) | 0;
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

  private symbolsOf(chunk: LazyChunk): Symbols {
    const count = chunk.strings.length;
    const symbols = { lows: new Int32Array(count), highs: new Int32Array(count) };
    for (let i = 0; i < count; i++) {
      const { low, high } = this.strings.of(chunk.strings[i] ?? null);
      symbols.lows[i] = low;
      symbols.highs[i] = high;
    }
    return symbols;
  }

  private startKind(kind: LazyKind): { low: number; high: number } {
    return this.strings.of(kind.definition.kind);
  }

  private mappingReader(chunk: LazyChunk, kind: LazyKind, symbols: Symbols, isMap: boolean): RowReader {
    const { identity, value, regions } = this;
    const start = this.startKind(kind);
    const { subjects, agents } = chunk;
    const spaces = kind.symbols('space');
    const iovas = kind.numbers('iova');
    const sizes = kind.numbers('size');
    const others = isMap ? kind.numbers('pa') : kind.numbers('removed_size');
    const protections = isMap ? kind.numbers('protection') : undefined;
    return (row, index) => {
      // Which table it is in differs with whoever made it: what counts is for whom it is, and who did it.
      const whose = (subjects[index] as number) || (spaces[row] as number);
      const iova = iovas[row] as number;
      identity.resume(start.low, start.high);
      identity.bits(symbols.lows[whose] as number);
      identity.number(iova);
      value.start(TAG.value);
      const other = others[row] as number;
      // Where a buffer happens to lie says nothing; where a carveout or a device goes says a lot.
      if (protections !== undefined && iova !== other && !regions.isKnown(other)) value.bits(TAG.address);
      else value.number(other);
      value.number(sizes[row] as number);
      const protection = protections?.[row];
      this.gaps = Number.isNaN(protection) ? 1 : 0;
      if (protection !== undefined) value.number(protection);
      const agent = agents[index] as number;
      value.bits(symbols.lows[agent] as number);
    };
  }

  private pagesReader(kind: LazyKind): RowReader {
    const { identity, value, regions } = this;
    const start = this.startKind(kind);
    const iovas = kind.numbers('iova');
    const addresses = kind.numbers('pa');
    const counts = kind.numbers('count');
    const protections = kind.numbers('protection');
    const others = Object.entries(kind.definition.fields)
      .filter(([name, field]) => field.role === 'identity' && name !== 'iova')
      .map(([name]) => kind.numbers(name));
    return (row) => {
      const iova = iovas[row] as number;
      const pa = addresses[row] as number;
      identity.resume(start.low, start.high);
      identity.number(iova);
      for (const column of others) identity.number(column[row] as number);
      value.start(TAG.value);
      if (iova !== pa && !regions.isKnown(pa)) value.bits(TAG.address);
      else value.number(pa);
      value.number(counts[row] as number);
      const protection = protections[row] as number;
      this.gaps = Number.isNaN(protection) ? 1 : 0;
      value.number(protection);
    };
  }

  private takeText(event: BootEvent): void {
    const canonical = canonicalEvent(event, this.regions);
    const { identity, value } = canonical;
    this.identity.start(TAG.identity);
    this.identity.text(identity);
    this.value.start(TAG.value);
    this.value.text(value);
    this.gaps = gapsOf(canonical);
  }

  /** Fields by their role, as they are defined. */
  private roleReader(kind: LazyKind, symbols: Symbols): RowReader {
    const { identity, value } = this;
    const start = this.startKind(kind);
    const fields = Object.entries(kind.definition.fields).filter(([, { role }]) => role !== 'volatile');
    let readers: { isIdentity: boolean; take: (to: Fingerprint, row: number) => void }[] | undefined;
    return (row) => {
      readers ??= fields.map(([name, field], index) => ({
        isIdentity: field.role === 'identity',
        take: this.fieldReader(kind, name, field, symbols, field.role === 'identity' ? 0 : 1 << (index & 15)),
      }));
      identity.resume(start.low, start.high);
      value.start(TAG.value);
      this.gaps = 0;
      for (const { isIdentity, take } of readers) take(isIdentity ? identity : value, row);
    };
  }

  private fieldReader(
    kind: LazyKind,
    name: string,
    field: Field<unknown>,
    symbols: Symbols,
    bit: number,
  ): (to: Fingerprint, row: number) => void {
    switch (field.storage) {
      case 'integer':
      case 'flag': {
        const column = kind.numbers(name);
        return (to, row) => {
          const number = column[row] as number;
          if (Number.isNaN(number)) this.gaps |= bit;
          to.number(number);
        };
      }
      case 'word': {
        const column = kind.words(name);
        return (to, row) => {
          if (isUnknown(column, row)) this.gaps |= bit;
          this.word(to, column, row);
        };
      }
      case 'symbol': {
        const column = kind.symbols(name);
        return (to, row) => {
          const symbol = column[row] as number;
          if (symbol === 0) this.gaps |= bit;
          to.bits(symbols.lows[symbol] as number);
          to.bits(symbols.highs[symbol] as number);
        };
      }
      case 'text': {
        const { offsets, lengths, bytes } = present(kind.texts(name), name);
        return (to, row) => {
          const at = offsets[row] as number;
          const length = lengths[row] as number;
          if (length < 0) {
            this.gaps |= bit;
            to.bits(TAG.unknown);
          } else to.bytes(bytes, at, at + length);
        };
      }
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
