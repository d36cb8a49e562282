/** A call as its request tells it: fields of `smc.requested`. */
export interface SmcCall {
  readonly function_id: number;
  readonly service: number;
  readonly command: number;
  readonly arg_count: number;
  readonly arg0: bigint | null;
  readonly arg1: bigint | null;
  readonly arg2: bigint | null;
  readonly arg3: bigint | null;
  readonly arg4: bigint | null;
  readonly arg5: bigint | null;
}
