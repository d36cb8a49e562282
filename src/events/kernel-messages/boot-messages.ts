import { remoteProcessorOfRegion } from '../../soc/remote-processor.ts';
import { type KernelMessage, lineMessage } from './kernel-message.ts';

/** A line that tells a property; `value` is a group of the pattern, or a fixed text. */
function property(
  name: string,
  where: string,
  pattern: RegExp,
  example: string,
  fixed?: string,
): KernelMessage {
  return lineMessage(`property ${name}`, where, pattern, example, (told) => {
    const suffix = told['suffix'] === undefined ? '' : ` ${told['suffix']}`;
    return {
      kind: 'boot.property_told',
      subject: null,
      payload: { property: `${name}${suffix}`, value: fixed ?? told['value'] ?? '' },
    };
  });
}

const PSCI = 'drivers/firmware/psci/psci.c';
const SMCCC = 'drivers/firmware/smccc';
const KVM = 'arch/arm64/kvm';

const RESERVED = 'drivers/of/of_reserved_mem.c';

/** A region that could not be had: whose it was, its name tells. */
function regionFailure(step: string, where: string, pattern: RegExp, example: string): KernelMessage {
  return lineMessage(`${step} failed`, where, pattern, example, (told) => {
    const device = told['region'] ?? 'reserved-memory';
    return {
      kind: 'device.failed',
      subject: remoteProcessorOfRegion(device) ?? null,
      payload: { device, driver: 'OF', step, errno: null, detail: told['detail'] ?? null },
    };
  });
}

/** A CPU that stays off: the SMC that should start it, and what waited for it, each say so. */
function cpuFailure(where: string, pattern: RegExp, example: string): KernelMessage {
  return lineMessage('CPU start failed', where, pattern, example, (told) => ({
    kind: 'device.failed',
    subject: `cpu${told['cpu']}`,
    payload: {
      device: `cpu${told['cpu']}`,
      driver: 'psci',
      step: 'cpu-on',
      errno: Number(told['errno']),
      detail: null,
    },
  }));
}

const RESERVED_MEMORY: readonly KernelMessage[] = [
  lineMessage(
    'reserved region initialised',
    `${RESERVED} __reserved_mem_init_node`,
    /^OF: reserved mem: initialized node (?<region>\S+), compatible id (?<detail>\S+)$/,
    'OF: reserved mem: initialized node linux,cma, compatible id shared-dma-pool',
    ({ region = '', detail = '' }) => ({
      kind: 'device.noted',
      subject: remoteProcessorOfRegion(region) ?? null,
      payload: { device: region, driver: 'OF', note: 'region-initialised', detail },
    }),
  ),
  regionFailure(
    'reserve-region',
    `${RESERVED} fdt_reserved_mem_reserve_node`,
    /^OF: reserved mem: (?:Reserved memory: )?failed to reserve memory for node '(?<region>[^']+)': (?<detail>base 0x[0-9a-f]+, size \d+ MiB)$/,
    "OF: reserved mem: Reserved memory: failed to reserve memory for node 'pil-adsp@95900000': base 0x0000000095900000, size 30 MiB",
  ),
  regionFailure(
    'allocate-region',
    `${RESERVED} __reserved_mem_alloc_size`,
    /^OF: reserved mem: failed to allocate memory for node '(?<region>[^']+)'(?:: (?<detail>size \d+ MiB))?$/,
    "OF: reserved mem: failed to allocate memory for node 'adsp-rpc-remote-heap': size 8 MiB",
  ),
  regionFailure(
    'list-regions',
    `${RESERVED} fdt_init_reserved_mem_node`,
    /^OF: reserved mem: not enough space for all defined regions\.$/,
    'OF: reserved mem: not enough space for all defined regions.',
  ),
];

/** Pools that share reserved memory; older kernels do not say for which node. */
const MEMORY_POOL = lineMessage(
  'memory pool',
  'kernel/dma/contiguous.c rmem_cma_setup, kernel/dma/coherent.c rmem_dma_setup',
  /^Reserved memory: created (?<detail>(?:CMA|DMA) memory pool at 0x[0-9a-f]+, size \d+ MiB)$/,
  'Reserved memory: created CMA memory pool at 0x0000000271a00000, size 128 MiB',
  ({ detail = '' }) => ({
    kind: 'device.noted',
    subject: null,
    payload: { device: 'reserved-memory', driver: 'OF', note: 'pool-created', detail },
  }),
);

