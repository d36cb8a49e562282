import { createHash } from 'node:crypto';
import { existsSync, rmSync, statSync } from 'node:fs';
import { InputError } from '../base/input-error.ts';
import { runSteps } from '../base/steps.ts';
import type { NewEvent } from '../events/catalog.ts';
import type { BootPlan } from '../simulator/boot-plan.ts';
import { simulate } from '../simulator/simulate.ts';
import type { RemoteprocStateName, SocState } from '../soc/soc-state.ts';
import { BootWriter } from '../store/boot-writer.ts';
import { closeWritten, openForWriting } from '../store/database.ts';
import { makeDerivedInSteps } from '../store/make-derived.ts';

export interface RecordRequest {
  readonly plan: BootPlan;
  readonly output: string;
  /** Name of the boot; made of the plan when left out. */
  readonly bootName?: string | undefined;
  readonly withoutTables?: boolean | undefined;
}

export interface RecordResult {
  readonly output: string;
  readonly bootId: number;
  readonly bootName: string;
  readonly eventCount: number;
  /** Virtual time of the last event. */
  readonly durationNs: number;
  /** Remote processors that run at the end, and those that were started and do not. */
  readonly up: readonly string[];
  readonly failed: readonly string[];
}

/** Simulates a boot and records it as one more boot of a history. */
export function recordBoot(request: RecordRequest): RecordResult {
  const { plan, output } = request;
  if (output === '-') throw new InputError('a history cannot go to standard output: give a file with -o');
  const isNew = !existsSync(output) || statSync(output).size === 0;
  const db = openForWriting(output, { create: true });
  let writer: BootWriter | undefined;
  try {
    const bootName = request.bootName ?? `${plan.soc.name}-${plan.mode.name}`;
    writer = BootWriter.begin(db, output, { name: bootName, origin: 'simulation' });
    const { builder } = writer;
    let durationNs = 0;
    const state = simulate(plan, sha384, (event) => {
      if (builder.isFull) writer?.flush();
      builder.append(event as NewEvent);
      durationNs = event.t_ns ?? durationNs;
    });
    writer.finish();
    if (request.withoutTables !== true) runSteps(makeDerivedInSteps(db, output));
    closeWritten(db);
    return {
      output,
      bootId: writer.bootId,
      bootName: writer.bootName,
      eventCount: builder.nextSeq - 1,
      durationNs,
      up: namesOf(state, ['running', 'attached']),
      failed: namesOf(state, ['starting', 'failed', 'crashed', 'recovering']),
    };
  } catch (error) {
    writer?.abandon();
    db.close();
    if (isNew)
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(output + suffix, { force: true });
    throw error;
  }
}

function namesOf(state: SocState, states: readonly RemoteprocStateName[]): string[] {
  return [...state.remoteprocs].filter(([, { state: now }]) => states.includes(now)).map(([name]) => name);
}

function sha384(bytes: Uint8Array): Uint8Array {
  return createHash('sha384').update(bytes).digest();
}
