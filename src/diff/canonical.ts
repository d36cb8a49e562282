import { present } from '../base/assert.ts';
import { hex } from '../base/word.ts';
import { type BootEvent, findDefinition } from '../events/catalog.ts';
import {
  findSmcCommand,
  renderSmcArgument,
  renderSmcName,
  type SmcArgumentKind,
  splitBridgeAddress,
} from '../soc/smc-command.ts';
import { renderSmcStatus } from '../soc/smc-function.ts';
import type { Regions } from './regions.ts';

/**
 * An event with everything left out that differs from boot to boot without meaning anything. Two events are
 * the same when both parts are equal, and the same thing with a different outcome when only `identity` is.
 */
export interface Canonical {
  readonly identity: string;
  /** What there is to say of it, each behind a {@link SEPARATOR}; {@link UNKNOWN} where it is not told. */
  readonly value: string;
}

const SEPARATOR = '\t';
const UNKNOWN: ReadonlySet<string> = new Set(['?', 'null']);

/** Whether two of one identity say the same as far as both are told: what one does not know does not contradict the other. */
export function agreeAsFarAsTold(x: Canonical, y: Canonical): boolean {
  const ofX = x.value.split(SEPARATOR);
  const ofY = y.value.split(SEPARATOR);
  return (
    ofX.length === ofY.length &&
    ofX.every((one, index) => {
      const other = ofY[index] as string;
      return one === other || UNKNOWN.has(one) || UNKNOWN.has(other);
    })
  );
}

/** Which parts of an outcome are not told: a bit for each, which several may share. */
export function gapsOf({ value }: Canonical): number {
  if (!value.includes(SEPARATOR)) return UNKNOWN.has(value) ? 1 : 0;
  return value
    .split(SEPARATOR)
    .reduce((gaps, part, index) => (UNKNOWN.has(part) ? gaps | (1 << (index & 15)) : gaps), 0);
}

function told(...parts: readonly (string | number)[]): string {
  return parts.join(SEPARATOR);
}

type Requested = Extract<BootEvent, { kind: 'smc.requested' }>;
type Returned = Extract<BootEvent, { kind: 'smc.returned' }>;

/** The canonical form of an event that stands for itself. */
export function canonicalEvent(event: BootEvent, regions: Regions): Canonical {
  switch (event.kind) {
    case 'log.printed':
      return canonicalText('log', event.payload.text);
    case 'trace.hit': {
      // Where a probe was hit is a name in a trace, and an address of this kernel in what `trace-cmd report` prints.
      const fields = event.payload.fields.replace(PROBED_AT, '');
      const { identity, value } = canonicalText('', replaceAddresses(fields, regions));
      return { identity: `${event.payload.event} ${identity}`, value };
    }
    case 'mapping.created':
    case 'page_table.pages_mapped': {
      // Where a buffer happens to lie says nothing; where a carveout or a device goes says a lot.
      const { iova, pa } = event.payload;
      const meaning = iova === pa || regions.isKnown(pa) ? hex(pa) : 'address';
      const protection = event.payload.protection ?? '?';
      if (event.kind === 'mapping.created') {
        // Which table it is in differs with whoever made it: what counts is for whom it is, and who did it.
        const identity = `${event.kind} ${event.subject ?? event.payload.space ?? ''} ${hex(iova)}`;
        return { identity, value: told(meaning, event.payload.size, protection, event.agent) };
      }
      const { identity } = canonicalByRoles(event);
      return { identity, value: told(meaning, event.payload.count, protection) };
    }
    case 'memory.written': {
      const { purpose, pa, size, digest } = event.payload;
      const where = regions.isKnown(pa) ? hex(pa) : 'buffer';
      return {
        identity: `${event.kind} ${event.subject ?? ''} ${purpose} ${where}`,
        value: told(size, digest ?? '?'),
      };
    }
    case 'mapping.removed': {
      const { space, iova, size, removed_size } = event.payload;
      const identity = `${event.kind} ${event.subject ?? space ?? ''} ${hex(iova)}`;
      return { identity, value: told(size, removed_size, event.agent) };
    }
    case 'shm_bridge.created': {
      const where = regions.isKnown(event.payload.pa) ? hex(event.payload.pa) : 'pool';
      return {
        identity: `${event.kind} ${where}`,
        value: told(event.payload.size, String(event.payload.ns_permissions)),
      };
    }
    default:
      return canonicalByRoles(event);
  }
}

