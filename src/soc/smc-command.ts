import { renderSize } from '../base/size.ts';
import { hex } from '../base/word.ts';
import { renderPasId } from './pas-id.ts';
import { decodeSmcFunction, SMC_OWNER } from './smc-function.ts';

/**
 * What an argument means. It decides how the argument is printed and how two boots compare it:
 * a `buffer` comes from a pool or heap and a `handle` from a counter, so both differ from boot to boot
 * without meaning anything; a `region` is a fixed carveout and means a lot.
 */
export type SmcArgumentKind =
  | 'pas-id'
  | 'buffer'
  | 'region'
  | 'region-or-buffer-with-permissions'
  | 'size'
  | 'size-with-vm-count'
  | 'handle'
  | 'register'
  | 'call-id'
  | 'number';

export interface SmcArgument {
  readonly name: string;
  readonly kind: SmcArgumentKind;
}

export interface SmcCommand {
  readonly owner: number;
  readonly service: number;
  readonly command: number;
  /** Service and command as qcom_scm.h spells them, without the QCOM_SCM prefix. */
  readonly name: string;
  readonly arguments: readonly SmcArgument[];
  /** What the results x1, x2 and x3 mean, where they mean anything. */
  readonly results: readonly (SmcArgument | undefined)[];
}

const SIP = SMC_OWNER.sip;

function command(
  owner: number,
  service: number,
  commandId: number,
  name: string,
  ...args: readonly `${string}:${SmcArgumentKind}`[]
): SmcCommand {
  return {
    owner,
    service,
    command: commandId,
    name,
    arguments: args.map(parseArgument),
    results: (RESULTS[name] ?? []).map((spec) => (spec === null ? undefined : parseArgument(spec))),
  };
}

function parseArgument(spec: `${string}:${SmcArgumentKind}`): SmcArgument {
  const [name = '', kind = 'number'] = spec.split(':');
  return { name, kind: kind as SmcArgumentKind };
}

/** Results that have a meaning of their own (qcom_scm.c, the wrapper of each command). */
const RESULTS: Readonly<Record<string, readonly (`${string}:${SmcArgumentKind}` | null)[]>> = {
  INFO_IS_CALL_AVAIL: ['available:number'],
  INFO_QSEECOM_VERSION: ['version:number'],
  IO_READ: ['value:number'],
  PAS_IS_SUPPORTED: ['supported:number'],
  PAS_GET_RSCTABLE: [null, 'reason:number', 'table_size:size'],
  SHM_BRIDGE_CREATE: [null, 'handle:handle'],
  WAITQ_GET_INFO: ['wait_queues:number', 'interrupt:number'],
  WAITQ_GET_WQ_CTX: ['wait_queue:number', 'flags:number', 'more_pending:number'],
};

/** Names of the commands that the code itself asks about. */
export const SMC_COMMAND_NAME = {
  initImage: 'PAS_INIT_IMAGE',
  memSetup: 'PAS_MEM_SETUP',
  authAndReset: 'PAS_AUTH_AND_RESET',
  shutdown: 'PAS_SHUTDOWN',
  getResourceTable: 'PAS_GET_RSCTABLE',
  shmBridgeEnable: 'SHM_BRIDGE_ENABLE',
  shmBridgeCreate: 'SHM_BRIDGE_CREATE',
  shmBridgeDelete: 'SHM_BRIDGE_DELETE',
} as const;

/**
 * Every command that the boot path issues.
 * Source: drivers/firmware/qcom/qcom_scm.h and the wrappers in qcom_scm.c, Linux 7.2.
 */
