/**
 * Bits of a remote processor's inbound word, lowest first, in the order of `interrupts-extended` of every
 * remoteproc node: fatal 0, ready 1, handover 2, stop-ack 3, shutdown-ack 7 (arch/arm64/boot/dts/qcom).
 */
export const SMP2P_INTERRUPT_BITS = [
  [0, 'fatal'],
  [1, 'ready'],
  [2, 'handover'],
  [3, 'stop-ack'],
  [7, 'shutdown-ack'],
] as const;

/** Mask of the outbound bit that asks the processor to stop (`qcom,smem-states`, bit 0). */
const STOP_MASK = 1;

/** What the bits that Linux changes in the outbound word are called: `stop`, or the bits themselves. */
export function smp2pSignal(mask: number): string {
  return mask === STOP_MASK ? 'stop' : `bits 0x${(mask >>> 0).toString(16)}`;
}

/** The bits behind the name of a signal; undefined for a name that {@link smp2pSignal} gives to none. */
export function smp2pSignalMask(signal: string): number | undefined {
  const digits = signal === 'stop' ? STOP_MASK.toString(16) : /^bits 0x([0-9a-f]{1,8})$/.exec(signal)?.[1];
  if (digits === undefined) return undefined;
  const mask = Number.parseInt(digits, 16);
  return mask !== 0 && smp2pSignal(mask) === signal ? mask : undefined;
}
