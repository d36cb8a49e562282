import { type Cursor, Literal, SPACE } from '../ascii.ts';
import { compileFormat } from '../body-format.ts';
import type { BootTracker } from '../boot-tracker.ts';
import { AGENT, type EventSink } from '../event-sink.ts';
import type { ClaimsAhead } from '../processor-mappings.ts';
import type { TraceContext, TraceEventReader } from './trace-event.ts';

const IOVA = new Literal('iova=');
const PA = new Literal('pa=');
const PADDR = new Literal('paddr=');
const PAGE_SIZE = new Literal('pgsz=');
const PAGE_SIZE_LONG = new Literal('pgsize=');
const COUNT = new Literal('cnt=');
const COUNT_LONG = new Literal('pgcount=');
const PROTECTION = new Literal('prot=');
const LETTER_C = 0x63;
const LETTER_I = 0x69;
const LETTER_P = 0x70;

/** The arguments of a probe on `map_pages` in the order of the function's own: what nearly all probes give. */
const IN_USUAL_ORDER = compileFormat('iova=0x{hex} pa=0x{hex} pgsz=0x{hex} cnt={decimal} prot=0x{hex}');

/** Arguments of a probe on io-pgtable, by the names that people give them; NaN when not fetched. */
interface PageArguments {
  iova: number;
  pa: number;
  pageSize: number;
  count: number;
  protection: number;
}

/**
 * Kprobes that have a kind of their own. A probe's name is whatever its owner chose, so these go by the
 * function that is probed; the cursor stands behind the place.
 */
export class ProbeEvents {
  private readonly sink: EventSink;
  private readonly tracker: BootTracker;
  private readonly ahead: ClaimsAhead | undefined;
  private readonly linux: number;
  private readonly mapped;
  private readonly unmapped;
  private readonly values: PageArguments = {
    iova: Number.NaN,
    pa: Number.NaN,
    pageSize: Number.NaN,
    count: Number.NaN,
    protection: Number.NaN,
  };

  constructor(sink: EventSink, tracker: BootTracker, ahead?: ClaimsAhead) {
    this.ahead = ahead;
    this.sink = sink;
    this.tracker = tracker;
    const { builder } = sink;
    this.linux = builder.symbol(AGENT.linux);
    this.mapped = {
      kind: builder.kindIndex('page_table.pages_mapped'),
      iova: builder.column('page_table.pages_mapped', 'iova', 'integer'),
      pa: builder.column('page_table.pages_mapped', 'pa', 'integer'),
      pageSize: builder.column('page_table.pages_mapped', 'page_size', 'integer'),
      count: builder.column('page_table.pages_mapped', 'count', 'integer'),
      protection: builder.column('page_table.pages_mapped', 'protection', 'integer'),
    };
    this.unmapped = {
      kind: builder.kindIndex('page_table.pages_unmapped'),
      iova: builder.column('page_table.pages_unmapped', 'iova', 'integer'),
      pageSize: builder.column('page_table.pages_unmapped', 'page_size', 'integer'),
      count: builder.column('page_table.pages_unmapped', 'count', 'integer'),
    };
  }

  /** Readers by probed function, for probes on its entry. */
  readers(): Readonly<Record<string, TraceEventReader>> {
    return {
      arm_lpae_map_pages: (body, context) => this.mapPages(body, context),
      arm_lpae_unmap_pages: (body, context) => this.unmapPages(body, context),
    };
  }

  private mapPages(body: Cursor, context: TraceContext): boolean {
    const v = this.values;
    if (!this.readArguments(body) || !(v.iova >= 0 && v.pa >= 0 && v.pageSize > 0 && v.count >= 0))
      return false;
    const subject =
      v.iova === v.pa ? this.tracker.pageCalls.add(context.task, v.iova, v.pa, this.ahead) : null;
    const { mapped } = this;
    this.sink.begin(mapped.kind, this.linux, this.sink.builder.symbolOrNull(subject), Number.NaN);
    mapped.iova.push(v.iova);
    mapped.pa.push(v.pa);
    mapped.pageSize.push(v.pageSize);
    mapped.count.push(v.count);
    if (Number.isNaN(v.protection)) mapped.protection.pushNull();
    else mapped.protection.push(v.protection);
    return true;
  }

  private unmapPages(body: Cursor, context: TraceContext): boolean {
    const v = this.values;
    if (!this.readArguments(body) || !(v.iova >= 0 && v.pageSize > 0 && v.count >= 0)) return false;
    const subject = this.tracker.pageCalls.end(context.task, v.iova, this.ahead);
    const { unmapped } = this;
    this.sink.begin(unmapped.kind, this.linux, this.sink.builder.symbolOrNull(subject), Number.NaN);
    unmapped.iova.push(v.iova);
    unmapped.pageSize.push(v.pageSize);
    unmapped.count.push(v.count);
    return true;
  }

  /** `iova=0x.. pa=0x.. …` in any order; false when something else stands there. */
  private readArguments(body: Cursor): boolean {
    const v = this.values;
    const start = body.at;
    if (IN_USUAL_ORDER.match(body) && body.at === body.end) {
      const { values } = IN_USUAL_ORDER;
      v.iova = values[0] as number;
      v.pa = values[1] as number;
      v.pageSize = values[2] as number;
      v.count = values[3] as number;
      v.protection = values[4] as number;
      return true;
    }
    body.at = start;
    v.iova = v.pa = v.pageSize = v.count = v.protection = Number.NaN;
    while (body.at < body.end) {
      switch (body.bytes[body.at]) {
        case LETTER_I:
          if (!body.literal(IOVA)) return false;
          v.iova = body.number();
          break;
        case LETTER_C:
          if (!body.literal(COUNT)) return false;
          v.count = body.number();
          break;
        case LETTER_P:
          if (body.literal(PA) || body.literal(PADDR)) v.pa = body.number();
          else if (body.literal(PAGE_SIZE) || body.literal(PAGE_SIZE_LONG)) v.pageSize = body.number();
          else if (body.literal(PROTECTION)) v.protection = body.number();
          else if (body.literal(COUNT_LONG)) v.count = body.number();
          else return false;
          break;
        default:
          return false;
      }
      if (body.at < body.end && body.bytes[body.at] !== SPACE) return false;
      body.skipSpaces();
    }
    return true;
  }
}