const SMC_COMMANDS: readonly SmcCommand[] = [
  command(SMC_OWNER.arch, 0x00, 0x00, 'SMCCC_VERSION'),
  command(SMC_OWNER.standard, 0x00, 0x00, 'PSCI_VERSION'),
  command(SMC_OWNER.standard, 0x00, 0x03, 'PSCI_CPU_ON', 'cpu:number', 'entry:register', 'context:number'),
  command(SMC_OWNER.standard, 0x00, 0x06, 'PSCI_MIGRATE_INFO_TYPE'),
  command(SMC_OWNER.standard, 0x00, 0x0a, 'PSCI_FEATURES', 'function:number'),
  command(SMC_OWNER.vendorHypervisor, 0xff, 0x01, 'HYPERVISOR_UID'),
  command(SIP, 0x01, 0x01, 'BOOT_SET_ADDR', 'flags:number', 'address:register'),
  command(SIP, 0x01, 0x02, 'BOOT_TERMINATE_PC', 'flags:number'),
  command(SIP, 0x01, 0x09, 'BOOT_SDI_CONFIG', 'disable_watchdog_debug:number', 'enable_sdi:number'),
  command(SIP, 0x01, 0x0a, 'BOOT_SET_REMOTE_STATE', 'state:number', 'id:number'),
  command(SIP, 0x01, 0x10, 'BOOT_SET_DLOAD_MODE', 'mode:number', 'unused:number'),
  command(SIP, 0x01, 0x11, 'BOOT_SET_ADDR_MC', 'address:register'),
  command(SIP, 0x02, 0x01, SMC_COMMAND_NAME.initImage, 'pas_id:pas-id', 'metadata:buffer'),
  command(SIP, 0x02, 0x02, SMC_COMMAND_NAME.memSetup, 'pas_id:pas-id', 'base:region', 'size:size'),
  command(SIP, 0x02, 0x05, SMC_COMMAND_NAME.authAndReset, 'pas_id:pas-id'),
  command(SIP, 0x02, 0x06, SMC_COMMAND_NAME.shutdown, 'pas_id:pas-id'),
  command(SIP, 0x02, 0x07, 'PAS_IS_SUPPORTED', 'pas_id:pas-id'),
  command(SIP, 0x02, 0x0a, 'PAS_MSS_RESET', 'assert:number', 'unused:number'),
  // Five arguments: the trace shows the address of the extended-argument buffer in place of the fourth.
  command(
    SIP,
    0x02,
    0x21,
    SMC_COMMAND_NAME.getResourceTable,
    'pas_id:pas-id',
    'input:buffer',
    'input_size:size',
    'extended:buffer',
    'unused:number',
  ),
  command(SIP, 0x05, 0x01, 'IO_READ', 'address:register'),
  command(SIP, 0x05, 0x02, 'IO_WRITE', 'address:register', 'value:number'),
  command(SIP, 0x06, 0x01, 'INFO_IS_CALL_AVAIL', 'call:call-id'),
  command(SIP, 0x06, 0x03, 'INFO_QSEECOM_VERSION', 'feature:number'),
  command(SIP, 0x0c, 0x02, 'MP_RESTORE_SEC_CFG', 'device:number', 'spare:number'),
  command(SIP, 0x0c, 0x03, 'MP_IOMMU_SECURE_PTBL_SIZE', 'spare:number'),
  command(SIP, 0x0c, 0x04, 'MP_IOMMU_SECURE_PTBL_INIT', 'address:buffer', 'size:size', 'spare:number'),
  command(SIP, 0x0c, 0x05, 'MP_IOMMU_SET_CP_POOL_SIZE', 'size:size', 'spare:number'),
  command(
    SIP,
    0x0c,
    0x08,
    'MP_VIDEO_VAR',
    'cp_start:register',
    'cp_size:size',
    'cp_nonpixel_start:register',
    'cp_nonpixel_size:size',
  ),
  command(
    SIP,
    0x0c,
    0x16,
    'MP_ASSIGN',
    'map:buffer',
    'map_size:size',
    'source_vms:buffer',
    'extended:buffer',
    'unused:number',
    'unused:number',
  ),
  command(
    SIP,
    0x0c,
    0x1b,
    'MP_CP_SMMU_APERTURE_ID',
    'context_bank:number',
    'unused:number',
    'unused:number',
    'unused:number',
  ),
  command(SIP, 0x0c, 0x1c, SMC_COMMAND_NAME.shmBridgeEnable),
  command(SIP, 0x0c, 0x1d, SMC_COMMAND_NAME.shmBridgeDelete, 'handle:handle'),
  command(
    SIP,
    0x0c,
    0x1e,
    SMC_COMMAND_NAME.shmBridgeCreate,
    'pa:region-or-buffer-with-permissions',
    'ipa:region-or-buffer-with-permissions',
    'size:size-with-vm-count',
    'vmids:number',
  ),
  command(SIP, 0x10, 0x03, 'ES_INVALIDATE_ICE_KEY', 'index:number'),
  command(SIP, 0x10, 0x04, 'ES_CONFIG_SET_ICE_KEY'),
  command(SIP, 0x10, 0x07, 'ES_DERIVE_SW_SECRET'),
  command(SIP, 0x10, 0x08, 'ES_GENERATE_ICE_KEY'),
  command(SIP, 0x10, 0x09, 'ES_PREPARE_ICE_KEY'),
  command(SIP, 0x10, 0x0a, 'ES_IMPORT_ICE_KEY'),
  command(SIP, 0x11, 0x01, 'HDCP_INVOKE'),
  command(SIP, 0x13, 0x01, 'LMH_LIMIT_PROFILE_CHANGE', 'profile:number'),
  command(SIP, 0x13, 0x10, 'LMH_LIMIT_DCVSH'),
  command(SIP, 0x15, 0x01, 'SMMU_PT_FORMAT', 'security_id:number', 'context_bank:number', 'format:number'),
  command(SIP, 0x15, 0x03, 'SMMU_CONFIG_ERRATA1', 'clients:number', 'enable:number'),
  command(SIP, 0x24, 0x02, 'WAITQ_RESUME', 'call_context:handle'),
  command(SIP, 0x24, 0x03, 'WAITQ_GET_WQ_CTX'),
  command(SIP, 0x24, 0x04, 'WAITQ_GET_INFO'),
  command(SIP, 0x28, 0x01, 'GPU_INIT_REGS', 'gpu_request:number'),
  command(SMC_OWNER.trustedOs, 0x01, 0x03, 'QSEECOM_APP_LOOKUP', 'name:buffer', 'size:size'),
  command(SMC_OWNER.trustedApp, 0x00, 0x01, 'QSEECOM_APP_SEND'),
  command(SMC_OWNER.trustedOs, 0x06, 0x01, 'SMCINVOKE_CB_RSP'),
  command(
    SMC_OWNER.trustedOs,
    0x06,
    0x02,
    'SMCINVOKE_INVOKE',
    'input:buffer',
    'input_size:size',
    'output:buffer',
    'output_size:size',
  ),
  command(SMC_OWNER.arch, 0x0f, 0x01, 'OCMEM_LOCK'),
  command(SMC_OWNER.arch, 0x0f, 0x02, 'OCMEM_UNLOCK'),
];

