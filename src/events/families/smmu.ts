import { hex } from '../../base/word.ts';
import { defineEvent } from '../define-event.ts';
import { address, choice, integer, optional, symbol, text, word } from '../field.ts';

export const smmuDescribed = defineEvent({
  kind: 'smmu.described',
  doc: 'An SMMU told what its hardware can do, or what was set up for it, while it was probed.',
  fields: {
    device: symbol('identity', 'SMMU, such as `15000000.iommu`'),
    description: text('value', 'Line, without prefix'),
  },
  render: (e) => `${e.device}: ${e.description}`,
});

export const smmuStreamConfigured = defineEvent({
  kind: 'smmu.stream_configured',
  doc: 'A stream-match entry and its stream-to-context entry were written (SMR, S2CR).',
  fields: {
    stream_id: address('identity', 'Stream ID'),
    mask: address('identity', 'Mask: set bits are not compared'),
    type: choice('value', ['translate', 'bypass', 'fault'], 'What happens to matching streams'),
    context_bank: optional(integer('volatile', 'Context bank that translates')),
  },
  render: (e) =>
    `stream ${hex(e.stream_id)} mask ${hex(e.mask)}: ${e.type}${e.context_bank === null ? '' : ` by context bank ${e.context_bank}`}`,
});

export const smmuContextBankConfigured = defineEvent({
  kind: 'smmu.context_bank_configured',
  doc: 'The registers of a context bank were written.',
  fields: {
    context_bank: integer('identity', 'Context bank'),
    ttbr0: word('volatile', 'TTBR0'),
    tcr: word('value', 'TCR'),
    mair0: word('value', 'MAIR0'),
    sctlr: word('value', 'SCTLR'),
  },
  render: (e) =>
    `context bank ${e.context_bank}: TTBR0 ${hex(e.ttbr0)} TCR ${hex(e.tcr)} SCTLR ${hex(e.sctlr)}`,
});

export const smmuGroupAdded = defineEvent({
  kind: 'smmu.group_added',
  doc: 'A device joined an IOMMU group (tracepoint iommu:add_device_to_group, and the log line: where both were imported there is an event of each).',
  fields: {
    device: symbol('identity', 'Device'),
    group: integer('volatile', 'Group number: in order of probing'),
  },
  render: (e) => `${e.device} joins IOMMU group ${e.group}`,
  reduce: (state, e) => {
    const device = state.devices.get(e.device);
    if (device === undefined) state.devices.set(e.device, { group: e.group, attached: null });
    else device.group = e.group;
  },
});

export const smmuGroupRemoved = defineEvent({
  kind: 'smmu.group_removed',
  doc: 'A device left its IOMMU group.',
  fields: {
    device: symbol('identity', 'Device'),
    group: integer('volatile', 'Group number'),
  },
  render: (e) => `${e.device} leaves IOMMU group ${e.group}`,
  reduce: (state, e) => {
    state.devices.delete(e.device);
  },
});

export const smmuDeviceAttached = defineEvent({
  kind: 'smmu.device_attached',
  doc: 'A device was attached to a domain (tracepoint iommu:attach_device_to_domain); also on its way back to the default domain: there is no detach event.',
  fields: {
    device: symbol('identity', 'Device'),
    domain: optional(symbol('value', 'Domain, when known')),
  },
  render: (e) => `${e.device} attached to ${e.domain ?? 'an IOMMU domain'}`,
  reduce: (state, e, envelope) => {
    const device = state.devices.get(e.device);
    if (device === undefined) state.devices.set(e.device, { group: null, attached: envelope.seq });
    else device.attached = envelope.seq;
  },
});

export const smmuFaulted = defineEvent({
  kind: 'smmu.faulted',
  doc: 'A transaction was stopped by the SMMU.',
  fields: {
    device: symbol('identity', 'SMMU'),
    type: choice(
      'identity',
      ['context', 'global', 'event'],
      'Which mechanism reported it: SMMUv2 context or global fault, SMMUv3 event',
    ),
    stream_id: optional(address('identity', 'Stream ID')),
    iova: optional(address('value', 'Faulting I/O address')),
    fsr: optional(address('value', 'Fault status register')),
    fsynr: optional(address('value', 'Fault syndrome register 0')),
    context_bank: optional(integer('volatile', 'Context bank')),
    detail: optional(text('value', 'Rest of the report')),
  },
  render: (e) => {
    const part = (name: string, value: number | null) => (value === null ? '' : ` ${name} ${hex(value)}`);
    return `${e.device}: ${e.type} fault${part('sid', e.stream_id)}${part('iova', e.iova)}${part('fsr', e.fsr)}${part('fsynr', e.fsynr)}${e.detail === null ? '' : ` ${e.detail}`}`;
  },
  isFailure: () => true,
});
