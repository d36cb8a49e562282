import type { SmcConduit } from '../conduit.ts';
import type { Steps } from '../scheduler.ts';
import { commandName } from '../smc-call.ts';
import { tellSmcRequest, tellSmcReturn } from '../smc-events.ts';
import type { World } from '../world.ts';

const PSCI_VERSION = 0x8400_0000;
const PSCI_CPU_ON = 0xc400_0003;
const PSCI_MIGRATE_INFO_TYPE = 0x8400_0006;
const PSCI_FEATURES = 0x8400_000a;
const SMCCC_VERSION = 0x8000_0000;
const HYPERVISOR_UID = 0x8600_ff01;

/** Where secondary CPUs enter the kernel; a value of no meaning here. */
const SECONDARY_ENTRY = 0x8000_0000n;

/**
 * Calls to firmware that are no business of the secure channel manager: PSCI and the calling convention's own
 * (drivers/firmware/psci/psci.c, drivers/firmware/smccc/smccc.c). No tracepoint shows them.
 */
export class FirmwareInterface {
  private readonly world: World;
  private readonly conduit: SmcConduit;

  constructor(world: World, conduit: SmcConduit) {
    this.world = world;
    this.conduit = conduit;
  }

  /** psci_probe: versions and features. */
  *probe(): Steps {
    yield* this.call(PSCI_VERSION);
    yield* this.call(PSCI_MIGRATE_INFO_TYPE);
    yield* this.call(PSCI_FEATURES, BigInt(SMCCC_VERSION));
    yield* this.call(SMCCC_VERSION);
  }

  /** smp_init: one call for each other CPU. */
  *startCpus(): Steps {
    for (let cpu = 1; cpu < this.world.plan.soc.board.cpuCount; cpu++) {
      yield* this.call(PSCI_CPU_ON, BigInt(cpu) << 8n, SECONDARY_ENTRY, 0n);
    }
  }

  /** qcom_scm_gunyah_wdt_init: asks a hypervisor who it is. What Linux does with PAS does not depend on it. */
  *askHypervisor(): Steps {
    yield* this.call(HYPERVISOR_UID);
  }

  private *call(functionId: number, ...args: readonly bigint[]): Steps {
    const { recording } = this.world;
    const request = tellSmcRequest(recording, { agent: 'linux', subject: 'psci' }, { functionId, args });
    const name = commandName(functionId);
    const outcome = yield* this.conduit.smc({
      functionId,
      argInfo: 0,
      args,
      name,
      subject: 'psci',
      request,
    });
    const answer = { agent: 'trustzone', subject: 'psci', cause: request };
    tellSmcReturn(recording, answer, functionId, outcome);
  }
}
