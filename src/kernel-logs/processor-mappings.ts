/** Something that a task does and that says which processor it is busy with. */
export interface Claim {
  readonly subject: string;
  /**
   * `attach`: it attaches the device. `prepare`: it asks for the resource table. `start`: it hands over metadata or memory. `released`:
   * the core runs. `stop`: it is shut down. `detach`: its device goes back to the default domain.
   */
  readonly step: 'attach' | 'prepare' | 'start' | 'released' | 'stop' | 'detach';
}

/** What tasks do next, where the lines that follow can be looked at. */
export interface ClaimsAhead {
  /** The next claim of a task; undefined where none follows soon. */
  next(task: string): Claim | undefined;
}

/** Whose mapping it is was not found out. */
const UNKNOWN = '';

/** Whether what a task maps by and by is still for the processor of its last claim. */
function isUnderWay(claim: Claim | undefined): claim is Claim {
  return claim?.step === 'attach' || claim?.step === 'prepare' || claim?.step === 'start';
}

/**
 * Whom identity mappings are for. The trace events name neither device nor domain, but everything that is mapped
 * for a processor is mapped identically, by the task that boots it (qcom_pas_map_carveout, rproc_handle_devmem). What a
 * trace does not show, because it begins later or lost events, is told by what the task does next; where that does not tell
 * either, the mapping is nobody's.
 */
export class ProcessorMappings {
  private readonly claims: ReadonlyMap<string, Claim>;
  private readonly ownerOf: (address: number) => string | undefined;
  /**
   * By first IOVA: processors share registers, each with a mapping in a space of its own. How often, because a
   * mapping that fails at an address that is taken is undone again, and leaves what was there. None left is
   * remembered too: a stop that fails and is tried again unmaps what is gone.
   */
  private readonly countsByIova = new Map<number, Map<string, number>>();

  /** `claims`: the last of each task. `ownerOf`: whose carveout an address is in. */
  constructor(claims: ReadonlyMap<string, Claim>, ownerOf: (address: number) => string | undefined) {
    this.claims = claims;
    this.ownerOf = ownerOf;
  }

  /** A task maps. The processor that it does so for, or null. */
  add(task: string, iova: number, pa: number, ahead: ClaimsAhead | undefined): string | null {
    if (iova !== pa) return null;
    const processor = this.ownerOf(iova) ?? this.mapperOf(task, ahead) ?? UNKNOWN;
    const counts = this.countsByIova.get(iova);
    if (counts === undefined) this.countsByIova.set(iova, new Map([[processor, 1]]));
    else counts.set(processor, (counts.get(processor) ?? 0) + 1);
    return processor === UNKNOWN ? null : processor;
  }

  /**
   * A task unmaps, which need not be the one that mapped. The processor whose mapping ends, or ended before; null
   * where several have one and the task is busy with none of them.
   */
  end(task: string, iova: number, ahead: ClaimsAhead | undefined): string | null {
    const counts = this.countsByIova.get(iova);
    const last = this.claims.get(task);
    const owner = this.ownerOf(iova);
    if (counts === undefined && owner === undefined && last?.step !== 'stop') return null;
    const processor = owner ?? this.unmapperOf(task, counts, last, ahead) ?? UNKNOWN;
    const count = counts?.get(processor);
    if (count !== undefined) counts?.set(processor, Math.max(0, count - 1));
    return processor === UNKNOWN ? null : processor;
  }

  private mapperOf(task: string, ahead: ClaimsAhead | undefined): string | undefined {
    const last = this.claims.get(task);
    if (isUnderWay(last)) return last.subject;
    // Of a start whose beginning is missing, what was mapped before comes to light where the image is handed over. What
    // follows that alone, the carveout, is bridged as well, and of the bridge nothing tells whose it is.
    const next = ahead?.next(task);
    return next?.step === 'start' ? next.subject : undefined;
  }

  private unmapperOf(
    task: string,
    counts: ReadonlyMap<string, number> | undefined,
    last: Claim | undefined,
    ahead: ClaimsAhead | undefined,
  ): string | undefined {
    const has = (subject: string | undefined) => subject !== undefined && counts?.has(subject) === true;
    if (last?.step === 'stop') {
      // What was mapped before the trace began is theirs where they are at it before and after.
      const isTheirs = has(last.subject) || ahead?.next(task)?.subject === last.subject;
      return isTheirs ? last.subject : undefined;
    }
    const next = ahead?.next(task);
    // A stop ends with the device going back to its default domain.
    if (next?.step === 'attach' && has(next.subject)) return next.subject;
    if (last !== undefined && has(last.subject)) return last.subject;
    return isUnderWay(last) || counts === undefined ? undefined : onlyOneLeft(counts);
  }
}

function onlyOneLeft(counts: ReadonlyMap<string, number>): string | undefined {
  let only: string | undefined;
  for (const [processor, count] of counts) {
    if (count === 0) continue;
    if (only !== undefined) return undefined;
    only = processor;
  }
  return only;
}
