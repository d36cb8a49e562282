import fc from 'fast-check';
import { WORD_MAX } from '../../src/base/word.ts';
import type { BootEvent, NewEvent } from '../../src/events/catalog.ts';
import { decodeSmcFunction, SMC_REISSUE_FUNCTION_ID } from '../../src/soc/smc-function.ts';
import { SMP2P_INTERRUPT_BITS } from '../../src/soc/smp2p.ts';
import { buildEvent, requested, returned } from './build-event.ts';

/** Streams of events that have a line in a format of the kernel's. */

const addresses = fc.oneof(
  fc.integer({ min: 0, max: 1 << 20 }).map((page) => page * 4096),
  fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  fc.constantFrom(0, 2 ** 32, 2 ** 50),
);
const sizes = fc.oneof(
  fc.integer({ min: 0, max: 64 }).map((pages) => pages * 4096),
  fc.nat(),
  fc.constant(2 ** 49),
);
const counts = fc.oneof(fc.integer({ min: 0, max: 600 }), fc.constantFrom(2 ** 31, 2 ** 32 - 1));
const words = fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: WORD_MAX }));
const times = fc.oneof(
  fc.integer({ min: 0, max: 20 }).map((us) => us * 1000),
  fc.integer({ min: 0, max: 2 ** 31 - 1 }).map((us) => us * 1_000_000),
  fc.constant(99_999_999_999_000),
);
const contexts = fc.constantFrom(
  'init-1 [000] .....',
  'init-1 [003] d..1.',
  'kworker/0:1-9 [001] d..1.',
  'a name [7] of-many-parts-1234567 [127] Nbz1f',
  'bare-12 [000]',
  'grouped-13 ( 7) [002] .....',
  'forgotten-14 (-------) [002] .....',
);
const devices = fc.constantFrom('30000000.remoteproc', '15000000.iommu', '0000:00:03.0', '');
const processors = fc.constantFrom('adsp', 'cdsp', 'gpdsp0');
/** What no line has a place for. */
const things = fc.constantFrom(null, 'a thing');
/** Any text on one line. A carriage return at its end would be taken for the end of the line. */
const texts = fc
  .oneof(fc.string({ maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 12 }))
  .map((text) => text.replaceAll('\n', ' ').replace(/\r+$/, ''));

type Step = (events: NewEvent[], openCalls: Map<string, OpenCall[]>) => NewEvent | undefined;
type Around = { readonly t_ns: number; readonly context: string };

interface OpenCall {
  readonly seq: number;
  readonly functionId: number;
  /** As many as an importer compares. */
  readonly args: readonly bigint[];
}

/** Calls that an importer remembers of one task. */
const DEEPEST_NESTING = 8;

const around: fc.Arbitrary<Around> = fc.record({ t_ns: times, context: contexts });
const taskOf = (context: string) => context.slice(0, context.lastIndexOf(' ['));

function callsOf(openCalls: Map<string, OpenCall[]>, context: string): OpenCall[] {
  const calls = openCalls.get(taskOf(context)) ?? [];
  openCalls.set(taskOf(context), calls);
  return calls;
}

function isSameStandardCall(call: OpenCall, functionId: number, args: readonly bigint[]): boolean {
  return (
    call.functionId === functionId &&
    !decodeSmcFunction(functionId).fast &&
    call.args.length === args.length &&
    call.args.every((arg, index) => arg === args[index])
  );
}

const requests: fc.Arbitrary<Step> = fc
  .tuple(
    fc.constantFrom(0x42000201, 0x42000202, 0x42000205, 0x42000221, 0x42000c1e, 0xc2000601, 1),
    fc.array(words, { maxLength: 6 }),
    around,
  )
  .map(([functionId, args, envelope]) => (events, openCalls) => {
    const calls = callsOf(openCalls, envelope.context);
    if (functionId === SMC_REISSUE_FUNCTION_ID) {
      if (calls.length === 0) return undefined;
      return requested(functionId, args, { ...envelope, cause: calls.at(-1)?.seq ?? null });
    }
    const compared = args.slice(0, 3);
    const innermost = calls.at(-1);
    // The same standard call from the same task is the one that waits, issued once more.
    if (innermost !== undefined && isSameStandardCall(innermost, functionId, compared)) {
      return requested(functionId, args, { ...envelope, cause: innermost.seq });
    }
    if (calls.length >= DEEPEST_NESTING) return undefined;
    calls.push({ seq: events.length + 1, functionId, args: compared });
    return requested(functionId, args, envelope);
  });

const returns: fc.Arbitrary<Step> = fc
  .tuple(
    fc.nat(DEEPEST_NESTING),
    fc.integer({ min: -133, max: 0 }),
    words,
    fc.tuple(words, words, words),
    around,
  )
  .map(([which, transportError, status, results, envelope]) => (_events, openCalls) => {
    const calls = callsOf(openCalls, envelope.context);
    const functionId = calls[which % Math.max(calls.length, 1)]?.functionId ?? 0x42000206;
    // A result belongs to the innermost call with its id; those inside have come to nothing.
    const index = calls.findLastIndex((call) => call.functionId === functionId);
    const cause = index < 0 ? null : (calls.splice(index)[0]?.seq ?? null);
    return returned(functionId, status, { ...envelope, agent: 'trustzone', cause, results, transportError });
  });

