import { findPasPeripheral } from '../soc/pas-id.ts';
import type { Failure, ProcessorFacts } from './processor-facts.ts';
import type { Call, CallReturn } from './told-things.ts';

/** Reason of PAS_GET_RSCTABLE: the table does not fit (RSCTABLE_BUFFER_NOT_SUFFICIENT in qcom_scm.c). */
export const BUFFER_TOO_SMALL = 20n;

/** What a start ends with at the second answer that the buffer is too small (qcom_scm_pas_get_rsc_table). */
const EOVERFLOW = -75;

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
 * What a call makes of a start that only calls tell of: the driver goes no further than one that is refused. `count`
 * calls of its name there were in the start. Returns what fails.
 */
export function endByCall(
  processor: ProcessorFacts,
  call: Call,
  returned: CallReturn,
  count: number,
): Failure[] {
  if (isRelease(call, returned)) processor.settleByCalls('up', returned.seq);
  const failures = failuresByCall(call, returned, count);
  if (failures.length > 0) processor.settleByCalls('failed', returned.seq);
  return failures;
}

/** The steps of a start that a refused call makes fail, as the driver says them; none where the call is made again. */
function failuresByCall(call: Call, { seq, errno, results }: CallReturn, count: number): Failure[] {
  const isTooSmall = call.name === 'PAS_GET_RSCTABLE' && results[1] === BUFFER_TOO_SMALL;
  if (errno === 0 || (isTooSmall && count < 2)) return [];
  return failedSteps(call).map((step) => ({
    seq,
    kind: 'remoteproc.failed',
    subject: call.subject,
    step,
    errno: isTooSmall ? EOVERFLOW : errno,
    detail: partOf(call)?.endsWith('dtb') === true ? 'the dtb image' : null,
    driver: null,
    tNs: call.tNs,
  }));
}

function failedSteps(call: Call): string[] {
  switch (call.name) {
    case 'PAS_GET_RSCTABLE':
      return ['resource-table'];
    case 'PAS_INIT_IMAGE':
      return ['firmware-initialise'];
    case 'PAS_MEM_SETUP':
      return ['firmware-memory-setup'];
    case 'PAS_AUTH_AND_RESET':
      return [partOf(call) === 'dtb' ? 'authenticate-dtb' : 'authenticate', 'start'];
    default:
      return [];
  }
}
