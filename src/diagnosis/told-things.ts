/** A call of Linux to the secure world. */
export interface Call {
  readonly seq: number;
  readonly name: string;
  readonly subject: string | null;
  readonly args: readonly (bigint | null)[];
  readonly tNs: number | null;
  /** Null while it has not returned. */
  returned: CallReturn | null;
}

export interface CallReturn {
  readonly seq: number;
  readonly errno: number;
  readonly status: bigint;
  readonly results: readonly [bigint, bigint, bigint];
}

/** Memory that is mapped or bridged for a time. */
export interface Lifetime {
  readonly seq: number;
  /** Seq of the event that ended it; null while it stands. */
  ended: number | null;
}

export interface MappingLife extends Lifetime {
  readonly subject: string | null;
  readonly iova: number;
  readonly pa: number;
  readonly size: number;
  readonly protection: number | null;
}

export interface BridgeLife extends Lifetime {
  readonly handle: bigint;
  readonly pa: number;
  readonly size: number;
}

export interface Region {
  readonly name: string;
  readonly pa: number;
  readonly size: number;
  /** Event that told of it; null where only the SoC's device tree does. */
  readonly seq: number | null;
}

/** A fact and the event that told it. */
export interface Told<T> {
  readonly value: T;
  readonly seq: number;
}
