import { type Cursor, decodeText } from '../ascii.ts';
import { AGENT, type EventSink } from '../event-sink.ts';
import type { TraceEventReader } from './trace-event.ts';

const NOTIFY = /^smp2p-(\S+): slave-kernel: status:0x([0-9a-f]+) val:0x([0-9a-f]+)$/;
const UPDATE = /^smp2p-(\S+): master-kernel: orig:0x([0-9a-f]+) new:0x([0-9a-f]+)$/;

/**
 * Bits of a remote processor's inbound word, in the order of `interrupts-extended` of every remoteproc node:
 * fatal 0, ready 1, handover 2, stop-ack 3, shutdown-ack 7 (arch/arm64/boot/dts/qcom).
 */
const INTERRUPT_BITS = [
  [0, 'fatal'],
  [1, 'ready'],
  [2, 'handover'],
  [3, 'stop-ack'],
  [7, 'shutdown-ack'],
] as const;

/** Bit of the outbound word that asks the processor to stop (`qcom,smem-states`, bit 0). */
const STOP_BIT = 1;

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
    const interrupts = INTERRUPT_BITS.filter(([bit]) => (changed >>> bit) & 1);
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
    const signal = changed === STOP_BIT ? 'stop' : `bits 0x${changed.toString(16)}`;
    this.sink.emit(
      'remoteproc.signalled',
      { agent: AGENT.linux, subject: name },
      { name, signal, raised: (now & changed) !== 0 },
    );
    return true;
  }
}
