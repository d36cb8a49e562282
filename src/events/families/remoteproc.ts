import { renderSize } from '../../base/size.ts';
import { hex } from '../../base/word.ts';
import { renderErrno } from '../../soc/errno.ts';
import { REMOTEPROC_STATES, type RemoteprocStateName, type SocState } from '../../soc/soc-state.ts';
import { defineEvent } from '../define-event.ts';
import { address, choice, errno, flag, integer, optional, size, symbol, text } from '../field.ts';

/** A log may tell the same state twice, as a crash and as a state: it began with the first. */
function enterState(state: SocState, processor: string, entered: RemoteprocStateName, seq: number): void {
  if (state.remoteprocs.get(processor)?.state === entered) return;
  state.remoteprocs.set(processor, { state: entered, since: seq });
}

const name = () => symbol('identity', 'Name of the remote processor');

export const remoteprocRegistered = defineEvent({
  kind: 'remoteproc.registered',
  doc: 'The remoteproc core knows the processor ("… is available").',
  fields: { name: name(), index: integer('volatile', 'N of remoteprocN: in order of probing') },
  render: (e) => `${e.name} registered as remoteproc${e.index}`,
  reduce: (state, e, envelope) => enterState(state, e.name, 'offline', envelope.seq),
});

export const remoteprocStateChanged = defineEvent({
  kind: 'remoteproc.state_changed',
  doc: 'The processor is in a new state, as the remoteproc core sees it.',
  fields: { name: name(), state: choice('identity', REMOTEPROC_STATES, 'New state') },
  render: (e) => `${e.name} is ${e.state}`,
  isFailure: (e) => e.state === 'crashed' || e.state === 'failed',
  reduce: (state, e, envelope) => enterState(state, e.name, e.state, envelope.seq),
});

export const remoteprocInterrupted = defineEvent({
  kind: 'remoteproc.interrupted',
  doc: 'The processor raised one of its interrupts (smp2p bits), or the driver said so.',
  fields: {
    name: name(),
    interrupt: choice(
      'identity',
      ['ready', 'handover', 'fatal', 'watchdog', 'stop-ack', 'shutdown-ack'],
      'Which',
    ),
    raised: flag('value', 'Raised rather than lowered'),
    message: optional(text('value', 'Crash reason that the processor left')),
  },
  render: (e) =>
    `${e.name}: ${e.interrupt}${e.raised ? '' : ' lowered'}${e.message === null ? '' : `: ${e.message}`}`,
  isFailure: (e) => e.raised && (e.interrupt === 'fatal' || e.interrupt === 'watchdog'),
});

export const remoteprocSignalled = defineEvent({
  kind: 'remoteproc.signalled',
  doc: 'Linux set or cleared a bit that the processor looks at, such as the request to stop.',
  fields: {
    name: name(),
    signal: symbol('identity', 'Signal: `stop`, or the bit'),
    raised: flag('identity', 'Set rather than cleared'),
  },
  render: (e) => `${e.name}: ${e.raised ? 'set' : 'clear'} ${e.signal}`,
});

export const remoteprocMemoryAccessed = defineEvent({
  kind: 'remoteproc.memory_accessed',
  doc: 'The processor read, wrote or fetched through its SMMU stream.',
  fields: {
    name: name(),
    access: choice('identity', ['read', 'write', 'fetch'], 'What it did'),
    iova: address('identity', 'First I/O address'),
    size: size('value', 'Bytes'),
  },
  render: (e) => `${e.name}: ${e.access} ${hex(e.iova)} + ${renderSize(e.size)}`,
});

export const remoteprocCrashed = defineEvent({
  kind: 'remoteproc.crashed',
  doc: 'The remoteproc core was told of a crash.',
  fields: {
    name: name(),
    type: symbol('value', '`mmufault`, `watchdog`, `fatal error`'),
  },
  render: (e) => `${e.name} crashed: ${e.type}`,
  isFailure: () => true,
  reduce: (state, e, envelope) => enterState(state, e.name, 'crashed', envelope.seq),
});

export const remoteprocFailed = defineEvent({
  kind: 'remoteproc.failed',
  doc: 'A step of bringing the processor up or down failed.',
  fields: {
    name: name(),
    step: symbol('identity', 'Step, such as `start`, `stop`, `resource-table`, `authenticate`, `ready`'),
    errno: optional(errno('value', 'Error number')),
  },
  render: (e) => `${e.name}: ${e.step} failed${e.errno === null ? '' : `, ${renderErrno(e.errno)}`}`,
  isFailure: () => true,
});
