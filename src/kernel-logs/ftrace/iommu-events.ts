import { type Cursor, decodeText, Literal } from '../ascii.ts';
import { compileFormat } from '../body-format.ts';
import type { BootTracker } from '../boot-tracker.ts';
import { AGENT, type EventSink } from '../event-sink.ts';
import type { ClaimsAhead } from '../processor-mappings.ts';
import type { TraceContext, TraceEventReader } from './trace-event.ts';

const PREFIX = new Literal('IOMMU: ');
const GROUP = new Literal('groupID=');
const DEVICE = new Literal('device=');
const SPACE_DEVICE = new Literal(' device=');

/** `IOMMU: iova=0x%016llx - 0x%016llx paddr=0x%016llx size=%zu`, and of kernels that leave the end out. */
const MAP = compileFormat('IOMMU: iova=0x{hex16} - 0x{hex16} paddr=0x{hex16} size={decimal}');
const MAP_WITHOUT_END = compileFormat('IOMMU: iova=0x{hex16} paddr=0x{hex16} size={decimal}');

/** `IOMMU: iova=0x%016llx - 0x%016llx size=%zu unmapped_size=%zu`, and without the end. */
const UNMAP = compileFormat('IOMMU: iova=0x{hex16} - 0x{hex16} size={decimal} unmapped_size={decimal}');
const UNMAP_WITHOUT_END = compileFormat('IOMMU: iova=0x{hex16} size={decimal} unmapped_size={decimal}');

/** The events of system `iommu`: include/trace/events/iommu.h. */
export class IommuEvents {
  private readonly sink: EventSink;
  private readonly tracker: BootTracker;
  private readonly ahead: ClaimsAhead | undefined;
  private readonly linux: number;
  private readonly created;
  private readonly removed;

  constructor(sink: EventSink, tracker: BootTracker, ahead?: ClaimsAhead) {
    this.ahead = ahead;
    this.sink = sink;
    this.tracker = tracker;
    const { builder } = sink;
    this.linux = builder.symbol(AGENT.linux);
    this.created = {
      kind: builder.kindIndex('mapping.created'),
      space: builder.column('mapping.created', 'space', 'symbol'),
      iova: builder.column('mapping.created', 'iova', 'integer'),
      pa: builder.column('mapping.created', 'pa', 'integer'),
      size: builder.column('mapping.created', 'size', 'integer'),
      protection: builder.column('mapping.created', 'protection', 'integer'),
    };
    this.removed = {
      kind: builder.kindIndex('mapping.removed'),
      space: builder.column('mapping.removed', 'space', 'symbol'),
      iova: builder.column('mapping.removed', 'iova', 'integer'),
      size: builder.column('mapping.removed', 'size', 'integer'),
      removedSize: builder.column('mapping.removed', 'removed_size', 'integer'),
    };
  }

  readers(): Readonly<Record<string, TraceEventReader>> {
    return {
      map: (body, context) => this.map(body, context),
      unmap: (body, context) => this.unmap(body, context),
      add_device_to_group: (body) => this.group(body, 'smmu.group_added'),
      remove_device_from_group: (body) => this.group(body, 'smmu.group_removed'),
      attach_device_to_domain: (body, context) => this.attach(body, context),
    };
  }

  private map(body: Cursor, context: TraceContext): boolean {
    const hasEnd = MAP.match(body);
    if (!(hasEnd || MAP_WITHOUT_END.match(body)) || body.at !== body.end) return false;
    const { values } = hasEnd ? MAP : MAP_WITHOUT_END;
    const iova = values[0] as number;
    const pa = values[hasEnd ? 2 : 1] as number;
    const size = values[hasEnd ? 3 : 2] as number;
    const subject = iova === pa ? this.tracker.mappings.add(context.task, iova, pa, this.ahead) : null;
    const { created } = this;
    this.sink.begin(created.kind, this.linux, this.sink.builder.symbolOrNull(subject), Number.NaN);
    created.space.pushNull();
    created.iova.push(iova);
    created.pa.push(pa);
    created.size.push(size);
    created.protection.pushNull();
    return true;
  }

  private unmap(body: Cursor, context: TraceContext): boolean {
    const hasEnd = UNMAP.match(body);
    if (!(hasEnd || UNMAP_WITHOUT_END.match(body)) || body.at !== body.end) return false;
    const { values } = hasEnd ? UNMAP : UNMAP_WITHOUT_END;
    const iova = values[0] as number;
    const subject = this.tracker.mappings.end(context.task, iova, this.ahead);
    const { removed } = this;
    this.sink.begin(removed.kind, this.linux, this.sink.builder.symbolOrNull(subject), Number.NaN);
    removed.space.pushNull();
    removed.iova.push(iova);
    removed.size.push(values[hasEnd ? 2 : 1] as number);
    removed.removedSize.push(values[hasEnd ? 3 : 2] as number);
    return true;
  }

  /** `IOMMU: groupID=%d device=%s`. */
  private group(body: Cursor, kind: 'smmu.group_added' | 'smmu.group_removed'): boolean {
    if (!body.literal(PREFIX) || !body.literal(GROUP)) return false;
    const group = body.decimal();
    if (Number.isNaN(group) || !body.literal(SPACE_DEVICE)) return false;
    const device = restOf(body);
    this.sink.emit(
      kind,
      { agent: AGENT.linux, subject: this.tracker.subjectOfDevice(device) },
      { device, group },
    );
    return true;
  }

  /** `IOMMU: device=%s`. */
  private attach(body: Cursor, context: TraceContext): boolean {
    if (!body.literal(PREFIX) || !body.literal(DEVICE)) return false;
    const device = restOf(body);
    const subject = this.tracker.subjectOfDevice(device);
    this.tracker.busyWith(context.task, subject);
    this.sink.emit('smmu.device_attached', { agent: AGENT.linux, subject }, { device, domain: null });
    return true;
  }
}

function restOf(body: Cursor): string {
  return decodeText(body.bytes, body.at, body.end);
}
