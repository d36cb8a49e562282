import type { PlanRequest } from '../../src/app/plan-boot.ts';
import type { BootEvent } from '../../src/events/catalog.ts';
import { callErrno, renderSmcReturn } from '../../src/events/families/smc.ts';
import { renderSmcName } from '../../src/soc/smc-command.ts';
import { isScmCall } from '../../src/soc/smc-function.ts';
import { simulated } from './simulated-boot.ts';

/** What one sees of a simulated boot, in short. */
export interface BootOutcome {
  /** Calls about remote processors and other clients, each with its error if it had one. */
  readonly calls: readonly string[];
  /** The first of them that failed, with what it returned; null where none did. */
  readonly firstFailure: string | null;
  /** Warnings and worse, the first two of each kind. */
  readonly lines: readonly string[];
  readonly hiddenLines: number;
  /** State of each processor, and how the boot ended where that was not well. */
  readonly end: string;
}

/** Calls that fail in every boot, for nobody answers them. */
const USUALLY_FAILS = new Set(['WAITQ_GET_INFO', 'SMCINVOKE_INVOKE', 'INFO_QSEECOM_VERSION']);

const SHOWN_OF_A_KIND = 2;
const CALLS_SHOWN = 30;
const WARNING = 4;

export function outcomeOf(request: PlanRequest): BootOutcome {
  const { events, state } = simulated(request);
  const { lines, hiddenLines } = complaints(events);
  const states = [...state.remoteprocs].map(([name, processor]) => `${name} ${processor.state ?? 'unknown'}`);
  const last = events.at(-1);
  const outcome = last?.kind === 'boot.finished' ? last.payload.outcome : 'unfinished';
  return {
    ...callsOf(events),
    lines,
    hiddenLines,
    end: [...states, ...(outcome === 'done' ? [] : [outcome])].join(', ') || 'no processor',
  };
}

interface Call {
  readonly name: string;
  errno: number | null;
  /** How often it was issued: more than once where firmware interrupted it, was busy or let it sleep. */
  requests: number;
}

function callsOf(events: readonly BootEvent[]): Pick<BootOutcome, 'calls' | 'firstFailure'> {
  const shown: Call[] = [];
  const open = new Map<number, Call>();
  let firstFailure: string | null = null;
  for (const event of events) {
    if (event.kind === 'smc.requested' && event.agent === 'linux' && isScmCall(event.payload.function_id)) {
      const again = event.cause === null ? undefined : open.get(event.cause);
      if (again !== undefined) {
        again.requests++;
        continue;
      }
      const { function_id, service, command } = event.payload;
      const call = { name: renderSmcName(function_id, service, command), errno: null, requests: 1 };
      open.set(event.seq, call);
      if (event.subject !== 'scm' || call.name === 'MP_ASSIGN') shown.push(call);
    }
    if (event.kind !== 'smc.returned' || event.cause === null) continue;
    const call = open.get(event.cause);
    if (call === undefined) continue;
    call.errno = callErrno(event.payload);
    if (call.errno !== 0 && !USUALLY_FAILS.has(call.name))
      firstFailure ??= `${call.name} ${renderSmcReturn(event.payload)}`;
  }
  const calls = collapsed(shown.map(renderCall));
  const rest = calls.length - CALLS_SHOWN;
  return { calls: rest > 0 ? [...calls.slice(0, CALLS_SHOWN), `… ${rest} more`] : calls, firstFailure };
}

function renderCall({ name, errno, requests }: Call): string {
  const result = errno === null ? ' (no answer)' : errno === 0 ? '' : ` ${errno}`;
  return `${name}${result}${requests > 1 ? ` (${requests} requests)` : ''}`;
}

function collapsed(texts: readonly string[]): string[] {
  const runs: { text: string; times: number }[] = [];
  for (const text of texts) {
    const last = runs.at(-1);
    if (last?.text === text) last.times++;
    else runs.push({ text, times: 1 });
  }
  return runs.map(({ text, times }) => (times === 1 ? text : `${text} ×${times}`));
}

function complaints(events: readonly BootEvent[]): Pick<BootOutcome, 'lines' | 'hiddenLines'> {
  const seen = new Map<string, number>();
  const lines: string[] = [];
  let hiddenLines = 0;
  for (const event of events) {
    if (event.kind !== 'log.printed' || (event.payload.level ?? WARNING) > WARNING) continue;
    const { text } = event.payload;
    const kind = text.replace(/0x[0-9a-f]+|#?\d+/g, '#');
    const times = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, times);
    if (times <= SHOWN_OF_A_KIND) lines.push(text);
    else hiddenLines++;
  }
  return { lines, hiddenLines };
}
