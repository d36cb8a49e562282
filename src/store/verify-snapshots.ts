import { isDeepStrictEqual } from 'node:util';
import type Database from 'better-sqlite3';
import { counted } from '../base/count.ts';
import { InputError } from '../base/input-error.ts';
import { applyEvent } from '../events/catalog.ts';
import { Replay } from '../replay/replay.ts';
import type { LiveMapping, LiveMappings } from '../soc/live-mappings.ts';
import { initialSocState, type SocState } from '../soc/soc-state.ts';
import { LogReader } from './boot-reader.ts';
import type { Inspection, VerifiedPlace } from './inspection.ts';
import { SnapshotReader } from './snapshots.ts';

/** Checks that every snapshot can be restored, with all its parts. */
export function verifySnapshots(
  db: Database.Database,
  file: string,
  bootIds: Iterable<number>,
  inspection: Inspection,
): void {
  const snapshots = new SnapshotReader(db, file);
  for (const bootId of bootIds) {
    for (const seq of snapshots.seqs(bootId)) {
      inspection.checked.snapshots++;
      restoring(placeOf(bootId, seq), inspection, () => touchAll(snapshots.stateBefore(bootId, seq).state));
    }
  }
  const { passedOverCount } = snapshots;
  if (passedOverCount > 0)
    inspection.note(
      `${counted(passedOverCount, 'snapshot')} of another version of trace ${passedOverCount === 1 ? 'was' : 'were'} not looked at; \`trace index\` makes them again`,
    );
}

/**
 * Holds what snapshots and columns say against what applying the events one by one does: at each snapshot, and where
 * a boot ends.
 */
export function verifyReplay(db: Database.Database, file: string, inspection: Inspection): void {
  const log = new LogReader(db, file);
  const snapshots = new SnapshotReader(db, file);
  for (const { bootId, eventCount } of log.boots()) {
    const folded = new Replay(log.lazyChunks(bootId));
    const applied = initialSocState();
    const stops = [...snapshots.seqs(bootId), eventCount];
    let next = 0;
    for (const event of log.events(bootId)) {
      applyEvent(applied, event);
      if (event.seq !== stops[next]) continue;
      const place = placeOf(bootId, event.seq);
      restoring(place, inspection, () => {
        const { seq, state } = snapshots.stateBefore(bootId, event.seq);
        if (seq === event.seq)
          compare({ ...place, place: `the snapshot ${place.place}` }, state, applied, inspection);
      });
      folded.advanceTo(event.seq);
      compare({ ...place, place: `the fold of columns ${place.place}` }, folded.state, applied, inspection);
      inspection.checked.states++;
      inspection.onProgress(`states of boot ${bootId}`, event.seq);
      while (stops[next] === event.seq) next++;
    }
  }
}

function placeOf(boot: number, seq: number): VerifiedPlace {
  return { place: `after event ${seq} of boot ${boot}`, table: 'snapshot', key: { boot, seq } };
}

function compare(place: VerifiedPlace, found: SocState, applied: SocState, inspection: Inspection): void {
  const parts = stateDifference(found, applied);
  if (parts.length > 0)
    inspection.find(place, `has other ${parts.join(', ')} than its events, applied one by one, bring about`);
}

function restoring(place: VerifiedPlace, inspection: Inspection, restore: () => void): void {
  try {
    inspection.reading(place, restore);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    inspection.find({ ...place, place: `the snapshot ${place.place}` }, error.message);
  }
}

function touchAll({ tableMemory, mappings }: SocState): void {
  for (const number of tableMemory.pageNumbers()) tableMemory.page(number);
  // Looks at each of them, and neither puts them in order nor makes objects: there are hundreds of thousands a snapshot.
  mappings.totals();
}

/** Parts of the state that two states do not have alike. */
export function stateDifference(a: SocState, b: SocState): (keyof SocState)[] {
  const parts = Object.keys(a) as (keyof SocState)[];
  return parts.filter((part) => !isSame(part, a, b));
}

function isSame(part: keyof SocState, a: SocState, b: SocState): boolean {
  switch (part) {
    case 'tableMemory':
      return a.tableMemory.equals(b.tableMemory);
    case 'mappings':
      // What is kept to be used again is no part of what is mapped.
      return areSameMappings(a.mappings, b.mappings);
    default:
      return isDeepStrictEqual(a[part], b[part]);
  }
}

/** One by one: of a long boot hundreds of thousands are live, and all of both at once would be a hundred megabytes. */
function areSameMappings(a: LiveMappings, b: LiveMappings): boolean {
  if (a.size !== b.size) return false;
  const ofB = b[Symbol.iterator]();
  for (const mapping of a) {
    const other = ofB.next();
    if (other.done === true || !isSameMapping(mapping, other.value)) return false;
  }
  return true;
}

function isSameMapping(a: LiveMapping, b: LiveMapping): boolean {
  return (
    a.iova === b.iova &&
    a.size === b.size &&
    a.pa === b.pa &&
    a.since === b.since &&
    a.since_t_ns === b.since_t_ns &&
    a.space === b.space &&
    a.subject === b.subject &&
    a.protection === b.protection
  );
}
