import { hex } from '../../base/word.ts';
import { contextFaultMeaning } from '../../soc/smmu-fault.ts';
import { newSmmuState, removeStream, setStream, smmuOf } from '../../soc/smmu-state.ts';
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

export const smmuReset = defineEvent({
  kind: 'smmu.reset',
  doc: 'An SMMU was reset, or Linux took it over: from here on it is known what it does with each stream. Streams and context banks that are kept are told again by events of their own.',
  fields: {
    device: symbol('identity', 'SMMU, such as `15000000.iommu`'),
    unmatched: choice(
      'value',
      ['fault', 'bypass'],
      'What happens to a stream that no stream-match entry takes (sCR0.USFCFG)',
    ),
  },
  render: (e) => `${e.device} reset, unmatched streams ${e.unmatched}`,
  reduce: (state, e) => {
    state.smmus.set(e.device, newSmmuState(e.unmatched));
  },
});

export const smmuStreamConfigured = defineEvent({
  kind: 'smmu.stream_configured',
  doc: 'A stream-match entry and its stream-to-context entry were written (SMR, S2CR); of an SMMUv3 a stream table entry.',
  fields: {
    device: symbol('identity', 'SMMU, such as `15000000.iommu`'),
    index: optional(integer('volatile', 'Index of the stream-match entry')),
    stream_id: address('identity', 'Stream ID'),
    mask: address('identity', 'Mask: set bits are not compared'),
    type: choice(
      'value',
      ['translate', 'bypass', 'fault', 'off'],
      'What happens to matching streams; `off` when the entry takes none any more',
    ),
    context_bank: optional(integer('volatile', 'Context bank that translates')),
  },
  render: (e) =>
    `${e.device}: stream ${hex(e.stream_id)} mask ${hex(e.mask)}: ${e.type}${e.context_bank === null ? '' : ` by context bank ${e.context_bank}`}`,
  reduce: (state, e, envelope) => {
    const { index, stream_id, mask, type, context_bank } = e;
    const smmu = smmuOf(state.smmus, e.device);
    if (type === 'off') removeStream(smmu, { index, stream_id, mask });
    else setStream(smmu, { index, stream_id, mask, type, context_bank, since: envelope.seq });
  },
});

export const smmuContextBankConfigured = defineEvent({
  kind: 'smmu.context_bank_configured',
  doc: 'The registers of a context bank were written; of an SMMUv3 a context descriptor, which has fewer.',
  fields: {
    device: symbol('identity', 'SMMU, such as `15000000.iommu`'),
    context_bank: integer('volatile', 'Context bank'),
    space: optional(symbol('identity', 'Address space of the domain, as `mapping.created` names it')),
    stage: integer('value', 'Stage that it translates: 1 or 2'),
    ttbr0: word('volatile', 'TTBR0: root table, and at stage 1 the ASID; at stage 2 VTTBR'),
    ttbr1: optional(word('volatile', 'TTBR1')),
    tcr: word('value', 'TCR; at stage 2 VTCR'),
    tcr2: optional(word('value', 'TCR2')),
    mair0: word('value', 'MAIR0'),
    sctlr: optional(word('value', 'SCTLR: bit 0 off lets everything through')),
    cbar: optional(word('value', 'CBAR')),
    cba2r: optional(word('value', 'CBA2R')),
  },
  render: (e) =>
    `${e.device}: context bank ${e.context_bank}${e.space === null ? '' : ` for ${e.space}`}: TTBR0 ${hex(e.ttbr0)} TCR ${hex(e.tcr)}${e.sctlr === null ? '' : ` SCTLR ${hex(e.sctlr)}`}`,
  reduce: (state, e, envelope) => {
    const { device, context_bank, stage, ...registers } = e;
    smmuOf(state.smmus, device).contextBanks.set(context_bank, {
      ...registers,
      stage: stage === 2 ? 2 : 1,
      since: envelope.seq,
    });
  },
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
    state.told.devices = true;
    const device = state.devices.get(e.device);
    if (device === undefined) state.devices.set(e.device, { group: e.group, attached: null, domain: null });
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
    state.told.devices = true;
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
    state.told.devices = true;
    const device = state.devices.get(e.device);
    if (device === undefined) {
      state.devices.set(e.device, { group: null, attached: envelope.seq, domain: e.domain });
    } else {
      device.attached = envelope.seq;
      device.domain = e.domain;
    }
  },
});

export const smmuFaulted = defineEvent({
  kind: 'smmu.faulted',
  version: 2,
  doc: 'A transaction was stopped by the SMMU. However many lines a log has of one fault, they are one event, which stands at the first of them.',
  fields: {
    device: symbol('identity', 'SMMU; `(NULL device *)` where only the remoteproc core told of the fault'),
    type: choice(
      'identity',
      ['context', 'global', 'event'],
      'Which mechanism reported it: SMMUv2 context or global fault, SMMUv3 event',
    ),
    stream_id: optional(address('identity', 'Stream ID (CBFRSYNRA; of a global fault sGFSYNR1)')),
    iova: optional(address('value', 'Faulting I/O address')),
    access: optional(choice('value', ['read', 'write', 'fetch'], 'What the transaction wanted (WNR, IND)')),
    reason: optional(
      symbol('value', 'Why it was stopped: `translation`, `permission`, `unmatched-stream` …, joined by `+`'),
    ),
    level: optional(integer('value', 'Level of the descriptor that ended the walk (PLVL)')),
    fsr: optional(address('value', 'Fault status register (FSR; of a global fault sGFSR)')),
    fsynr: optional(address('value', 'Fault syndrome register 0 (FSYNR0, sGFSYNR0)')),
    context_bank: optional(integer('volatile', 'Context bank, as Linux numbers it')),
    hardware_bank: optional(
      integer(
        'volatile',
        'Context bank, as the hardware numbers it (S1CBNDX): another one under a hypervisor',
      ),
    ),
    detail: optional(text('value', 'Rest of the report: event of an SMMUv3, walks of the Qualcomm driver')),
  },
  render: (e) => {
    const part = (name: string, value: number | null) => (value === null ? '' : ` ${name} ${hex(value)}`);
    const what = [
      e.access,
      e.reason === null ? null : `(${e.reason}${e.level === null ? '' : ` at level ${e.level}`})`,
    ]
      .filter((word) => word !== null)
      .map((word) => ` ${word}`)
      .join('');
    return `${e.device}: ${e.type} fault${part('sid', e.stream_id)}${part('iova', e.iova)}${what}${part('fsr', e.fsr)}${part('fsynr', e.fsynr)}${e.detail === null ? '' : ` ${e.detail}`}`;
  },
  isFailure: () => true,
  upcasts: {
    1: ({ type, fsr, fsynr, detail, ...rest }) => {
      const isContext = type === 'context';
      const { reason, access, level, hardwareBank } = isContext
        ? contextFaultMeaning(numberOrNull(fsr), numberOrNull(fsynr))
        : { reason: null, access: null, level: null, hardwareBank: null };
      // What a simulation wrote there is what the registers say.
      const other = detail === reason ? null : detail;
      return { ...rest, type, access, reason, level, fsr, fsynr, hardware_bank: hardwareBank, detail: other };
    },
  },
});

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
