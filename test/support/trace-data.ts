/**
 * A trace.dat of one mapping, as `trace-cmd record -e iommu:map` writes it: made here, because a trace cannot be taken
 * wherever tests run. Source: trace-cmd.dat.v6(5); include/trace/events/iommu.h.
 */
export function makeTraceData(): Buffer {
  const head = Buffer.concat([
    Buffer.from('\x17\x08Dtracing6\0', 'latin1'),
    // Little endian, eight bytes to a long.
    Buffer.from([0, 8]),
    int32(PAGE_BYTES),
    text('header_page'),
    sized(HEADER_PAGE),
    text('header_event'),
    sized(HEADER_EVENT),
    // No formats of ftrace's own events; one system with one event.
    int32(0),
    int32(1),
    text('iommu'),
    int32(1),
    sized(MAP_FORMAT),
    // Neither symbols nor formats of trace_printk.
    int32(0),
    int32(0),
    sized('143 kworker/u32:5\n'),
    int32(1),
    text('flyrecord'),
  ]);
  const dataAt = Math.ceil((head.length + 16) / PAGE_BYTES) * PAGE_BYTES;
  const file = Buffer.alloc(dataAt + PAGE_BYTES);
  head.copy(file);
  Buffer.concat([int64(BigInt(dataAt)), int64(BigInt(PAGE_BYTES))]).copy(file, head.length);
  dataPage().copy(file, dataAt);
  return file;
}

const PAGE_BYTES = 4096;
const MAP_ID = 100;

const field = (type: string, offset: number, size: number, isSigned = false) =>
  `\tfield:${type};\toffset:${offset};\tsize:${size};\tsigned:${isSigned ? 1 : 0};\n`;

const HEADER_PAGE = [
  field(' u64 timestamp', 0, 8),
  field(' local_t commit', 8, 8, true),
  field(' int overwrite', 8, 1, true),
  field(' char data', 16, PAGE_BYTES - 16, true),
].join('');

const HEADER_EVENT = `# compressed entry header
\ttype_len    :    5 bits
\ttime_delta  :   27 bits
\tarray       :   32 bits

\tpadding     : type == 29
\ttime_extend : type == 30
\ttime_stamp : type == 31
\tdata max type_len  == 28
`;

const MAP_FORMAT = `name: map
ID: ${MAP_ID}
format:
${[
  field('unsigned short common_type', 0, 2),
  field('unsigned char common_flags', 2, 1),
  field('unsigned char common_preempt_count', 3, 1),
  field('int common_pid', 4, 4, true),
].join('')}
${[field('u64 iova', 8, 8), field('u64 paddr', 16, 8), field('size_t size', 24, 8)].join('')}
print fmt: "IOMMU: iova=0x%016llx - 0x%016llx paddr=0x%016llx size=%zu", REC->iova, REC->iova + REC->size, REC->paddr, REC->size
`;

/** One event, 2.850021 s after the boot's zero. */
function dataPage(): Buffer {
  const entry = Buffer.concat([
    Buffer.from([MAP_ID, 0, 0, 0]),
    int32(143),
    int64(0x95900000n),
    int64(0x95900000n),
    int64(0x1000n),
  ]);
  // Five bits say how many words follow; the rest is the time since the page's.
  const header = int32(entry.length / 4);
  const data = Buffer.concat([header, entry]);
  return Buffer.concat([int64(2_850_021_000n), int64(BigInt(data.length)), data]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`, 'latin1');
}

function sized(value: string): Buffer {
  return Buffer.concat([int64(BigInt(value.length)), Buffer.from(value, 'latin1')]);
}
