import { decodeText } from '../ascii.ts';
import type { LineParser } from '../line-parser.ts';

/** A shape that trace entries come in, beside that of the `trace` file. */
interface EntryShape {
  readonly name: string;
  /** Who prints it. */
  readonly where: string;
  readonly pattern: RegExp;
  /** A line of our own; that the pattern matches it is a test. */
  readonly example: string;
}

/** Named groups: `task`, `pid`, `cpu`, `flags`, `seconds` and `fraction`, or `micros`, and `entry`: event and body. */
export const ENTRY_SHAPES: readonly EntryShape[] = [
  {
    name: 'perf',
    where: 'perf script. Source: tools/perf/builtin-script.c (perf_sample__fprintf_start)',
    pattern:
      /^ *(?<task>\S.*?) +(?<pid>-?\d+)(?:\/\d+)? +(?:\[(?<cpu>\d{3,})\] +)?(?<seconds>\d+)\.(?<fraction>\d{6}|\d{9}): +(?:\d+ +)?(?:[\w-]+:)?(?<entry>[\w.]+: ?.*)$/,
    example:
      '     kworker/u16:5   143 [003]     7.300040: iommu:attach_device_to_domain: IOMMU: device=3000000.remoteproc',
  },
  {
    name: 'latency',
    where:
      'the trace file with the latency-format option. Source: kernel/trace/trace_output.c (trace_print_lat_context)',
    pattern:
      /^ *(?<task>\S.*?)-(?<pid>\d+) +(?<cpu>\d+)(?<flags>[A-Za-z.#\d]{3,6}) +(?<micros>\d+)us[ !+#*$@]*: (?<entry>[\w.]+: ?.*)$/,
    example: 'kworker/-143     3..... 7300040us : attach_device_to_domain: IOMMU: device=3000000.remoteproc',
  },
];

/** Traces whose entries have another shape than those of the `trace` file: each is brought into that, then parsed. */
export class ReshapedTraceParser implements LineParser {
  private readonly inner: LineParser;
  private readonly encoder = new TextEncoder();

  constructor(inner: LineParser) {
    this.inner = inner;
  }

  timeOf(bytes: Uint8Array, start: number, end: number): number {
    const line = this.reshape(bytes, start, end);
    return line === undefined
      ? this.inner.timeOf(bytes, start, end)
      : this.inner.timeOf(line, 0, line.length);
  }

  parse(bytes: Uint8Array, start: number, end: number, line: number): void {
    const entry = this.reshape(bytes, start, end);
    if (entry === undefined) this.inner.parse(bytes, start, end, line);
    else this.inner.parse(entry, 0, entry.length, line);
  }

  finish(): void {
    this.inner.finish();
  }

  private reshape(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
    const text = decodeText(bytes, start, end);
    for (const { pattern } of ENTRY_SHAPES) {
      const groups = pattern.exec(text)?.groups;
      if (groups === undefined) continue;
      return this.encoder.encode(reshaped(groups));
    }
    return undefined;
  }
}

function reshaped(groups: Readonly<Record<string, string | undefined>>): string {
  const { task = '', pid = '', cpu = '0', flags, seconds, fraction, micros = '0', entry = '' } = groups;
  const time =
    seconds === undefined
      ? `${Math.floor(Number(micros) / 1e6)}.${String(Number(micros) % 1e6).padStart(6, '0')}`
      : `${seconds}.${fraction}`;
  const context = `${`${task}-${pid}`.padStart(24)} [${cpu.padStart(3, '0')}] ${flags ?? '.....'}`;
  return `${context} ${time.padStart(12)}: ${entry}`;
}
