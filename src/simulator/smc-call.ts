import { findSmcCommand } from '../soc/smc-command.ts';
import { decodeSmcFunction } from '../soc/smc-function.ts';

/** A secure monitor call as firmware sees it: x0, x1, and all arguments, wherever they were passed. */
export interface SmcCall {
  readonly functionId: number;
  /** x1: number and kinds of the arguments. */
  readonly argInfo: number;
  readonly args: readonly bigint[];
  /** Name of the command; undefined for one that nobody knows. */
  readonly name: string | undefined;
  /** Whom it is about: a remote processor, or `scm`. */
  readonly subject: string;
  /** Seq of the event that requested it. */
  readonly request: number;
}

/** What comes back in x0 to x3. */
export interface SmcOutcome {
  /** x0, as the 64-bit register. */
  readonly status: bigint;
  readonly results: readonly [bigint, bigint, bigint];
}

/** Values of x0. Source: drivers/firmware/qcom/qcom_scm.h. */
export const STATUS = {
  ok: 0n,
  interrupted: 1n,
  waitQueueSleep: 2n,
  error: -1n,
  invalidArgument: -2n,
  invalidAddress: -3n,
  notSupported: -4n,
  outOfMemory: -5n,
  busy: -12n,
} as const;

export function outcome(status: bigint, result0 = 0n, result1 = 0n, result2 = 0n): SmcOutcome {
  return { status: BigInt.asUintN(64, status), results: [result0, result1, result2] };
}

export function succeeded({ status }: SmcOutcome): boolean {
  return status === 0n;
}

export function commandName(functionId: number): string | undefined {
  const { service, command } = decodeSmcFunction(functionId);
  return findSmcCommand(functionId, service, command)?.name;
}
