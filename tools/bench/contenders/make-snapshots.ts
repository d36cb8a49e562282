// FILE: makes the snapshots of a history, whose tables are there.
import { runSteps } from '../../../src/base/steps.ts';
import { closeWritten, openForWriting } from '../../../src/store/database.ts';
import { makeSnapshotsInSteps } from '../../../src/store/snapshots.ts';
import { argument, Phase, printReport } from './phase.ts';

const file = argument(0);
const phase = new Phase();
const db = openForWriting(file, { create: false });
const { count, byteCount } = phase.time(() => runSteps(makeSnapshotsInSteps(db, file)));
closeWritten(db);
printReport({ snapshots: count, snapshot_bytes: byteCount, phase_cpu_ms: phase.cpuMs });
