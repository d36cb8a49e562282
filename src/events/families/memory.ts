import { renderSize } from '../../base/size.ts';
import { hex } from '../../base/word.ts';
import { allocationKey, rangeKey } from '../../soc/soc-state.ts';
import { renderVmids } from '../../soc/vmid.ts';
import { defineEvent } from '../define-event.ts';
import { address, flag, optional, size, symbol, text } from '../field.ts';

export const memoryRegionReserved = defineEvent({
  kind: 'memory.region_reserved',
  doc: 'A reserved-memory region of the device tree (drivers/of/of_reserved_mem.c).',
  fields: {
    name: symbol('identity', 'Node name, such as `pil-adsp@95900000`'),
    pa: address('value', 'First physical address'),
    size: size('value', 'Bytes'),
    no_map: flag('value', 'Left out of the linear map'),
  },
  render: (e) => `reserve ${e.name} ${hex(e.pa)} + ${renderSize(e.size)}${e.no_map ? ' no-map' : ''}`,
  reduce: (state, e) => {
    state.regions.set(e.name, { pa: e.pa, size: e.size });
  },
});

export const memoryAllocated = defineEvent({
  kind: 'memory.allocated',
  doc: 'A buffer was taken from a pool or heap for a purpose.',
  fields: {
    purpose: symbol('identity', 'What for: `metadata`, `resource-table-output` …'),
    pa: address('volatile', 'First physical address'),
    size: size('value', 'Bytes'),
  },
  render: (e) => `allocate ${e.purpose} ${hex(e.pa)} + ${renderSize(e.size)}`,
  reduce: (state, e, { subject, seq }) => {
    const { purpose, pa, size } = e;
    state.told.allocations = true;
    state.allocations.set(allocationKey(purpose, pa), { purpose, pa, size, subject, since: seq });
  },
});

export const memoryFreed = defineEvent({
  kind: 'memory.freed',
  doc: 'A buffer was given back.',
  fields: {
    purpose: symbol('identity', 'What it had been for'),
    pa: address('volatile', 'First physical address'),
    size: size('value', 'Bytes'),
  },
  render: (e) => `free ${e.purpose} ${hex(e.pa)} + ${renderSize(e.size)}`,
  reduce: (state, e) => {
    state.told.allocations = true;
    state.allocations.delete(allocationKey(e.purpose, e.pa));
  },
});

export const memoryWritten = defineEvent({
  kind: 'memory.written',
  doc: 'A range of physical memory got new content.',
  fields: {
    purpose: symbol('identity', 'What was written: `segment`, `bss` …'),
    pa: address('value', 'First physical address'),
    size: size('value', 'Bytes'),
    digest: optional(text('value', 'Digest of the content')),
  },
  render: (e) => `write ${e.purpose} ${hex(e.pa)} + ${renderSize(e.size)}`,
});

export const memoryAssigned = defineEvent({
  kind: 'memory.assigned',
  doc: 'A range changed owners (MP_ASSIGN).',
  fields: {
    pa: optional(address('value', 'First physical address')),
    size: optional(size('value', 'Bytes')),
    from_vms: optional(symbol('value', 'Owners before')),
    to_vms: optional(symbol('value', 'Owners and permissions after')),
  },
  render: (e) =>
    `assign ${e.pa === null ? '?' : hex(e.pa)} + ${e.size === null ? '?' : renderSize(e.size)} from ${e.from_vms ?? '?'} to ${e.to_vms ?? '?'}`,
  reduce: (state, { pa, size, to_vms }, { seq }) => {
    if (pa === null || size === null || to_vms === null) return;
    state.owners.set(rangeKey(pa, size), { pa, size, owners: to_vms, since: seq });
  },
});

export const memoryAssignmentRequested = defineEvent({
  kind: 'memory.assignment_requested',
  doc: 'What the lists say to which the arguments of an MP_ASSIGN point, as Linux fills them right before the call (drivers/firmware/qcom/qcom_scm.c, qcom_scm_assign_mem). No log or trace of Linux tells that.',
  fields: {
    pa: address('value', 'First physical address'),
    size: size('value', 'Bytes'),
    from_vms: symbol('value', 'Owners that Linux takes for the present ones'),
    to_vms: symbol('value', 'Owners that it wants'),
    lists: address('volatile', 'Physical address of the lists: the third argument of the call'),
  },
  render: (e) =>
    `ask to assign ${hex(e.pa)} + ${renderSize(e.size)} from ${renderVmids(e.from_vms)} to ${renderVmids(e.to_vms)}`,
});
