import { renderFileSize, renderSize } from '../../base/size.ts';
import { hex } from '../../base/word.ts';
import { renderErrno } from '../../soc/errno.ts';
import { defineEvent } from '../define-event.ts';
import { address, errno, integer, optional, size, symbol } from '../field.ts';

const name = () => symbol('identity', 'File name below the firmware path');

export const firmwareRequested = defineEvent({
  kind: 'firmware.requested',
  doc: 'A driver asked for a firmware file.',
  fields: { name: name() },
  render: (e) => `request firmware ${e.name}`,
});

export const firmwareLoaded = defineEvent({
  kind: 'firmware.loaded',
  doc: 'The file was found and read.',
  fields: { name: name(), size: size('value', 'Bytes of the .mdt or .mbn file') },
  render: (e) => `firmware ${e.name}, ${renderFileSize(e.size)}`,
});

export const firmwareSegmentLoaded = defineEvent({
  kind: 'firmware.segment_loaded',
  doc: 'A program segment was copied to its place in the carveout.',
  fields: {
    name: name(),
    segment: integer('identity', 'Number of the program header'),
    pa: address('value', 'First physical address'),
    size: size('value', 'Bytes'),
  },
  render: (e) => `segment ${e.segment} of ${e.name} to ${hex(e.pa)} + ${renderSize(e.size)}`,
});

export const firmwareRefused = defineEvent({
  kind: 'firmware.refused',
  doc: 'A file could not be read, or was not taken by whoever it was for.',
  fields: {
    name: optional(name()),
    step: symbol('identity', 'What failed: `request`, `metadata`, `initialise`, `memory-setup`, `segment`'),
    errno: optional(errno('value', 'Error number')),
  },
  render: (e) =>
    `firmware${e.name === null ? '' : ` ${e.name}`}: ${e.step} failed${e.errno === null ? '' : `, ${renderErrno(e.errno)}`}`,
  isFailure: () => true,
});
