import { decodeText } from '../ascii.ts';
import { AGENT, type EventSink } from '../event-sink.ts';
import type { LineParser } from '../line-parser.ts';

/** ` 12.345678 |  ` before the CPU with the funcgraph-abstime option, ` task-30  |` behind it with funcgraph-proc. */
const ENTRY =
  /^ *(?:(?<seconds>\d{1,7})\.(?<fraction>\d{6}) +\| +)?(?<cpu>\d+)\) +(?:(?<task>\S.*?-\d+) +\| +)?(?<mark>[!+#*$@] )? *(?<duration>\d+\.\d+ us)? *\|(?<call>.*)$/;
const SWITCH = /^ *(?<cpu>\d+)\) +(?<from>\S.*-\d+) +=> +(?<to>\S.*-\d+) *$/;
const OPENED = /^ *(?<name>[\w.]+)(?: \[\w+\])?\(\)(?: \[\w+\])? ?(?:\{|;)/;
const CLOSED = /^ *\}(?: \/\* (?<name>[\w.]+)(?: \[\w+\])? ?\*\/)?/;
const COMMENT = /^ *\/\* (?<event>[\w.]+): (?<fields>.*?) ?\*\/ *$/;

/**
 * The function_graph tracer: who calls whom, and how long it takes. A call is a `trace.hit` of `funcgraph_entry`, its end
 * one of `funcgraph_exit`, as trace-cmd names them.
 * Source: kernel/trace/trace_functions_graph.c.
 */
export class FunctionGraphParser implements LineParser {
  private readonly sink: EventSink;
  private readonly source: number;
  private readonly inner: LineParser;
  private readonly taskOfCpu = new Map<string, string>();

  constructor(sink: EventSink, source: number, inner: LineParser) {
    this.sink = sink;
    this.source = source;
    this.inner = inner;
  }

  timeOf(bytes: Uint8Array, start: number, end: number): number {
    const groups = ENTRY.exec(decodeText(bytes, start, end).trimEnd())?.groups;
    return groups?.['seconds'] === undefined ? this.inner.timeOf(bytes, start, end) : timeOf(groups);
  }

  parse(bytes: Uint8Array, start: number, end: number, line: number): void {
    const text = decodeText(bytes, start, end).trimEnd();
    const groups = ENTRY.exec(text)?.groups;
    if (groups !== undefined && this.addCall(groups, line)) return;
    const next = SWITCH.exec(text)?.groups;
    if (next !== undefined) this.taskOfCpu.set(next['cpu'] ?? '', next['to'] ?? '');
    this.inner.parse(bytes, start, end, line);
  }

  finish(): void {
    this.inner.finish();
  }

  private addCall(groups: Readonly<Record<string, string | undefined>>, line: number): boolean {
    const { cpu = '', call = '', duration = '', task } = groups;
    const comment = COMMENT.exec(call)?.groups;
    const opened = OPENED.exec(call)?.groups;
    const closed = CLOSED.exec(call)?.groups;
    if (comment === undefined && opened === undefined && !CLOSED.test(call)) return false;
    const { sink } = this;
    const who = task ?? this.taskOfCpu.get(cpu);
    const context = sink.builder.symbol(`${who === undefined ? '' : `${who} `}[${cpu.padStart(3, '0')}]`);
    sink.startLine(this.source, line, timeOf(groups), context);
    const isEvent = comment !== undefined;
    sink.emit(
      'trace.hit',
      { agent: AGENT.linux },
      {
        event: isEvent
          ? (comment['event'] ?? '')
          : opened === undefined
            ? 'funcgraph_exit'
            : 'funcgraph_entry',
        function: opened?.['name'] ?? closed?.['name'] ?? null,
        fields: isEvent ? (comment['fields'] ?? '') : duration,
      },
    );
    return true;
  }
}

function timeOf({ seconds, fraction }: Readonly<Record<string, string | undefined>>): number {
  return seconds === undefined ? Number.NaN : Number(seconds) * 1e9 + Number(fraction) * 1000;
}
