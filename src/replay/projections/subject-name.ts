import type { BootEvent } from '../../events/catalog.ts';
import { remoteProcessorOfDevice } from '../../soc/remote-processor.ts';
import { defineProjection, integerColumn, textColumn } from './projection.ts';

interface Name {
  readonly subject: string;
  readonly name: string;
  readonly evidence: string;
}

/** By which names a boot speaks of one thing, and how that is known. */
export const subjectNameProjection = defineProjection({
  table: 'subject_name',
  doc: 'By which names a log speaks of one subject: `remoteproc0`, `30000000.remoteproc`, firmware, streams. Each with the first event that ties the two, and how it is known: told by the log, or by the device trees of the SoC.',
  columns: [
    textColumn('subject', 'Subject'),
    textColumn('name', 'Name, number, file or stream'),
    integerColumn('seq', 'The first event that ties them'),
    textColumn('evidence', 'How it is known'),
  ],
  indexes: [['subject']],
  kinds: [
    'device.identified',
    'remoteproc.registered',
    'firmware.loaded',
    'firmware.refused',
    'smmu.group_added',
    'smmu.device_attached',
    'smmu.faulted',
  ],
  start: () => {
    const told = new Set<string>();
    return {
      apply: (event, emit) => {
        const tie = nameIn(event);
        if (tie === undefined || tie.subject === tie.name) return;
        const key = `${tie.subject}\n${tie.name}`;
        if (told.has(key)) return;
        told.add(key);
        emit([tie.subject, tie.name, event.seq, tie.evidence]);
      },
      finish: () => {},
    };
  },
});

function nameIn(event: BootEvent): Name | undefined {
  const { subject } = event;
  if (subject === null) return undefined;
  switch (event.kind) {
    case 'device.identified': {
      const { device, basis, evidence } = event.payload;
      return { subject, name: device, evidence: `assumed from its ${basis}: ${evidence}` };
    }
    case 'remoteproc.registered':
      return {
        subject,
        name: `remoteproc${event.payload.index}`,
        evidence: 'the remoteproc core told it as it registered it',
      };
    case 'firmware.loaded':
    case 'firmware.refused': {
      const { name } = event.payload;
      return name === null ? undefined : { subject, name, evidence: 'loaded for it' };
    }
    case 'smmu.group_added':
    case 'smmu.device_attached': {
      const { device } = event.payload;
      const isByAddress = remoteProcessorOfDevice(device) === subject;
      const evidence = isByAddress
        ? 'unit address in the device trees of Linux 7.2'
        : 'the log told it before';
      return { subject, name: device, evidence };
    }
    case 'smmu.faulted': {
      const { stream_id: streamId } = event.payload;
      if (streamId === null) return undefined;
      const evidence = "iommus of the SoC's EL2 device tree";
      return { subject, name: `sid-0x${streamId.toString(16)}`, evidence };
    }
    default:
      return undefined;
  }
}
