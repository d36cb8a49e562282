import { counted } from '../../base/count.ts';
import { hex } from '../../base/word.ts';
import { renderErrno } from '../../soc/errno.ts';
import { defineEvent } from '../define-event.ts';
import { address, choice, errno, integer, optional, symbol, text, word } from '../field.ts';

/** Where the kernel was when it had to report something. */
const whereabouts = () => ({
  function: optional(symbol('identity', 'Function that it happened in, without offset')),
  cpu: optional(integer('volatile', 'CPU')),
  task: optional(symbol('volatile', 'Name of the task')),
  pid: optional(integer('volatile', 'Process id of the task')),
  frames: optional(
    text('volatile', 'Call trace, innermost first, one frame a line, as far as it was printed'),
  ),
});

interface Whereabouts {
  readonly function: string | null;
  readonly cpu: number | null;
  readonly task: string | null;
  readonly frames: string | null;
}

function renderWhereabouts(e: Whereabouts): string {
  const inFunction = e.function === null ? '' : ` in ${e.function}`;
  const onCpu = e.cpu === null ? '' : ` on CPU ${e.cpu}`;
  const by = e.task === null ? '' : ` by ${e.task}`;
  const frames = e.frames === null ? '' : `, ${counted(e.frames.split('\n').length, 'frame')}`;
  return `${inFunction}${onCpu}${by}${frames}`;
}

export const kernelWarned = defineEvent({
  kind: 'kernel.warned',
  doc: 'A WARN, a BUG that the kernel survived, or a report of lockdep, with its call trace: all of its lines are one event.',
  fields: {
    file: optional(symbol('identity', 'Source file of the WARN')),
    file_line: optional(integer('volatile', 'Line in that file')),
    message: optional(text('value', 'What it says')),
    ...whereabouts(),
  },
  render: (e) =>
    `kernel warning${e.file === null ? '' : ` at ${e.file}${e.file_line === null ? '' : `:${e.file_line}`}`}${renderWhereabouts(e)}${e.message === null ? '' : `: ${e.message}`}`,
  isFailure: () => true,
});

export const kernelOopsed = defineEvent({
  kind: 'kernel.oopsed',
  doc: 'The kernel did something that it could not go on from: a bad access, an abort of the bus, a BUG. All lines of the report are one event.',
  fields: {
    reason: symbol('identity', 'What happened, in the words of the kernel'),
    fault_address: optional(word('volatile', 'Virtual address that was accessed')),
    syndrome: optional(address('value', 'ESR')),
    ...whereabouts(),
    caller: optional(symbol('value', 'Function that the link register points into')),
  },
  render: (e) =>
    `kernel oops: ${e.reason}${e.fault_address === null ? '' : ` at ${hex(e.fault_address)}`}${e.syndrome === null ? '' : ` ESR ${hex(e.syndrome)}`}${renderWhereabouts(e)}`,
  isFailure: () => true,
});

export const kernelPanicked = defineEvent({
  kind: 'kernel.panicked',
  doc: 'The kernel stopped the machine.',
  fields: { reason: text('identity', 'Why') },
  render: (e) => `kernel panic: ${e.reason}`,
  isFailure: () => true,
});

export const kernelStalled = defineEvent({
  kind: 'kernel.stalled',
  doc: 'A watchdog of the kernel found that a CPU or a task does not get on. All lines of the report are one event.',
  fields: {
    type: choice(
      'identity',
      ['soft-lockup', 'hard-lockup', 'rcu-stall', 'hung-task', 'workqueue-lockup'],
      'Which watchdog',
    ),
    duration_s: optional(integer('volatile', 'For how long')),
    ...whereabouts(),
  },
  render: (e) => `${e.type}${e.duration_s === null ? '' : ` for ${e.duration_s} s`}${renderWhereabouts(e)}`,
  isFailure: () => true,
});

export const kernelInitcallReturned = defineEvent({
  kind: 'kernel.initcall_returned',
  doc: 'An initcall is done (`initcall_debug`).',
  fields: {
    function: symbol('identity', 'Function'),
    errno: errno('value', 'Result'),
    duration_us: integer('volatile', 'How long it took'),
  },
  render: (e) => `initcall ${e.function} returned ${renderErrno(e.errno)} after ${e.duration_us} us`,
});
