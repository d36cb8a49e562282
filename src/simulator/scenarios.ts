/** What becomes of the remote processors of a simulated boot: what user space does with them, and when they come up. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
}

export const SCENARIOS: readonly Scenario[] = [
  { name: 'boot', title: 'boot: every processor that boots by itself comes up' },
  { name: 'all-processors', title: 'the same, and user space starts the others too' },
  { name: 'all-processors-stop', title: 'boot, start the others too, then stop each processor' },
  { name: 'stop', title: 'boot, then stop each processor' },
  { name: 'stop-start', title: 'boot, then stop and start each processor' },
  { name: 'crash-recovery', title: 'boot, then a fatal error of each processor, which the kernel recovers' },
  {
    name: 'crash-while-stopping',
    title: 'boot, then a fatal error while the processor is being stopped; then start',
  },
  {
    name: 'probe-deferral',
    title: 'boot with qcom_scm as a module that comes 12 s late: what needs it is deferred until then',
  },
  {
    name: 'attach',
    title:
      'what if the boot loader had started the first processor: its driver attaches (no SoC of Linux 7.2 sets early_boot)',
  },
];
