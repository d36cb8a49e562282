import { renderSize } from '../../base/size.ts';
import { hex } from '../../base/word.ts';
import type { BootFacts } from '../boot-facts.ts';
import { BUFFER_TOO_SMALL, LARGEST_TABLE } from '../call-starts.ts';
import { callSeqs } from '../evidence.ts';
import { ruleFamily } from '../finding.ts';
import type { Attempt, Failure } from '../processor-facts.ts';
import { CHANGE_TABLE, tableCalls, tableFault } from '../resource-table-start.ts';
import type { Call } from '../told-things.ts';

/** What qcom_scm_pas_get_rsc_table asks for first (SZ_16K). */
const FIRST_BUFFER = 0x4000n;

function tableSize(call: Call | undefined): bigint | null {
  return call?.returned?.results[2] ?? null;
}

function* withTableError(boot: BootFacts, errno: number): Generator<[Attempt, Failure]> {
  for (const attempt of boot.attempts) {
    const failure = boot.failuresIn(attempt, 'resource-table').find((found) => found.errno === errno);
    if (failure !== undefined) yield [attempt, failure];
  }
}

/** An oops while the table of a processor is fetched or read. */
function oopsAtTable(boot: BootFacts, attempt: Attempt) {
  if (attempt.outcome !== 'open' || boot.hasIommus(attempt.processor) === false) return undefined;
  const oops = boot.oopses.find(({ seq }) => seq > attempt.seq && seq < attempt.end);
  if (oops === undefined) return undefined;
  const before = boot.failuresIn(attempt).filter(({ seq }) => seq < oops.seq);
  const text = `${oops.payload.function} ${oops.payload.frames}`;
  const isElsewhere = oops.payload.function !== null && !/rproc|qcom_|scm|memcpy|rsc/.test(text);
  return before.length > 0 || isElsewhere ? undefined : oops;
}

