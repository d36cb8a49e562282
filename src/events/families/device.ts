import { renderErrno } from '../../soc/errno.ts';
import { defineEvent } from '../define-event.ts';
import { choice, errno, integer, optional, symbol, text } from '../field.ts';

const device = () => symbol('identity', 'Device, as its lines name it');
const driver = () => optional(symbol('value', 'Driver, bus or class that the line names'));

function withErrno(value: number | null): string {
  return value === null ? '' : `, ${renderErrno(value)}`;
}

function withDetail(detail: string | null): string {
  return detail === null || detail === '' ? '' : `: ${detail}`;
}

export const deviceIdentified = defineEvent({
  kind: 'device.identified',
  doc: 'From what the log said it follows whose a device, a number or a stream is: the subject. Told where neither the log says so outright nor the device trees of the SoC.',
  fields: {
    device: symbol('identity', 'Name: `remoteproc0`, `17300000.remoteproc`, `sid-0x3000`'),
    basis: choice(
      'value',
      ['firmware', 'crash'],
      'How it is known: by the firmware that it loads, or by the crash that came with its fault',
    ),
    evidence: text('value', 'File, or what crashed'),
  },
  render: (e) => `${e.device}: known by its ${e.basis}, ${e.evidence}`,
});

export const deviceProbed = defineEvent({
  kind: 'device.probed',
  doc: 'The driver core tried to bind a driver to a device, and told the result: `initcall_debug` tells of each, without it there is a line for failures only.',
  fields: {
    device: device(),
    driver: driver(),
    errno: errno('value', 'Result: 0, or an error; -517 means that it is tried again later'),
    duration_us: optional(integer('volatile', 'How long the probe took')),
  },
  render: (e) =>
    `${e.device}: probe${e.driver === null ? '' : ` with ${e.driver}`} ${e.errno === 0 ? 'ok' : `returned ${renderErrno(e.errno)}`}`,
  // EPROBE_DEFER is tried again; ENODEV and ENXIO say that the device is not there (really_probe).
  isFailure: (e) => e.errno < 0 && e.errno !== -517 && e.errno !== -19 && e.errno !== -6,
});

export const deviceDeferred = defineEvent({
  kind: 'device.deferred',
  doc: 'A device still waits for something that its driver needs, when the deferred-probe timeout is over (deferred_probe_timeout_work_func).',
  fields: {
    device: device(),
    reason: text('value', 'Reason, in the words of the driver core'),
    supplier: optional(symbol('value', 'Device-tree node that it waits for, when the reason is a supplier')),
  },
  render: (e) => `${e.device}: probe is still deferred: ${e.reason}`,
  isFailure: () => true,
});

export const deviceFailed = defineEvent({
  kind: 'device.failed',
  doc: 'A driver said that something it tried with a device failed.',
  fields: {
    device: device(),
    driver: driver(),
    step: symbol(
      'identity',
      'What failed, such as `shm-bridge-create`, `assign-memory`, `firmware-download`',
    ),
    errno: optional(errno('value', 'Error number')),
    detail: optional(text('value', 'What else the line tells')),
  },
  render: (e) => `${e.device}: ${e.step} failed${withErrno(e.errno)}${withDetail(e.detail)}`,
  // What is deferred is tried again.
  isFailure: (e) => e.errno !== -517,
});

export const deviceNoted = defineEvent({
  kind: 'device.noted',
  doc: 'A driver said something worth knowing that is no failure, also what is often taken for one, such as `qseecom-untested-machine`.',
  fields: {
    device: device(),
    driver: driver(),
    note: symbol('identity', 'What it said'),
    detail: optional(text('value', 'What else the line tells')),
  },
  render: (e) => `${e.device}: ${e.note}${withDetail(e.detail)}`,
});
