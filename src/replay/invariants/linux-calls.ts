import type { PayloadOf } from '../../events/catalog.ts';
import { findSmcCommand } from '../../soc/smc-command.ts';
import { decodeSmcFunction, SMC_REISSUE_FUNCTION_ID } from '../../soc/smc-function.ts';
import { type BootView, type LinuxCall, linuxCall } from './boot-view.ts';
import type { Report, Watch } from './invariant.ts';

/** Name of a command of TrustZone; undefined for one that nobody knows, and for a re-issue. */
export function callName(functionId: number): string | undefined {
  if (functionId === SMC_REISSUE_FUNCTION_ID) return undefined;
  const { service, command } = decodeSmcFunction(functionId);
  return findSmcCommand(functionId, service, command)?.name;
}

/** First argument of a PAS call. */
export function pasIdOf({ arg0 }: PayloadOf<'smc.requested'>): number {
  return Number(arg0 ?? 0n);
}

type OnCall = (call: LinuxCall, boot: BootView, report: Report, seq: number) => void;

/** A call of Linux when it is made. */
export function whenLinuxCalls(name: string, check: OnCall): Watch {
  return {
    'smc.requested': (event, boot, report) => {
      if (event.agent === 'linux' && callName(event.payload.function_id) === name)
        check(linuxCall(event), boot, report, event.seq);
    },
  };
}

/**
 * A call of Linux when it reaches TrustZone: at once with Linux at EL2, and when the hypervisor forwards it with
 * Linux at EL1, so that what the hypervisor has prepared is there.
 */
export function whenTrustZoneGets(name: string, check: OnCall): Watch {
  const onCall = whenLinuxCalls(name, (call, boot, report, seq) => {
    if (boot.state.exceptionLevel === 2) check(call, boot, report, seq);
  });
  return {
    ...onCall,
    'smc.forwarded': (event, boot, report) => {
      if (callName(event.payload.function_id) !== name) return;
      const call = boot.latestCall(event.payload.function_id);
      if (call !== undefined) check(call, boot, report, event.seq);
    },
  };
}
