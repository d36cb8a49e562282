import type { BoardDescription } from '../../soc/description.ts';

/*
 * What a kernel says of itself only because of the exception level that it runs at, word for word as the real kernel
 * was recorded on QEMU's `virt` machine at EL1 and at EL2 (traces/). Model assumption: a kernel on a board of
 * Qualcomm's says the same. Its GICv3 has no GICV frame either, and its device tree no interrupt of the virtual timer
 * of EL2; how many traps there are, and how many bits an IPA has, is the kernel's and the CPU's to say.
 */

/** Interrupt controller and timer, before any driver probes. */
export function earlyLevelLines(exceptionLevel: 1 | 2, { timerHz }: BoardDescription): string[] {
  const isHost = exceptionLevel === 2;
  const timer = isHost ? 'hyp-phys' : 'virt';
  const banner = `arch_timer: cp15 timer running at ${(timerHz / 1e6).toFixed(2)}MHz (${timer}).`;
  if (!isHost) return [banner];
  return [
    // drivers/irqchip/irq-gic-v3.c gic_init_bases: a host of guests drops the priority of an interrupt and deactivates it in two steps.
    'GICv3: GIC: Using split EOI/Deactivate mode',
    // drivers/clocksource/arm_arch_timer.c arch_timer_select_ppi.
    'arch_timer: [Firmware Bug]: VHE-capable CPU without EL2 virtual timer interrupt',
    banner,
  ];
}

/** CPU features that are looked for at EL2 only (arch/arm64/kernel/cpufeature.c), once all CPUs are up. */
export function levelFeatureLines(exceptionLevel: 1 | 2): string[] {
  return exceptionLevel === 2 ? ['CPU features: detected: ICV_DIR_EL1 trapping'] : [];
}

/** KVM on its way up, where it is the host (arch/arm64/kvm). */
export function kvmLines(exceptionLevel: 1 | 2): string[] {
  if (exceptionLevel === 1) return [];
  return [
    'nv: 570 coarse grained trap handlers',
    'nv: 710 fine grained trap handlers',
    'IPA Size Limit: 40 bits',
    'GICv3: no GICV resource entry',
    'disabling GICv2 emulation',
    'GIC system register CPU interface enabled',
    'vgic interrupt IRQ9',
  ].map((text) => `kvm [1]: ${text}`);
}