/** The canonical form of a call with its return, which may be missing. */
export function canonicalCall(
  request: Requested,
  returned: Returned | undefined,
  regions: Regions,
): Canonical {
  const { function_id: functionId, service, command, arg_count: count } = request.payload;
  const spec = findSmcCommand(functionId, service, command);
  const all = [
    request.payload.arg0,
    request.payload.arg1,
    request.payload.arg2,
    request.payload.arg3,
    request.payload.arg4,
    request.payload.arg5,
  ];
  const args = all
    .slice(0, Math.max(0, count))
    .map((value, index) =>
      value === null ? '?' : canonicalArgument(spec?.arguments[index]?.kind, value, regions),
    );
  return {
    identity: `call ${renderSmcName(functionId, service, command)} ${hex(functionId)} ${identityArguments(args, spec?.arguments)}`,
    value: told(
      ...args,
      returned === undefined ? 'open' : canonicalReturn(returned, spec?.name),
      request.agent,
    ),
  };
}

/** Whether an argument says whom the call is about: with any other value it is another call. */
export function identifiesCall(kind: SmcArgumentKind | undefined): boolean {
  return (
    kind === 'pas-id' ||
    kind === 'call-id' ||
    kind === 'register' ||
    kind === 'region-or-buffer-with-permissions'
  );
}

/** Of the arguments only those that say whom the call is about: with any other value it is another call. */
function identityArguments(
  args: readonly string[],
  specs: readonly { kind: SmcArgumentKind }[] | undefined,
): string {
  return args.filter((_arg, index) => identifiesCall(specs?.[index]?.kind)).join(',');
}

function canonicalArgument(kind: SmcArgumentKind | undefined, value: bigint, regions: Regions): string {
  switch (kind) {
    case 'buffer':
      return 'buffer';
    case 'handle':
      return 'handle';
    case 'region-or-buffer-with-permissions': {
      const { address } = splitBridgeAddress(value);
      return regions.isKnown(address) ? renderSmcArgument(kind, value) : 'pool';
    }
    case undefined:
      return hex(value);
    default:
      return renderSmcArgument(kind, value);
  }
}

/** Results that are handles or buffers say nothing; a status, a size or an answer does. */
function canonicalReturn(returned: Returned, commandName: string | undefined): string {
  const { status, transport_error: transportError, result0, result1, result2 } = returned.payload;
  const results = commandName === 'SHM_BRIDGE_CREATE' ? [result0] : [result0, result1, result2];
  return `${transportError} ${renderSmcStatus(status)} ${results.map(hex).join(',')}`;
}

function canonicalByRoles(event: BootEvent): Canonical {
  const { fields } = present(findDefinition(event.kind), event.kind);
  const payload = event.payload as Readonly<Record<string, unknown>>;
  const identity: string[] = [event.kind];
  const value: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    if (field.role === 'volatile') continue;
    (field.role === 'identity' ? identity : value).push(String(payload[name]));
  }
  return { identity: identity.join(' '), value: told(...value) };
}

const PROBED_AT = /^\((?:0x)?[0-9a-f]+(?: <- (?:0x)?[0-9a-f]+)?\) ?/;

/** Numbers that vary; an error number (`-22`) is what a line says, and stays. */
const NUMBERS = /0x[0-9a-f]+|\b[0-9a-f]{8,}\b|(?<!(?:^|[ (=:,])-)\b\d+(?:\.\d+)*/gi;

/** A line of text: what it says without its numbers identifies it, the numbers are its value. */
function canonicalText(prefix: string, text: string): Canonical {
  const numbers: string[] = [];
  const identity = text.replace(NUMBERS, (number) => {
    numbers.push(number);
    return '#';
  });
  return { identity: `${prefix} ${identity}`, value: numbers.join(' ') };
}

/** Kernel pointers and addresses that an allocator chose, by a word that is the same on both sides; `u64` prints a pointer in decimal. */
function replaceAddresses(fields: string, regions: Regions): string {
  return fields.replace(/0x[0-9a-f]{5,16}\b|\b\d{15,20}\b/g, (text) => {
    const value = BigInt(text);
    if (value >= 1n << 47n) return 'pointer';
    if (!text.startsWith('0x')) return text;
    return regions.isKnown(Number(value & ~0xfffn)) ? text : 'address';
  });
}
