import { findPasPeripheral } from '../soc/pas-id.ts';
import type { Failure, ProcessorFacts } from './processor-facts.ts';
import type { Call, CallReturn } from './told-things.ts';

/** Reason of PAS_GET_RSCTABLE: the table does not fit (RSCTABLE_BUFFER_NOT_SUFFICIENT in qcom_scm.c). */
export const BUFFER_TOO_SMALL = 20n;

/** What Linux takes for a mistake above this (SZ_1G in qcom_scm_pas_get_rsc_table). */
export const LARGEST_TABLE = 2n ** 30n;

/** What the pool of TrustZone memory may grow to (qcom_scm_probe: SZ_256K), less than which no buffer is. */
const LARGEST_POOL = 2n ** 18n;

/** What a start ends with at the second answer that the buffer is too small (qcom_scm_pas_get_rsc_table). */
const EOVERFLOW = -75;
const ENOMEM = -12;
const E2BIG = -7;

function partOf({ args }: Call): string | undefined {
  return findPasPeripheral(Number(args[0] ?? -1n))?.part;
}

/** Calls with which a start begins: the resource table, lite firmware that is shut down, metadata. */
export function beginsStart(call: Call): boolean {
  if (call.name === 'PAS_GET_RSCTABLE' || call.name === 'PAS_INIT_IMAGE') return true;
  return call.name === 'PAS_SHUTDOWN' && partOf(call)?.startsWith('lite') === true;
}

/** Whether a call released a core: its main image is authenticated. */
function isRelease(call: Call, { errno }: CallReturn): boolean {
  return errno === 0 && call.name === 'PAS_AUTH_AND_RESET' && partOf(call) === 'main';
}

/**
 * What a call makes of a start that only calls tell of: the driver goes no further than one that is refused. How many
 * calls of its name there were in the start is counted where that matters. Returns what fails.
 */
export function endByCall(
  processor: ProcessorFacts,
  call: Call,
  returned: CallReturn,
  count: () => number,
): Failure[] {
  if (isRelease(call, returned)) processor.settleByCalls('up', returned.seq);
  const failures = failuresByCall(call, returned, count);
  if (failures.length > 0) processor.settleByCalls('failed', returned.seq);
  return failures;
}

/** The steps of a start that a refused call makes fail, as the driver says them; none where the call is made again. */
function failuresByCall(call: Call, { seq, errno, results }: CallReturn, count: () => number): Failure[] {
  const isTable = call.name === 'PAS_GET_RSCTABLE';
  const ofTable = isTable ? tableErrno(errno, results, count) : errno;
  if (ofTable === 0) return [];
  return failedSteps(call).map((step) => ({
    seq,
    kind: 'remoteproc.failed',
    subject: call.subject,
    step,
    errno: ofTable,
    detail: partOf(call)?.endsWith('dtb') === true ? 'the dtb image' : null,
    driver: null,
    tNs: call.tNs,
  }));
}

/** What a start ends with at an answer to PAS_GET_RSCTABLE; 0 where it goes on, or asks again. */
function tableErrno(errno: number, results: CallReturn['results'], count: () => number): number {
  const [, reason, size] = results;
  if (reason === BUFFER_TOO_SMALL) return count() > 1 ? EOVERFLOW : size > LARGEST_POOL ? ENOMEM : 0;
  return errno === 0 && size > LARGEST_TABLE ? E2BIG : errno;
}

function failedSteps(call: Call): string[] {
  switch (call.name) {
    case 'PAS_GET_RSCTABLE':
      return ['resource-table'];
    case 'PAS_INIT_IMAGE':
      return ['firmware-initialise'];
    case 'PAS_MEM_SETUP':
      return ['firmware-memory-setup'];
    // Without the bridge over its carveout an image is not authenticated; no line of a trace says so.
    case 'SHM_BRIDGE_CREATE':
      return ['start'];
    case 'PAS_AUTH_AND_RESET':
      return [partOf(call) === 'dtb' ? 'authenticate-dtb' : 'authenticate', 'start'];
    default:
      return [];
  }
}
