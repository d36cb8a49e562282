import { isScmCall } from '../soc/smc-function.ts';
import type { Hypervisor } from './hypervisor.ts';
import { platformAnswer } from './platform-firmware.ts';
import type { Steps } from './scheduler.ts';
import type { SmcCall, SmcOutcome } from './smc-call.ts';
import type { TrustZone } from './trustzone.ts';

/** Where an `smc` instruction of Linux goes: straight to EL3, or into the hypervisor's trap. */
export class SmcConduit {
  private readonly trustzone: TrustZone;
  private readonly hypervisor: Hypervisor | null;

  constructor(trustzone: TrustZone, hypervisor: Hypervisor | null) {
    this.trustzone = trustzone;
    this.hypervisor = hypervisor;
  }

  /** Entries of the resource table that came back last; null for another call. */
  get tableEntries(): number | null {
    return this.trustzone.tableEntries;
  }

  *smc(call: SmcCall): Steps<SmcOutcome> {
    if (!isScmCall(call.functionId)) return platformAnswer(call, this.hypervisor?.isGunyah === true);
    return yield* this.hypervisor === null ? this.trustzone.handle(call) : this.hypervisor.trap(call);
  }
}