const waits: fc.Arbitrary<Step> = fc
  .tuple(fc.boolean(), counts, counts, around)
  .map(([isAsleep, waitQueue, callContext, envelope]) => (_events, openCalls) => {
    const cause = callsOf(openCalls, envelope.context).at(-1)?.seq ?? null;
    return isAsleep
      ? buildEvent(
          'smc.slept',
          { wait_queue: waitQueue, call_context: callContext },
          { ...envelope, agent: 'trustzone', cause },
        )
      : buildEvent('smc.resumed', { call_context: callContext }, { ...envelope, cause });
  });

const mappings: fc.Arbitrary<Step> = fc
  .tuple(fc.nat(3), addresses, addresses, sizes, counts, fc.option(fc.nat(63), { nil: null }), things, around)
  .map(([which, iova, pa, size, count, protection, space, envelope]) => () => {
    switch (which) {
      case 0:
        return buildEvent('mapping.created', { space, iova, pa, size, protection }, envelope);
      case 1:
        return buildEvent('mapping.removed', { space, iova, size, removed_size: count }, envelope);
      case 2:
        return buildEvent(
          'page_table.pages_mapped',
          { iova, pa, page_size: size + 1, count, protection },
          envelope,
        );
      default:
        return buildEvent('page_table.pages_unmapped', { iova, page_size: size + 1, count }, envelope);
    }
  });

const groups: fc.Arbitrary<Step> = fc
  .tuple(fc.nat(2), devices, fc.integer({ min: -1, max: 400 }), things, around)
  .map(([which, device, group, domain, envelope]) => () => {
    if (which === 0) return buildEvent('smmu.device_attached', { device, domain }, envelope);
    return buildEvent(which === 1 ? 'smmu.group_added' : 'smmu.group_removed', { device, group }, envelope);
  });

const signals: fc.Arbitrary<Step> = fc
  .tuple(
    processors,
    fc.constantFrom(...SMP2P_INTERRUPT_BITS.map(([, interrupt]) => interrupt)),
    fc.option(fc.constantFrom('stop', 'bits 0x2', 'bits 0x80000001'), { nil: null }),
    fc.boolean(),
    things,
    around,
  )
  .map(([name, interrupt, signal, raised, message, envelope]) => () => {
    if (signal !== null) return buildEvent('remoteproc.signalled', { name, signal, raised }, envelope);
    const payload = { name, interrupt, raised, message };
    return buildEvent('remoteproc.interrupted', payload, { ...envelope, agent: name });
  });

const hits: fc.Arbitrary<Step> = fc
  .tuple(
    fc.constantFrom('foo', 'sched_switch', 'p_probe_0'),
    fc.option(fc.constantFrom('rproc_boot', 'fn.constprop.0'), { nil: null }),
    texts.map((text) => text.replace(/^[ (]+/, '')),
    around,
  )
  .map(
    ([event, probed, fields, envelope]) =>
      () =>
        buildEvent('trace.hit', { event, function: probed, fields }, envelope),
  );

const losses: fc.Arbitrary<Step> = fc.tuple(fc.nat(255), fc.option(fc.nat(), { nil: null })).map(
  ([cpu, count]) =>
    () =>
      buildEvent('trace.events_lost', { cpu, count }, { agent: 'trace' }),
);

/** Events that ftrace has lines for, in a boot of their own. */
export const ftraceStreams: fc.Arbitrary<BootEvent[]> = fc
  .array(fc.oneof(requests, returns, returns, waits, mappings, groups, signals, signals, hits, losses), {
    maxLength: 60,
  })
  .map((steps) => {
    const events: NewEvent[] = [];
    const openCalls = new Map<string, OpenCall[]>();
    for (const step of steps) {
      const event = step(events, openCalls);
      if (event !== undefined) events.push(event);
    }
    return events.map((event, index) => ({ ...event, seq: index + 1 }));
  });

const lines: fc.Arbitrary<NewEvent> = fc
  .tuple(
    texts,
    fc.option(fc.nat(7), { nil: null }),
    fc.option(times, { nil: null, freq: 6 }),
    fc.constantFrom(null, 'T1', 'T1234567', 'C0', 'C127'),
  )
  .map(([text, level, t_ns, context]) =>
    t_ns === null
      ? // Without a time of its own, a line is not to look as if it had one.
        buildEvent('log.printed', { level, text: text.replace(/^[<[]+/, '') })
      : buildEvent('log.printed', { level, text }, { t_ns, context }),
  );

/** Lines of a kernel log, in a boot of their own. */
export const dmesgStreams: fc.Arbitrary<BootEvent[]> = fc
  .array(lines, { maxLength: 40 })
  .map((events) => events.map((event, index) => ({ ...event, seq: index + 1 })));
