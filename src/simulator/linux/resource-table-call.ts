import { RESOURCE_TABLE_HEADER_SIZE } from '../../soc/resource-table.ts';
import type { Steps } from '../scheduler.ts';
import type { World } from '../world.ts';
import type { KernelLog } from './kernel-log.ts';
import { oops, SYNDROME } from './oops.ts';
import { ARGUMENT, type ScmDriver } from './scm.ts';

const E2BIG = -7;
const ENOMEM = -12;
const EOVERFLOW = -75;

/** Output buffer of the first call. */
const TABLE_BUFFER_BYTES = 16 * 1024;
const TABLE_BYTES_MAX = 1024 * 1024 * 1024;
const RESULT_BUFFER_TOO_SMALL = 20n;

/**
 * qcom_scm_pas_get_rsc_table: the table, or an error number. Once a buffer was too small, TrustZone is asked again with
 * one of the size that it named.
 */
export function* fetchResourceTable(
  world: World,
  log: KernelLog,
  scm: ScmDriver,
  pasId: number,
  subject: string,
): Steps<Uint8Array | number> {
  const input = yield* scm.allocate('resource-table-input', RESOURCE_TABLE_HEADER_SIZE, subject);
  if (input === undefined) return ENOMEM;
  let size = TABLE_BUFFER_BYTES;
  let table: Uint8Array | number = EOVERFLOW;
  for (let attempt = 0; attempt < 2; attempt++) {
    const output = yield* scm.allocate('resource-table-output', size, subject);
    if (output === undefined) {
      table = ENOMEM;
      break;
    }
    const { errno, results } = yield* scm.call({
      service: 2,
      command: 0x21,
      args: [pasId, input.pa, RESOURCE_TABLE_HEADER_SIZE, output.pa, size],
      argKinds: [ARGUMENT.value, ARGUMENT.readBuffer, ARGUMENT.value, ARGUMENT.writeBuffer, ARGUMENT.value],
      subject,
    });
    const needed = Number(results[2]);
    const isTooSmall = errno !== 0 && results[1] === RESULT_BUFFER_TOO_SMALL;
    if (errno === 0) yield* checkSize(world, log, needed, size);
    if (errno === 0) table = needed > TABLE_BYTES_MAX ? E2BIG : world.memory.read(output.pa, needed);
    else table = isTooSmall ? EOVERFLOW : errno;
    scm.pool.release(output);
    if (!isTooSmall) break;
    size = needed;
  }
  scm.pool.release(input);
  return table;
}

/** Linux believes the size that a success comes with: kmemdup() reads that much, and the table's header. */
function* checkSize(world: World, log: KernelLog, needed: number, size: number): Steps {
  if (needed === 0) {
    // ZERO_SIZE_PTR, and the offset of the number of entries.
    const text = 'Unable to handle kernel NULL pointer dereference at virtual address 0000000000000014';
    yield* oops(world, log, { text, name: 'Oops', syndrome: SYNDROME.level0 });
  }
  if (needed > size && needed <= TABLE_BYTES_MAX) {
    const text = 'Unable to handle kernel paging request at virtual address ffff800082a04000';
    yield* oops(world, log, { text, name: 'Oops', syndrome: SYNDROME.level3 });
  }
}
