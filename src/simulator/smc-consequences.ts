import { callErrno } from '../events/families/smc.ts';
import { SMC_COMMAND_NAME, splitBridgeAddress } from '../soc/smc-command.ts';
import type { Recording } from './recording.ts';
import type { SmcCall, SmcOutcome } from './smc-call.ts';

const PAGE_MASK = ~0xfffn;

/**
 * What a call that came back means for the machine, as events caused by its return: the same ones, in the same
 * order, as an importer makes of a traced call, so that recorded and simulated boots can be compared.
 */
export function tellConsequences(
  recording: Recording,
  call: SmcCall,
  outcome: SmcOutcome,
  cause: number,
  details: { readonly tableEntries: number | null },
): void {
  const about = { agent: 'trustzone', subject: call.subject, cause };
  const [first = 0n, second = 0n, third = 0n] = call.args;
  const [result0, result1, result2] = outcome.results;
  const errno = callErrno({
    function_id: call.functionId,
    transport_error: 0,
    status: outcome.status,
    result0,
  });
  const pasId = Number(first);
  switch (call.name) {
    case SMC_COMMAND_NAME.initImage:
    case SMC_COMMAND_NAME.memSetup:
    case SMC_COMMAND_NAME.authAndReset:
    case SMC_COMMAND_NAME.shutdown:
    case SMC_COMMAND_NAME.getResourceTable:
      if (errno !== 0) {
        recording.emit('pas.refused', about, { pas_id: pasId, call: call.name, errno });
        return;
      }
      break;
    default:
      if (outcome.status !== 0n || result0 !== 0n) return;
  }
  switch (call.name) {
    case SMC_COMMAND_NAME.initImage:
      recording.emit('pas.image_initialised', about, { pas_id: pasId, metadata_pa: Number(second) });
      break;
    case SMC_COMMAND_NAME.memSetup:
      recording.emit('pas.memory_set_up', about, { pas_id: pasId, pa: Number(second), size: Number(third) });
      break;
    case SMC_COMMAND_NAME.authAndReset:
      recording.emit('pas.authenticated', about, { pas_id: pasId });
      break;
    case SMC_COMMAND_NAME.shutdown:
      recording.emit('pas.shut_down', about, { pas_id: pasId });
      break;
    case SMC_COMMAND_NAME.getResourceTable:
      recording.emit('pas.resource_table_returned', about, {
        pas_id: pasId,
        size: Number(result2),
        entry_count: details.tableEntries,
      });
      break;
    case SMC_COMMAND_NAME.shmBridgeEnable:
      recording.emit('shm_bridge.enabled', about, {});
      break;
    case SMC_COMMAND_NAME.shmBridgeCreate:
      recording.emit('shm_bridge.created', about, {
        handle: result1,
        pa: splitBridgeAddress(first).address,
        size: Number(third & PAGE_MASK),
        ns_permissions: Number(first & 7n),
        s_permissions: Number(second & 7n),
      });
      break;
    case SMC_COMMAND_NAME.shmBridgeDelete:
      recording.emit('shm_bridge.deleted', about, { handle: first });
      break;
    default:
      break;
  }
}
