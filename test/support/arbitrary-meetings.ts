import fc from 'fast-check';
import type { NewEvent } from '../../src/events/catalog.ts';
import { REMOTEPROC_STATES } from '../../src/soc/soc-state.ts';
import { buildEvent } from './build-event.ts';

/*
 * Events of few tables, ranges and names, so that they meet: what arbitraryEvent makes hardly ever does.
 */

const pages = fc.integer({ min: 0, max: 7 }).map((page) => page * 4096);
const pageCounts = fc.constantFrom(0, 4096, 8192, 3 * 4096, 5 * 4096);
const spaces = fc.constantFrom(null, 'a', 'b');
const subjects = fc.constantFrom(null, 'adsp', 'cdsp');

const descriptors = fc.oneof(
  fc.constantFrom(0n, 0x1003n, 0x2003n, 0x3003n, 0x8000_0000_0000_3003n, 0x5000_0f47n, 0x2n, 0x4020_0f45n),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
);

const tables = fc.constantFrom(0x1000, 0x2000, 0x3000, 0x3040, 0x1001, -8);

export const arbitraryTableEvent: fc.Arbitrary<NewEvent> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record({
        table_pa: tables,
        index: fc.constantFrom(0, 1, 2, 511, 512, 8191, 8192, -1),
        level: fc.constantFrom(-1, 0, 1, 2, 3, 4),
        old: descriptors,
        new: descriptors,
        iova: pages,
      })
      .map((payload) => buildEvent('page_table.entry_written', payload)),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({
        root_pa: tables,
        stage: fc.constantFrom(1, 2),
        address_bits: fc.constantFrom(32, 36, 40, 48, 64),
        start_level: fc.constantFrom(0, 1, 2),
        owner: fc.constant('linux'),
        space: spaces,
      })
      .map((payload) => buildEvent('page_table.created', payload)),
  },
  {
    weight: 1,
    arbitrary: tables.map((root_pa) => buildEvent('page_table.destroyed', { root_pa })),
  },
);

export const arbitraryMappingEvent: fc.Arbitrary<NewEvent> = fc.oneof(
  fc
    .record({
      space: spaces,
      iova: pages,
      pa: pages,
      size: pageCounts,
      protection: fc.constantFrom(null, 3),
    })
    .chain((payload) => subjects.map((subject) => buildEvent('mapping.created', payload, { subject }))),
  fc
    .record({ space: spaces, iova: pages, size: pageCounts, removed_size: pageCounts })
    .chain((payload) => subjects.map((subject) => buildEvent('mapping.removed', payload, { subject }))),
);

export const arbitraryBridgeEvent: fc.Arbitrary<NewEvent> = fc.oneof(
  fc
    .record({
      handle: fc.constantFrom(1n, 2n, (1n << 63n) + 1n),
      pa: pages,
      size: pageCounts,
      ns_permissions: fc.constant(6),
      s_permissions: fc.constant(6),
    })
    .map((payload) => buildEvent('shm_bridge.created', payload)),
  fc.constantFrom(1n, 2n, (1n << 63n) + 1n).map((handle) => buildEvent('shm_bridge.deleted', { handle })),
);

export const arbitraryAssignment: fc.Arbitrary<NewEvent> = fc
  .record({
    pa: fc.option(pages),
    size: fc.option(pageCounts),
    from_vms: fc.option(fc.constant('hlos')),
    to_vms: fc.constantFrom(null, 'hlos', 'mss', ''),
  })
  .map((payload) => buildEvent('memory.assigned', payload));

export const arbitraryProcessorEvent: fc.Arbitrary<NewEvent> = fc.constantFrom('adsp', 'cdsp').chain((name) =>
  fc.oneof(
    fc.constant(buildEvent('remoteproc.registered', { name, index: 0 })),
    fc
      .constantFrom(...REMOTEPROC_STATES)
      .map((state) => buildEvent('remoteproc.state_changed', { name, state })),
    fc.constant(buildEvent('remoteproc.crashed', { name, type: 'watchdog' })),
  ),
);
