import { InputError } from '../base/input-error.ts';
import type { BootEvent } from '../events/catalog.ts';
import { findWalkEvidence, WALK_EVIDENCE_KINDS, type WalkEvidence } from '../replay/walk-evidence.ts';
import { type WalkReport, walkReport } from '../replay/walk-report.ts';
import { type WalkVerdict, walkVerdict } from '../replay/walk-verdict.ts';
import { describeContextBank, type RegisterText } from '../soc/context-bank-text.ts';
import type { SocState } from '../soc/soc-state.ts';
import type { Access } from '../soc/walk.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import { eventCiter } from './cite-event.ts';
import { findMoment } from './find-moment.ts';
import type { ListedEvent } from './list-events.ts';
import { type OpenHistory, openHistory } from './open-history.ts';
import { StateCursor } from './state-cursor.ts';
import { momentAt, type StateMoment } from './state-moment.ts';

export interface WalkAddressRequest {
  readonly file: string;
  readonly boot?: string | undefined;
  /** As `--at` has it; the end when it is left out. */
  readonly at?: string | undefined;
  readonly smmu?: string | undefined;
  readonly streamId: number;
  readonly iova: number;
  readonly access: Access;
}

export interface WalkedAddress {
  /** The last event that counts; null for a boot without events. */
  readonly at: StateMoment | null;
  readonly report: WalkReport;
  readonly verdict: WalkVerdict;
  readonly architecture: WalkEvidence['architecture'];
  readonly registers: readonly RegisterText[];
  /** Who wrote last: what happens to unmatched streams, each stream-match entry, the context bank, each descriptor. */
  readonly reset: ListedEvent | null;
  readonly streamWriters: readonly (ListedEvent | null)[];
  readonly bankWriter: ListedEvent | null;
  readonly descriptorWriters: readonly (ListedEvent | null)[];
  readonly mappers: readonly (ListedEvent | null)[];
}

/** Translates an address of a stream as the SMMU did at a moment of a boot. */
export function walkAddress(request: WalkAddressRequest): WalkedAddress {
  const history = openHistory(request.file);
  try {
    const boot = history.chooseBoot(request.boot);
    const seq = findMoment(history, boot, request.at);
    const state = new StateCursor(history, boot.bootId).stateAt(seq);
    checkSmmu(state, request.smmu);
    const { smmu, streamId, iova, access } = request;
    const report = walkReport(state, { ...(smmu === undefined ? {} : { smmu }), streamId, iova, access });
    const evidence = findWalkEvidence(report, evidenceUpTo(history, boot, seq));
    const cite = eventCiter(boot);
    const cited = (event: BootEvent | null | undefined) => (event ? cite(event) : null);
    return {
      at: momentAt(history, boot, seq),
      report,
      verdict: walkVerdict(report, evidence),
      architecture: evidence.architecture,
      registers: report.bank === null ? [] : describeContextBank(report.bank),
      reset: cited(evidence.reset),
      streamWriters: report.streams.map(({ since }) => cited(evidence.bySeq.get(since))),
      bankWriter: report.bank === null ? null : cited(evidence.bySeq.get(report.bank.since)),
      descriptorWriters: report.descriptors.map(({ pa }) => cited(evidence.writers.get(pa))),
      mappers: report.mappings.map(({ since }) => cited(evidence.bySeq.get(since))),
    };
  } finally {
    history.close();
  }
}

function* evidenceUpTo(history: OpenHistory, boot: BootInfo, seq: number): Generator<BootEvent> {
  for (const event of history.log.eventsOfKinds(boot.bootId, new Set(WALK_EVIDENCE_KINDS))) {
    if (event.seq > seq) return;
    yield event;
  }
}

function checkSmmu({ smmus }: SocState, wanted: string | undefined): void {
  const names = [...smmus.keys()];
  if (wanted === undefined && names.length > 1)
    throw new InputError(`events tell of ${names.length} SMMUs: say which with --smmu (${names.join(', ')})`);
  if (wanted !== undefined && names.length > 0 && !names.includes(wanted))
    throw new InputError(`no SMMU is called ${wanted}; events tell of ${names.join(', ')}`);
}