/** The resource table that TrustZone gives, and what Linux makes of it. */
export const RESOURCE_TABLE_RULES = ruleFamily('resource table', [
  {
    id: 'rsctable-too-big',
    title: 'the resource table does not fit twice',
    severity: 'fatal',
    modes: ['F-10'],
    doc: 'TrustZone says a second time that the buffer is too small, although it is as big as it asked for: -75 EOVERFLOW.',
    source: 'domain/07 F-10; qcom_scm_pas_get_rsc_table',
    disprovedBy: 'a PAS_GET_RSCTABLE of the same start that succeeds',
    tries: CHANGE_TABLE,
    *examine(boot) {
      for (const [attempt, failure] of withTableError(boot, -75)) {
        const calls = tableCalls(boot, attempt);
        yield tableFault(boot, attempt, failure, calls, {
          sentence: `TrustZone finds its own resource table too big for ${attempt.processor} twice, the second time in a buffer of the size that it asked for`,
        });
      }
    },
  },
  {
    id: 'rsctable-exceeds-pool',
    title: 'the resource table is bigger than the TrustZone memory pool',
    severity: 'fatal',
    modes: ['F-11'],
    doc: 'TrustZone asks for a buffer that the pool (256 KiB) does not have: -12, and no second call.',
    source: 'domain/07 F-11; qcom_tzmem_alloc',
    disprovedBy: 'a second PAS_GET_RSCTABLE in the same start',
    tries: [...CHANGE_TABLE, 'raise the pool: `.max_size` of the tzmem pool in qcom_scm.c (256 KiB)'],
    *examine(boot) {
      for (const [attempt, failure] of withTableError(boot, -12)) {
        const calls = tableCalls(boot, attempt);
        const last = calls.at(-1);
        if (last?.returned?.results[1] !== BUFFER_TOO_SMALL) continue;
        yield tableFault(boot, attempt, failure, calls, {
          sentence: `the resource table of ${attempt.processor} takes ${renderSize(Number(tableSize(last) ?? 0n))}, more than the TrustZone memory pool has`,
        });
      }
    },
  },
  {
    id: 'tzmem-pool-exhausted',
    title: 'the TrustZone memory pool is exhausted',
    severity: 'fatal',
    modes: ['F-58'],
    doc: 'A buffer for the secure world cannot be had (-12) before any call is made: the pool of 256 KiB is used up, perhaps by buffers that were never freed.',
    source: 'domain/07 F-58, F-113; qcom_tzmem_alloc',
    disprovedBy: 'the call that the buffer was for is made',
    tries: [
      'look for starts before it that failed and kept their metadata: `trace sql DB "select * from memory_allocated"`',
      'raise `.max_size` of the pool in qcom_scm.c',
    ],
    *examine(boot) {
      for (const [attempt, failure] of withTableError(boot, -12)) {
        const isTold = boot.sight.isOnBefore(attempt.seq) && boot.sight.isOnAfter(failure.seq);
        if (!boot.told.calls || !isTold || tableCalls(boot, attempt).length > 0) continue;
        yield tableFault(boot, attempt, failure, [], {
          certainty: 'certain',
          sentence: `no buffer was left in the TrustZone memory pool when ${attempt.processor} wanted its resource table`,
          evidence: [attempt.seq, failure.seq],
        });
      }
    },
  },
  {
    id: 'rsctable-no-memory',
    title: 'no memory for the resource table',
    severity: 'fatal',
    stage: 'general',
    modes: ['F-11', 'F-58'],
    doc: 'The resource table could not be had: -12. The log does not tell whether the table is too big or the pool used up.',
    source: 'domain/07 F-11, F-58',
    disprovedBy: 'a trace in which PAS_GET_RSCTABLE succeeds',
    tries: [
      'record a trace with `trace_event=qcom_scm:*`: a call that answers reason 0x14 means that the table is too big',
    ],
    *examine(boot) {
      for (const [attempt, failure] of withTableError(boot, -12)) {
        if (boot.isExplained(failure.seq)) continue;
        yield tableFault(boot, attempt, failure, [], {
          certainty: 'narrowed',
          sentence: `there was no memory for the resource table of ${attempt.processor}: either it is bigger than the pool, or the pool is used up`,
        });
      }
    },
  },
  {
    id: 'rsctable-unbelievable',
    title: 'the resource table claims more than 1 GiB',
    severity: 'fatal',
    modes: ['F-12'],
    doc: 'PAS_GET_RSCTABLE succeeds with a size above 1 GiB: -7 E2BIG.',
    source: 'domain/07 F-12',
    disprovedBy: 'a size below 1 GiB in the third result of the call',
    tries: CHANGE_TABLE,
    *examine(boot) {
      for (const [attempt, failure] of withTableError(boot, -7)) {
        yield tableFault(boot, attempt, failure, tableCalls(boot, attempt), {
          sentence: `TrustZone says that the resource table of ${attempt.processor} is bigger than 1 GiB`,
        });
      }
    },
  },
  {
    id: 'rsctable-overrun',
    title: 'the resource table is bigger than its buffer, and TrustZone calls that a success',
    severity: 'system',
    modes: ['F-13'],
    doc: 'Linux copies as many bytes as the call says out of a smaller buffer, and reads past its end.',
    source: 'domain/07 F-13; qcom_scm_pas_get_rsc_table',
    disprovedBy: 'the third result of the call is not above 0x4000',
    tries: [...CHANGE_TABLE, 'bound the copy by the size of the buffer in qcom_scm_pas_get_rsc_table'],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const oops = oopsAtTable(boot, attempt);
        const call = tableCalls(boot, attempt).find(
          ({ returned }) =>
            returned?.errno === 0 &&
            returned.results[2] > FIRST_BUFFER &&
            returned.results[2] <= LARGEST_TABLE,
        );
        const isGuess = call === undefined && oops?.payload.reason === 'paging request' && !boot.told.calls;
        if (call === undefined && !isGuess) continue;
        if (call !== undefined && tableCalls(boot, attempt).length > 1) continue;
        yield tableFault(boot, attempt, undefined, call === undefined ? [] : [call], {
          certainty: call === undefined ? 'likely' : 'certain',
          sentence:
            call === undefined
              ? `Linux reads past memory right after it asked for the resource table of ${attempt.processor}`
              : `TrustZone returns a resource table of ${hex(tableSize(call) ?? 0n)} bytes for ${attempt.processor} in a buffer of 0x4000 as a success; Linux copies past its end`,
          evidence: [...callSeqs(call), oops?.seq, boot.panics[0]?.seq],
          explains: [...boot.oopses, ...boot.panics].map(({ seq }) => seq).concat(attempt.seq),
        });
      }
    },
  },
  {
    id: 'rsctable-empty',
    title: 'the resource table has no bytes, and TrustZone calls that a success',
    severity: 'system',
    modes: ['F-14'],
    doc: 'Linux looks for the number of entries in an allocation of no bytes: a NULL pointer dereference at 0x14.',
    source: 'domain/07 F-14: kmemdup of 0 bytes is ZERO_SIZE_PTR (0x10), `num` is at offset 4',
    disprovedBy: 'the third result of the call is not 0',
    tries: [...CHANGE_TABLE, 'refuse a table of no bytes in qcom_scm_pas_get_rsc_table'],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const oops = oopsAtTable(boot, attempt);
        const call = tableCalls(boot, attempt).find(
          ({ returned }) => returned?.errno === 0 && returned.results[2] === 0n,
        );
        const isGuess = !boot.told.calls && oops?.payload.fault_address === 0x14n;
        if (call === undefined && !isGuess) continue;
        yield tableFault(boot, attempt, undefined, call === undefined ? [] : [call], {
          sentence: `TrustZone returns an empty resource table for ${attempt.processor} as a success; Linux reads its number of entries at 0x14`,
          evidence: [...callSeqs(call), oops?.seq, boot.panics[0]?.seq],
          explains: [...boot.oopses, ...boot.panics].map(({ seq }) => seq).concat(attempt.seq),
        });
      }
    },
  },
  {
    id: 'rsctable-malformed',
    title: 'the resource table is malformed',
    severity: 'fatal',
    modes: ['F-15'],
    doc: 'The remoteproc core refuses the table: an offset or an entry goes past its end, or reserved bytes are set.',
    source: 'domain/07 F-15; rproc_handle_resources, rproc_handle_devmem',
    disprovedBy: 'another start of the same processor with the same firmware that comes up',
    tries: CHANGE_TABLE,
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const failure =
          boot.failuresIn(attempt, 'resource-entry')[0] ??
          boot.failuresIn(attempt, 'resource-table').find(({ errno }) => errno === null);
        if (failure === undefined) continue;
        yield tableFault(boot, attempt, failure, tableCalls(boot, attempt), {
          certainty: 'certain',
          sentence: `the resource table of ${attempt.processor} is malformed`,
        });
      }
    },
  },
  {
    id: 'rsctable-unsupported-entry',
    title: 'an entry of the resource table is not supported',
    severity: 'noise',
    modes: ['F-24'],
    doc: 'The remoteproc core leaves out an entry of a type that it does not know, and goes on.',
    source: 'domain/07 F-24; rproc_handle_resources',
    disprovedBy: 'the processor faults at what the entry would have mapped',
    tries: ['nothing, unless the processor faults'],
    *examine(boot) {
      for (const { seq, subject, payload } of boot.notes) {
        if (payload.note !== 'unsupported-resource') continue;
        yield {
          subject,
          certainty: 'certain',
          sentence: `the remoteproc core ignores an entry of ${subject}: unsupported ${payload.detail}`,
          evidence: [seq],
        };
      }
    },
  },
]);
