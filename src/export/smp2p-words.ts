import type { BootEvent, PayloadOf } from '../events/catalog.ts';
import { SMP2P_INTERRUPT_BITS, smp2pSignalMask } from '../soc/smp2p.ts';

const INTERRUPT_MASK: ReadonlyMap<string, number> = new Map(
  SMP2P_INTERRUPT_BITS.map(([bit, interrupt]) => [interrupt, 1 << bit]),
);

/** The mask of an interrupt in the inbound word; 0 for one that has no bit there. */
export function interruptMask(interrupt: string): number {
  return INTERRUPT_MASK.get(interrupt) ?? 0;
}

/** The words that Linux and the remote processors share: trace lines show all bits, events only what changed. */
export class Smp2pWords {
  private readonly inbound = new Map<string, number>();
  private readonly outbound = new Map<string, number>();

  /** Firmware that was just let out of reset begins with an empty word. */
  observe(event: BootEvent): void {
    if (event.kind === 'pas.authenticated' && event.subject !== null) this.inbound.delete(event.subject);
  }

  /** Takes an interrupt in, and returns the word with it. */
  interrupt({ name, interrupt, raised }: PayloadOf<'remoteproc.interrupted'>): number {
    const mask = interruptMask(interrupt);
    const before = this.inbound.get(name) ?? 0;
    const after = raised ? before | mask : before & ~mask;
    this.inbound.set(name, after);
    return after >>> 0;
  }

  /** Takes a signal in, and returns the word before and after: they differ in the bits of the signal only. */
  signal({ name, signal, raised }: PayloadOf<'remoteproc.signalled'>): { old: number; now: number } {
    const mask = smp2pSignalMask(signal) ?? 0;
    const known = this.outbound.get(name) ?? 0;
    const set = (known | mask) >>> 0;
    const cleared = (known & ~mask) >>> 0;
    const [old, now] = raised ? [cleared, set] : [set, cleared];
    this.outbound.set(name, now);
    return { old, now };
  }
}

/** A word and the bits of it that are to be handled (drivers/soc/qcom/trace-smp2p.h smp2p_notify_in). */
export function renderInterrupts(name: string, status: number, value: number): string {
  return `smp2p_notify_in: smp2p-${name}: slave-kernel: status:0x${status.toString(16)} val:0x${value.toString(16)}`;
}

export function renderSignal(name: string, { old, now }: { old: number; now: number }): string {
  return `smp2p_update_bits: smp2p-${name}: master-kernel: orig:0x${old.toString(16)} new:0x${now.toString(16)}`;
}
