import { readRegionOverlap } from '../../soc/region-overlap.ts';
import { remoteProcessorOfRegion } from '../../soc/remote-processor.ts';
import { AGENT } from '../event-sink.ts';
import type { OpenReport } from './open-report.ts';
import type { Recogniser } from './recogniser.ts';
import type { Recognition } from './recognition.ts';

const linux = { agent: AGENT.linux } as const;

/** How the machine came up: exception level, KVM, reserved memory. */
export const BOOT_RECOGNISERS: readonly Recogniser[] = [
  {
    name: 'kernel entry',
    where: 'arch/arm64/kernel/setup.c smp_setup_processor_id',
    firstWord: 'Booting',
    pattern: /^Booting Linux on physical CPU 0x[0-9a-f]+(?: \[0x[0-9a-f]+\])?$/,
    example: 'Booting Linux on physical CPU 0x0000000100 [0x410fd4b2]',
    recognise: (_match, { sink, cause }) => {
      sink.emit('boot.stage_entered', { ...linux, cause }, { stage: 'kernel' });
    },
  },
  {
    name: 'kernel command line',
    where: 'init/main.c print_kernel_cmdline',
    firstWord: 'Kernel',
    pattern: /^Kernel command line: (.*)$/,
    example: 'Kernel command line: console=ttyMSM0 root=/dev/sda1',
    recognise: ([, commandLine = ''], { sink, cause }) => {
      sink.emit('boot.command_line_set', { ...linux, cause }, { command_line: commandLine });
    },
  },
  {
    name: 'exception level',
    where: 'arch/arm64/kernel/smp.c hyp_mode_check',
    firstWord: 'CPU',
    pattern: /^CPU: All CPU\(s\) started at EL([12])$/,
    example: 'CPU: All CPU(s) started at EL2',
    recognise: ([, level], { sink, cause }) => {
      sink.emit('boot.cpus_started', { ...linux, cause }, { exception_level: Number(level) });
    },
  },
  {
    name: 'KVM unavailable',
    where: 'arch/arm64/kvm/arm.c kvm_arm_init',
    firstWord: 'kvm',
    pattern: /^kvm \[\d+\]: HYP mode not available$/,
    example: 'kvm [1]: HYP mode not available',
    recognise: (_match, { sink, cause }) => {
      sink.emit('boot.kvm_initialised', { ...linux, cause }, { mode: 'unavailable' });
    },
  },
  {
    name: 'KVM mode',
    where: 'arch/arm64/kvm/arm.c kvm_arm_init',
    firstWord: 'kvm',
    pattern: /^kvm \[\d+\]: ((?:Protected |Hyp )?[hn]?VHE(?:\+NV2)?) mode initialized successfully$/,
    example: 'kvm [1]: Hyp nVHE mode initialized successfully',
    recognise: ([, mode = ''], { sink, cause }) => {
      sink.emit('boot.kvm_initialised', { ...linux, cause }, { mode });
    },
  },
  {
    name: 'userspace',
    where: 'init/main.c run_init_process',
    firstWord: 'Run',
    pattern: /^Run \S+ as init process$/,
    example: 'Run /sbin/init as init process',
    recognise: (_match, { sink, cause }) => {
      sink.emit('boot.stage_entered', { ...linux, cause }, { stage: 'userspace' });
    },
  },
  {
    name: 'reserved memory',
    where: 'drivers/of/of_reserved_mem.c fdt_init_reserved_mem_node',
    firstWord: 'OF',
    pattern:
      /^OF: reserved mem: 0x([0-9a-f]+)\.\.0x([0-9a-f]+) \(\d+ KiB\) (nomap|map) (?:non-)?reusable (\S+)$/,
    example:
      'OF: reserved mem: 0x0000000095900000..0x00000000976fffff (30720 KiB) nomap non-reusable pil-adsp@95900000',
    recognise: ([, first = '', last = '', map = '', name = ''], { sink, tracker, cause }) => {
      const pa = Number.parseInt(first, 16);
      const size = Number.parseInt(last, 16) + 1 - pa;
      if (!(pa < 2 ** 51 && size > 0 && size < 2 ** 51)) return;
      tracker.addRegion(name, pa, size);
      const subject = remoteProcessorOfRegion(name) ?? null;
      sink.emit(
        'memory.region_reserved',
        { ...linux, subject, cause },
        { name, pa, size, no_map: map === 'nomap' },
      );
    },
  },
  {
    name: 'regions that overlap',
    where: 'drivers/of/of_reserved_mem.c __rmem_check_for_overlap',
    firstWord: 'OF',
    pattern: /^OF: reserved mem: OVERLAP DETECTED!$/,
    example: 'OF: reserved mem: OVERLAP DETECTED!',
    begin: () => new OverlapReport(),
  },
];

/** One message of two lines: the second says which regions. */
class OverlapReport implements OpenReport {
  readonly patience = 2;
  private overlap: { readonly region: string; readonly detail: string } | undefined;

  constructor() {
    this.tell = this.tell.bind(this);
  }

  take(text: string): boolean {
    this.overlap = readRegionOverlap(text);
    return this.overlap !== undefined;
  }

  isOver(): boolean {
    return this.overlap !== undefined;
  }

  tell({ sink, cause }: Recognition): void {
    const { region = 'reserved-memory', detail = null } = this.overlap ?? {};
    sink.emit(
      'device.failed',
      { ...linux, subject: remoteProcessorOfRegion(region) ?? null, cause },
      { device: region, driver: 'OF', step: 'region-overlap', errno: null, detail },
    );
  }
}