/** What the kernel says of CPUs, firmware, KVM, IOMMU defaults and protection domains while it comes up. */
export const BOOT_MESSAGES: readonly KernelMessage[] = [
  property(
    'cpu_modes',
    'arch/arm64/kernel/smp.c hyp_mode_check',
    /^CPU: CPUs started in inconsistent modes$/,
    'CPU: CPUs started in inconsistent modes',
    'inconsistent',
  ),
  property(
    'cpu_count',
    'arch/arm64/kernel/smp.c smp_cpus_done',
    /^SMP: Total of (?<value>\d+) processors activated\.$/,
    'SMP: Total of 8 processors activated.',
  ),
  property(
    'cpu_feature',
    'arch/arm64/kernel/cpufeature.c update_cpu_capabilities',
    /^CPU features: detected: (?<suffix>.+)$/,
    'CPU features: detected: Virtualization Host Extensions',
    'detected',
  ),
  property(
    'kvm_ipa_bits',
    `${KVM}/reset.c kvm_set_ipa_limit`,
    /^kvm \[\d+\]: IPA Size Limit: (?<value>\d+) bits.*$/,
    'kvm [1]: IPA Size Limit: 40 bits',
  ),
  property(
    'kvm_vgic_irq',
    `${KVM}/vgic/vgic-init.c kvm_vgic_hyp_init`,
    /^kvm \[\d+\]: vgic interrupt IRQ(?<value>\d+)$/,
    'kvm [1]: vgic interrupt IRQ9',
  ),
  property(
    'kvm_gic_cpu_interface',
    `${KVM}/vgic/vgic-v3.c vgic_v3_probe`,
    /^kvm \[\d+\]: GIC system register CPU interface enabled$/,
    'kvm [1]: GIC system register CPU interface enabled',
    'system registers',
  ),
  property(
    'kvm_nested_traps',
    `${KVM}/emulate-nested.c populate_nv_trap_config`,
    /^kvm \[\d+\]: nv: (?<value>\d+) (?<suffix>coarse|fine) grained trap handlers$/,
    'kvm [1]: nv: 568 coarse grained trap handlers',
  ),
  property(
    'psci_conduit',
    `${PSCI} get_set_conduit_method`,
    /^psci: probing for conduit method from (?<value>DT|ACPI)\.$/,
    'psci: probing for conduit method from DT.',
  ),
  property(
    'psci_version',
    `${PSCI} psci_probe`,
    /^psci: PSCIv(?<value>\d+\.\d+) detected in firmware\.$/,
    'psci: PSCIv1.1 detected in firmware.',
  ),
  property(
    'psci_function_ids',
    `${PSCI} psci_probe`,
    /^psci: Using (?<value>standard PSCI v0\.2 function IDs)$/,
    'psci: Using standard PSCI v0.2 function IDs',
  ),
  property(
    'smccc_version',
    `${PSCI} psci_init_smccc`,
    /^psci: SMC Calling Convention v(?<value>\d+\.\d+)$/,
    'psci: SMC Calling Convention v1.1',
  ),
  property(
    'psci_suspend',
    `${PSCI} psci_init_cpu_suspend`,
    /^psci: (?<value>OSI) mode supported\.$/,
    'psci: OSI mode supported.',
  ),
  property(
    'psci_migration',
    `${PSCI} psci_init_migrate`,
    /^psci: (?<value>Trusted OS migration not required|MIGRATE_INFO_TYPE not supported\.|.*Trusted OS.*)$/,
    'psci: Trusted OS migration not required',
  ),
  property(
    'psci_power_domains',
    'drivers/cpuidle/cpuidle-psci-domain.c psci_cpuidle_domain_probe',
    /^CPUidle PSCI: Initialized CPU PM domain topology(?: using (?<value>OSI|PC) mode)?$/,
    'CPUidle PSCI: Initialized CPU PM domain topology using OSI mode',
  ),
  property(
    'psci_invalid_state',
    `${PSCI} psci_dt_parse_state_node`,
    /^psci: Invalid PSCI power state (?<value>0x[0-9a-f]+)$/,
    'psci: Invalid PSCI power state 0x40000002',
  ),
  property(
    'psci_pc_mode_refused',
    `${PSCI} psci_set_osi_mode`,
    /^psci: (?:\[Firmware Bug\]: )?failed to set (?:PC|OSI) mode: (?<value>-?\d+)$/,
    'psci: failed to set PC mode: -3',
  ),
  property(
    'smccc_hypervisor',
    `${SMCCC}/kvm_guest.c kvm_init_hyp_services`,
    /^smccc: KVM: hypervisor services detected \((?<value>.*)\)$/,
    'smccc: KVM: hypervisor services detected (0x00000000 0x00000000 0x00000000 0x00000003)',
  ),
  property(
    'soc_id',
    `${SMCCC}/soc_id.c smccc_soc_init`,
    /^SMCCC: SOC_ID: (?<value>ID = \S+ Revision = \S+|ARCH_SOC_ID not implemented, skipping \.\.\.\.)$/,
    'SMCCC: SOC_ID: ID = jep106:0070:01c5 Revision = 0x00000200',
  ),
  property(
    'scm_convention',
    'drivers/firmware/qcom/qcom_scm.c __get_convention',
    /^qcom_scm: convention: (?<value>(?:smc arm 64|smc arm 32|smc legacy|unknown)(?: \(forced\))?)$/,
    'qcom_scm: convention: smc arm 64',
  ),
  property(
    'iommu_domain_type',
    'drivers/iommu/iommu.c iommu_subsys_init',
    /^iommu: Default domain type: (?<value>\S+)(?: \(set via kernel command line\))? ?$/,
    'iommu: Default domain type: Translated',
  ),
  property(
    'iommu_invalidation',
    'drivers/iommu/iommu.c iommu_subsys_init',
    /^iommu: DMA domain TLB invalidation policy: (?<value>\w+) mode.*$/,
    'iommu: DMA domain TLB invalidation policy: strict mode',
  ),
  property(
    'pd_mapper',
    'drivers/soc/qcom/qcom_pd_mapper.c qcom_pdm_start',
    /^PDM: (?<value>no support for the platform, userspace daemon might be required\.)$/,
    'PDM: no support for the platform, userspace daemon might be required.',
  ),
  lineMessage(
    'initcall',
    'init/main.c do_initcall_debug',
    /^initcall (?<function>[^\s+]+)\S*(?: \[\S+\])? returned (?<errno>-?\d{1,10}) after (?<us>\d{1,12}) usecs.*$/,
    'initcall qcom_scm_init+0x0/0x38 returned 0 after 2113 usecs',
    (told) => ({
      kind: 'kernel.initcall_returned',
      subject: null,
      payload: {
        function: told['function'] ?? '',
        errno: Number(told['errno']),
        duration_us: Number(told['us']),
      },
    }),
  ),
  cpuFailure(
    'arch/arm64/kernel/psci.c cpu_psci_cpu_boot',
    /^psci: failed to boot CPU(?<cpu>\d{1,4}) \((?<errno>-?\d{1,4})\)$/,
    'psci: failed to boot CPU3 (-95)',
  ),
  // Each CPU is the first word of its line.
  {
    ...cpuFailure(
      'arch/arm64/kernel/smp.c __cpu_up',
      /^CPU(?<cpu>\d{1,4}): failed to boot: (?<errno>-?\d{1,4})$/,
      'CPU3: failed to boot: -95',
    ),
    place: 'text',
    firstWord: 'failed',
  },
  property(
    'kernel_image',
    'arch/arm64/kernel/setup.c setup_arch',
    /^\[Firmware Bug\]: Kernel image (?<value>misaligned at boot), please fix your bootloader!$/,
    '[Firmware Bug]: Kernel image misaligned at boot, please fix your bootloader!',
  ),
  property(
    'arch_timer',
    'drivers/clocksource/arm_arch_timer.c arch_timer_banner',
    /^arch_timer: cp15 (?:and mmio )?timer(?:\(s\))? running at \d+\.\d+MHz \((?<value>virt|phys)(?:\/(?:virt|phys))?\)\.$/,
    'arch_timer: cp15 and mmio timer(s) running at 19.20MHz (phys/virt).',
  ),
  MEMORY_POOL,
  ...RESERVED_MEMORY,
];