/**
 * Commands whose first result is an error code of the firmware: their wrappers in qcom_scm.c return
 * `ret ? : res.result[0]`, so that a driver takes any result but 0 for a failure.
 */
const REFUSES_BY_RESULT: ReadonlySet<string> = new Set([
  SMC_COMMAND_NAME.initImage,
  SMC_COMMAND_NAME.memSetup,
  SMC_COMMAND_NAME.authAndReset,
  SMC_COMMAND_NAME.shutdown,
  SMC_COMMAND_NAME.shmBridgeEnable,
  SMC_COMMAND_NAME.shmBridgeCreate,
  'PAS_MSS_RESET',
  'BOOT_SET_REMOTE_STATE',
  'MP_ASSIGN',
  'MP_VIDEO_VAR',
]);

/** The firmware's error code in the first result of a call; 0 when it has none, or the command gives none. */
export function refusalCode(functionId: number, result0: bigint): number {
  const { service, command: commandId } = decodeSmcFunction(functionId);
  const name = findSmcCommand(functionId, service, commandId)?.name;
  return name !== undefined && REFUSES_BY_RESULT.has(name) ? Number(result0 & 0x7fff_ffffn) : 0;
}

const BY_KEY = new Map<number, SmcCommand>(
  SMC_COMMANDS.map((entry) => [commandKey(entry.owner, entry.service, entry.command), entry]),
);

function commandKey(owner: number, service: number, commandId: number): number {
  return (owner << 16) | (service << 8) | commandId;
}

/**
 * The command of a call. A re-issue after INTERRUPTED has function id 1 and keeps the service and command
 * bytes of the call, so those are looked up with the usual owner.
 */
export function findSmcCommand(
  functionId: number,
  service: number,
  commandId: number,
): SmcCommand | undefined {
  const decoded = decodeSmcFunction(functionId);
  if (functionId > 0xff && (decoded.service !== service || decoded.command !== commandId)) return undefined;
  const owner = functionId > 0xff ? decoded.owner : SIP;
  return BY_KEY.get(commandKey(owner, service, commandId));
}

/** `PAS_AUTH_AND_RESET`, or `svc 0x3f cmd 0x12` for a command that is not in the table. */
export function renderSmcName(functionId: number, service: number, commandId: number): string {
  const found = findSmcCommand(functionId, service, commandId);
  return found?.name ?? `svc ${hex(service)} cmd ${hex(commandId)}`;
}

/** One argument in the form that its meaning asks for. */
export function renderSmcArgument(kind: SmcArgumentKind, value: bigint): string {
  switch (kind) {
    case 'pas-id':
      return renderPasId(Number(value));
    case 'size':
      return hex(value);
    case 'size-with-vm-count': {
      const { size, vmCount } = splitBridgeSize(value);
      return `${renderSize(size)} vms=${vmCount}`;
    }
    case 'region-or-buffer-with-permissions': {
      const { address, permissions } = splitBridgeAddress(value);
      return `${hex(address)} ${renderPermissions(permissions)}`;
    }
    case 'call-id': {
      const called = decodeSmcFunction(Number(value));
      return BY_KEY.get(commandKey(called.owner, called.service, called.command))?.name ?? hex(value);
    }
    case 'buffer':
    case 'region':
    case 'register':
    case 'handle':
    case 'number':
      return hex(value);
  }
}

/** `rwx` with dashes: bits 2:0 are R=4 W=2 X=1. */
export function renderPermissions(bits: number): string {
  return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${bits & 1 ? 'x' : '-'}`;
}

/** First and second argument of SHM_BRIDGE_CREATE: a page-aligned address with permissions in its low bits. */
export function splitBridgeAddress(value: bigint): { address: number; permissions: number } {
  return { address: Number(value & ~0xfffn & 0xf_ffff_ffff_ffffn), permissions: Number(value & 7n) };
}

/** Third argument of SHM_BRIDGE_CREATE: a page-aligned size with the number of VMs from bit 9. */
export function splitBridgeSize(value: bigint): { size: number; vmCount: number } {
  return { size: Number(value & ~0xfffn & 0xf_ffff_ffff_ffffn), vmCount: Number((value >> 9n) & 7n) };
}
