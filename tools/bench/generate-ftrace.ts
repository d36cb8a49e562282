import { SeededRandom } from '../../src/base/seeded-random.ts';

/** One line of ftrace text, taken apart as far as a table of it would be. */
export interface FtraceLine {
  readonly task: Task;
  readonly tUs: number;
  readonly event: string;
  readonly body: string;
}

interface Task {
  readonly comm: string;
  readonly pid: number;
}

interface Mapping {
  readonly iova: number;
  readonly size: number;
}

interface Call {
  readonly functionId: string;
  /** What stands behind the function id in the line of its return. */
  readonly result: string;
}

const FTRACE_FLAGS = 'd..2.';
const CPU = '[000]';

const TASKS: readonly Task[] = [
  { comm: '<idle>', pid: 0 },
  { comm: 'insmod', pid: 118 },
  { comm: 'kworker/0:1H', pid: 119 },
  { comm: 'kworker/0:2', pid: 30 },
];

const PAGE = 4096;
const FIRST_IOVA = 0x8000_0000;
const FIRST_PA = 0x4000_0000;
const PAGES = 0x7fff;

/** Mappings that wait to be taken away again; more are forgotten, as in a trace that ends before its machine. */
const LIVE_MAPPINGS = 4096;

/**
 * Lines of a trace of page-table and firmware traffic, as the kernel prints them: 40 % probes on
 * arm_lpae_map_pages, 30 % iommu map, 20 % unmap of what was mapped, 5 % requests to the firmware and 5 % their
 * returns, from four tasks.
 */
export function* generateFtrace(count: number, seed: number): Generator<FtraceLine> {
  const random = new SeededRandom(seed);
  const live: Mapping[] = [];
  const calls = new Map<Task, Call>();
  let tUs = 1_000_000;

  for (let i = 0; i < count; i++) {
    tUs += 1 + random.below(40);
    const draw = random.below(20);
    if (draw < 8) yield probe();
    else if (draw < 14) yield map();
    else if (draw < 18) yield unmap();
    else yield call();
  }

  function line(task: Task, event: string, body: string): FtraceLine {
    return { task, tUs, event, body };
  }

  function anyTask(): Task {
    return TASKS[random.below(TASKS.length)] as Task;
  }

  function probe(): FtraceLine {
    const iova = FIRST_IOVA + random.below(PAGES) * PAGE;
    const pa = FIRST_PA + random.below(PAGES) * PAGE;
    const protection = [0x3, 0x5, 0x7, 0x13][random.below(4)] as number;
    const place = '(arm_lpae_map_pages+0x0/0x320)';
    const body = `${place} iova=${hex(iova)} pa=${hex(pa)} pgsz=0x1000 cnt=${1 + random.below(16)} prot=${hex(protection)}`;
    return line(anyTask(), 'lpae_map', body);
  }

  function map(): FtraceLine {
    const mapping = { iova: FIRST_IOVA + random.below(PAGES) * PAGE, size: PAGE << random.below(3) };
    if (live.length < LIVE_MAPPINGS) live.push(mapping);
    else live[random.below(LIVE_MAPPINGS)] = mapping;
    const pa = FIRST_PA + random.below(PAGES) * PAGE;
    return line(anyTask(), 'map', `${range(mapping)} paddr=${hex16(pa)} size=${mapping.size}`);
  }

  function unmap(): FtraceLine {
    const last = live.pop();
    if (last === undefined) return map();
    // Any of the live ones: the last takes the place of the one that goes.
    const at = random.below(live.length + 1);
    const mapping = live[at] ?? last;
    if (at < live.length) live[at] = last;
    return line(anyTask(), 'unmap', `${range(mapping)} size=${mapping.size} unmapped_size=${mapping.size}`);
  }

  /** The return of a call that a task waits for, or a new call of one that does not. */
  function call(): FtraceLine {
    const task = anyTask();
    const pending = calls.get(task);
    if (pending !== undefined) {
      calls.delete(task);
      return line(
        task,
        'scm_smc_done',
        `smc_id:${pending.functionId}, ret:0 res_to_callee:0x0 ${pending.result}`,
      );
    }
    const handle = hex(0x1000 + random.below(0xfff));
    if (random.below(2) === 0) {
      const functionId = '0x42000c1d';
      calls.set(task, { functionId, result: 'res0:0x0 res1:0x0 res2:0x0' });
      return line(
        task,
        'scm_smc_request',
        `smc_id:${functionId} svc_id:0x0c cmd_id:0x1d args_cnt:1 args:{${handle}}`,
      );
    }
    const functionId = '0x42000c1e';
    const address = hex(FIRST_PA + random.below(PAGES) * PAGE + 6);
    calls.set(task, { functionId, result: `res0:0x0 res1:${handle} res2:0x0` });
    const args = `${address},${address},${hex((PAGE << random.below(6)) + 0x200)},0x3`;
    return line(
      task,
      'scm_smc_request',
      `smc_id:${functionId} svc_id:0x0c cmd_id:0x1e args_cnt:4 args:{${args}}`,
    );
  }
}

/** A trace that is another in all but `share` of its lines, which are missing, different or new. */
export function* changeFtrace(
  lines: Iterable<FtraceLine>,
  share: number,
  seed: number,
): Generator<FtraceLine> {
  const random = new SeededRandom(seed);
  const others = generateFtrace(Number.POSITIVE_INFINITY, seed);
  const other = (tUs: number): FtraceLine => ({ ...others.next().value, tUs });
  for (const line of lines) {
    if (random.below(1_000_000) >= share * 1_000_000) {
      yield line;
      continue;
    }
    const change = random.below(3);
    if (change === 0) continue;
    yield other(line.tUs);
    if (change === 1) yield line;
  }
}

/** `%16s-%-7d [%03d] flags %5lu.%06lu: event: body`, with its newline. */
export function renderFtraceLine({ task, tUs, event, body }: FtraceLine): string {
  const who = `${task.comm.padStart(16)}-${String(task.pid).padEnd(7)}`;
  return `${who} ${CPU} ${FTRACE_FLAGS} ${renderTime(tUs)}: ${event}: ${body}\n`;
}

/** The same as a row of a table. */
export function renderFtraceCsv({ task, tUs, event, body }: FtraceLine): string {
  return `${task.comm},${task.pid},0,${FTRACE_FLAGS},${tUs},${event},"${body}"\n`;
}

export const FTRACE_HEADER = '# tracer: nop\n#\n';

function renderTime(tUs: number): string {
  return (tUs / 1e6).toFixed(6).padStart(12);
}

function range({ iova, size }: Mapping): string {
  return `IOMMU: iova=${hex16(iova)} - ${hex16(iova + size)}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function hex16(value: number): string {
  return `0x${value.toString(16).padStart(16, '0')}`;
}
