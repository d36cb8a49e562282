import { SMP2P_INTERRUPT_BITS, smp2pSignal } from '../../soc/smp2p.ts';
import { type Cursor, decodeText } from '../ascii.ts';
import { AGENT, type EventSink } from '../event-sink.ts';
import type { TraceEventReader } from './trace-event.ts';

const NOTIFY = /^smp2p-(\S+): slave-kernel: status:0x([0-9a-f]+) val:0x([0-9a-f]+)$/;
const UPDATE = /^smp2p-(\S+): master-kernel: orig:0x([0-9a-f]+) new:0x([0-9a-f]+)$/;

/** The events of system `qcom_smp2p`: drivers/soc/qcom/trace-smp2p.h. */
export class Smp2pEvents {
  private readonly sink: EventSink;

  constructor(sink: EventSink) {
    this.sink = sink;
  }

  readers(): Readonly<Record<string, TraceEventReader>> {
    return {
      smp2p_notify_in: (body) => this.notify(body),
      smp2p_update_bits: (body) => this.update(body),
    };
  }

  /** `status` has the bits that changed and are to be handled, `val` what all bits are now. */
  private notify(body: Cursor): boolean {
    const match = NOTIFY.exec(decodeText(body.bytes, body.at, body.end));
    if (match === null) return false;
    const [, name = '', status = '', value = ''] = match;
    const changed = Number.parseInt(status, 16);
    const now = Number.parseInt(value, 16);
    const interrupts = SMP2P_INTERRUPT_BITS.filter(([bit]) => (changed >>> bit) & 1);
    if (interrupts.length === 0) return false;
    for (const [bit, interrupt] of interrupts) {
      this.sink.emit(
        'remoteproc.interrupted',
        { agent: name, subject: name },
        { name, interrupt, raised: ((now >>> bit) & 1) === 1, message: null },
      );
    }
    return true;
  }

  private update(body: Cursor): boolean {
    const match = UPDATE.exec(decodeText(body.bytes, body.at, body.end));
    if (match === null) return false;
    const [, name = '', before = '', after = ''] = match;
    const old = Number.parseInt(before, 16);
    const now = Number.parseInt(after, 16);
    const changed = old ^ now;
    if (changed === 0) return false;
    this.sink.emit(
      'remoteproc.signalled',
      { agent: AGENT.linux, subject: name },
      { name, signal: smp2pSignal(changed), raised: (now & changed) !== 0 },
    );
    return true;
  }
}
