/**
 * Where the behaviour of firmware is not public, the model assumes one and says so: each assumption is a named
 * policy that can be set (`--policy name=value`), listed with its source in docs/model.md.
 */
export interface PolicySpec {
  readonly values: readonly string[];
  /** The first value is taken unless somebody says otherwise. */
  readonly doc: string;
  readonly source: string;
}

export const POLICIES = {
  'metadata-needs-bridge': {
    values: ['yes', 'no'],
    doc: 'TrustZone refuses metadata and resource tables outside a live SHM bridge (EINVAL_ADDR).',
    source: 'assumption; error code not public',
  },
  'carveout-needs-bridge': {
    values: ['yes', 'no'],
    doc: 'TrustZone refuses PAS_AUTH_AND_RESET while no bridge covers the firmware (EINVAL_ADDR).',
    source: 'assumption; error code not public',
  },
  'hypervisor-metadata-pages': {
    values: ['2', '1', '4'],
    doc: 'Pages that the hypervisor bridges over metadata, whose length no argument tells.',
    source: 'shim of the recorded machine',
  },
  'hypervisor-maps': {
    values: ['region', 'image'],
    doc: 'What the hypervisor maps for a processor: its reserved region, or only what PAS_MEM_SETUP named.',
    source: 'assumption',
  },
  'mem-setup': {
    values: ['required', 'optional'],
    doc: 'TrustZone refuses PAS_AUTH_AND_RESET without PAS_MEM_SETUP.',
    source: 'OP-TEE core/pta/qcom/pas',
  },
  'init-while-running': {
    values: ['refuse', 'accept'],
    doc: 'TrustZone refuses PAS_INIT_IMAGE for a core that runs (ERROR).',
    source: 'assumption',
  },
  'assign-at-el2': {
    values: ['unsupported', 'ignore'],
    doc: 'What MP_ASSIGN answers without a hypervisor: EOPNOTSUPP, or success without effect.',
    source: 'assumption',
  },
  'shm-bridges': {
    values: ['supported', 'unsupported'],
    doc: 'Whether the firmware has SHM bridges; without, SHM_BRIDGE_ENABLE says so and nothing needs one.',
    source: 'drivers/firmware/qcom/qcom_scm.c',
  },
  'unknown-call': {
    values: ['error', 'unsupported'],
    doc: 'What firmware answers to a PAS_GET_RSCTABLE that it does not know: ERROR (EIO) or EOPNOTSUPP.',
    source: 'SMCCC: -1 for an unknown function; boards not public',
  },
  'handles-start': {
    values: ['0x1000', '0x10'],
    doc: 'First SHM-bridge handle; each next one is one more, and the lowest free one is used again.',
    source: 'firmware of the recorded machine',
  },
  'wait-queues': {
    values: ['unsupported', '1', '2'],
    doc: 'Wait queues that WAITQ_GET_INFO reports.',
    source: 'unsupported in the recorded machine; number on boards not public',
  },
  'smp2p-status': {
    values: ['set-bits', 'changed-bits'],
    doc: 'Bits that one smp2p interrupt delivers: all that are set, or those that changed.',
    source: 'recordings of Linux 7.2: `status` equals `val` in every smp2p_notify_in',
  },
  'bypass-quirk': {
    values: ['hypervisor', 'never'],
    doc: 'The hypervisor rewrites S2CR (BYPASS is stored as FAULT), which arm-smmu-qcom detects.',
    source: 'drivers/iommu/arm/arm-smmu/arm-smmu-qcom.c; not every hypervisor has it',
  },
} as const satisfies Readonly<Record<string, PolicySpec>>;

export type PolicyName = keyof typeof POLICIES;

export type Policies = Readonly<Record<PolicyName, string>>;

export function defaultPolicies(): Record<PolicyName, string> {
  return Object.fromEntries(Object.entries(POLICIES).map(([name, spec]) => [name, spec.values[0]])) as Record<
    PolicyName,
    string
  >;
}

export function isPolicyName(name: string): name is PolicyName {
  return Object.hasOwn(POLICIES, name);
}
