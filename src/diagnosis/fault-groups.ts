import type { BootEvent } from '../events/catalog.ts';
import type { SocDescription } from '../soc/description.ts';
import { processorOfStream } from '../soc/stream-owner.ts';
import type { ProcessorFacts } from './processor-facts.ts';
import type { Region } from './told-things.ts';

type Faulted = Extract<BootEvent, { kind: 'smmu.faulted' }>;

/** Faults of one stream for one reason in one place: however many they are, one cause brought them about. */
export interface FaultGroup {
  readonly first: number;
  last: number;
  count: number;
  /** Messages that were left out because there were too many. */
  suppressed: number;
  /** Seqs of the first few. */
  readonly seqs: number[];
  readonly event: Faulted;
  readonly streamId: number | null;
  readonly iova: number | null;
  readonly iovaMin: number | null;
  iovaMax: number | null;
  readonly access: string | null;
  readonly reason: string | null;
  /** Remote processor that the stream is of; null where nobody is known. */
  owner: string | null;
  /** A FastRPC context bank or another device below a processor that the stream is of. */
  compute: string | null;
  /** Crash of its owner that the remoteproc core made of it. */
  crash: number | null;
}

/** What tells whose a stream is. */
export interface StreamOwners {
  readonly soc: SocDescription | undefined;
  readonly processors: ReadonlyMap<string, ProcessorFacts>;
}

const SEQS_KEPT = 5;
/** A fault and the crash that the remoteproc core reports of it are a few events apart. */
const CRASH_DISTANCE = 12;
const PAGE_GROUP = 2 ** 20;

/** Gathers faults in groups, in constant room for each group. */
export class FaultGroups {
  readonly groups: FaultGroup[] = [];
  private readonly byKey = new Map<string, FaultGroup>();
  /** The one that the last fault is in. */
  private latest: FaultGroup | undefined;

  add(event: Faulted, regions: readonly Region[]): void {
    const { type, stream_id, iova, access, reason } = event.payload;
    const region = iova === null ? undefined : regions.find(({ pa, size }) => pa <= iova && iova < pa + size);
    const place = region?.name ?? (iova === null ? '-' : Math.floor(iova / PAGE_GROUP));
    const key = `${event.subject} ${type} ${stream_id} ${reason} ${place}`;
    const known = this.byKey.get(key);
    if (known !== undefined) {
      known.count++;
      known.last = event.seq;
      this.latest = known;
      if (known.seqs.length < SEQS_KEPT) known.seqs.push(event.seq);
      if (iova !== null) known.iovaMax = Math.max(known.iovaMax ?? iova, iova);
      return;
    }
    const group: FaultGroup = {
      first: event.seq,
      last: event.seq,
      count: 1,
      suppressed: 0,
      seqs: [event.seq],
      event,
      streamId: stream_id,
      iova,
      iovaMin: iova,
      iovaMax: iova,
      access,
      reason,
      owner: null,
      compute: null,
      crash: null,
    };
    this.byKey.set(key, group);
    this.groups.push(group);
    this.latest = group;
  }

  /** The kernel says that it left out messages of faults: they are the latest group's. */
  suppress({ payload: { printer, count } }: Extract<BootEvent, { kind: 'log.suppressed' }>): void {
    if (this.latest !== undefined && printer.includes('fault')) this.latest.suppressed += count ?? 0;
  }

  /** Says whose streams they are, once the SoC and its processors are known. */
  settle(boot: StreamOwners): void {
    for (const group of this.groups) {
      const { subject } = group.event;
      const bySoc =
        boot.soc === undefined || group.streamId === null
          ? undefined
          : processorOfStream(boot.soc, group.streamId);
      const byName = subject !== null && boot.processors.has(subject) ? subject : undefined;
      group.owner = byName ?? bySoc ?? null;
      if (group.owner === null && group.streamId !== null) group.compute = computeOwner(boot, group.streamId);
      const crashes = group.owner === null ? [] : (boot.processors.get(group.owner)?.crashes ?? []);
      group.crash =
        crashes.find(
          ({ seq, payload }) => payload.type === 'mmufault' && Math.abs(seq - group.first) <= CRASH_DISTANCE,
        )?.seq ?? null;
    }
  }
}

function computeOwner({ soc }: StreamOwners, streamId: number): string | null {
  const owner = soc?.remoteprocs.find(({ computeStreams }) =>
    computeStreams.some((stream) => ((streamId ^ stream.streamId) & ~stream.mask) === 0),
  );
  return owner?.name ?? null;
}
