import { ByteReader, CorruptBytesError } from '../../base/byte-reader.ts';
import type { ByteWriter } from '../../base/byte-writer.ts';
import { readTextColumn, textAt } from '../../events/column-reader.ts';
import { TextColumnWriter } from '../../events/column-writer.ts';
import { INTEGER_LIMIT } from '../../events/field.ts';
import type { LiveMapping } from '../../soc/mapping-space.ts';
import { decodeNumbers, encodeNumbers } from './number-array.ts';

/*
 * The mappings of one window. What one differs in from the one before it is short: a page further, to the next page of
 * memory, by the next event. It is written as differences, one mapping after the other, which reads several times
 * faster than a column for each field, of which a window would have only a few values.
 */

const AS_DIFFERENCES = 0;
/** Sums of addresses that a damaged log told of may be larger than any address. */
const AS_DOUBLES = 1;

const HAS_PROTECTION = 1;
const HAS_TIME = 2;
/** Address, size and physical address are whole pages. */
const IN_PAGES = 4;

const PAGE_BYTES = 4096;

const names = new TextColumnWriter();

/** Writes mappings in the order in which they are given. Their space is that of the window. */
export function encodeMappings(mappings: readonly LiveMapping[], out: ByteWriter): void {
  const subjects = [...new Set(mappings.map(({ subject }) => subject))];
  const idOf = new Map(subjects.map((subject, id) => [subject, id]));
  names.reset();
  for (const subject of subjects) {
    if (subject === null) names.pushNull();
    else names.push(subject);
  }
  out.varint(subjects.length);
  names.encode(out);
  if (mappings.some((mapping) => numbersOf(mapping).some((value) => Math.abs(value) > INTEGER_LIMIT))) {
    out.byte(AS_DOUBLES);
    encodeNumbers(
      mappings.flatMap((mapping) => [...numbersOf(mapping), idOf.get(mapping.subject) ?? 0]),
      out,
    );
    return;
  }
  out.byte(AS_DIFFERENCES);
  out.varint(mappings.length);
  let [lastIova, lastPa, lastSince, lastTime] = [0, 0, 0, 0];
  for (const { subject, iova, pa, size, protection, since, since_t_ns } of mappings) {
    const inPages = iova % PAGE_BYTES === 0 && pa % PAGE_BYTES === 0 && size % PAGE_BYTES === 0;
    const isExact = inPages && lastIova % PAGE_BYTES === 0 && lastPa % PAGE_BYTES === 0;
    const unit = isExact ? PAGE_BYTES : 1;
    out.byte(
      (protection === null ? 0 : HAS_PROTECTION) |
        (since_t_ns === null ? 0 : HAS_TIME) |
        (isExact ? IN_PAGES : 0),
    );
    out.varint(idOf.get(subject) ?? 0);
    out.signedVarint((iova - lastIova) / unit);
    out.signedVarint((pa - lastPa) / unit);
    out.varint(size / unit);
    if (protection !== null) out.signedVarint(protection);
    out.signedVarint(since - lastSince);
    if (since_t_ns !== null) out.signedVarint(since_t_ns - lastTime);
    lastIova = iova;
    lastPa = pa;
    lastSince = since;
    lastTime = since_t_ns ?? lastTime;
  }
}

/**
 * Hands out the mappings, in the order in which they were given. Throws {@link CorruptBytesError} when the bytes are
 * none.
 */
export function decodeMappings(
  bytes: Uint8Array,
  space: string | null,
  accept: (mapping: LiveMapping) => void,
): void {
  const reader = new ByteReader(bytes);
  const nameCount = reader.varint();
  if (nameCount > bytes.length) throw new CorruptBytesError('more names than bytes');
  const nameColumn = readTextColumn(reader, nameCount);
  const subjects = Array.from({ length: nameCount }, (_unused, id) => textAt(nameColumn, id));
  if (reader.byte() === AS_DOUBLES) {
    acceptDoubles(decodeNumbers(reader), subjects, space, accept);
    return;
  }
  const count = reader.varint();
  let [iova, pa, since, time] = [0, 0, 0, 0];
  for (let row = 0; row < count; row++) {
    const flags = reader.byte();
    const unit = (flags & IN_PAGES) === 0 ? 1 : PAGE_BYTES;
    const subject = subjects[reader.varint()] ?? null;
    iova += reader.signedVarint() * unit;
    pa += reader.signedVarint() * unit;
    const size = reader.varint() * unit;
    const protection = (flags & HAS_PROTECTION) === 0 ? null : reader.signedVarint();
    since += reader.signedVarint();
    let since_t_ns: number | null = null;
    if ((flags & HAS_TIME) !== 0) {
      time += reader.signedVarint();
      since_t_ns = time;
    }
    accept({ space, subject, iova, pa, size, protection, since, since_t_ns });
  }
}

const DOUBLES = 7;

/** NaN is null. */
function numbersOf({ iova, pa, size, protection, since, since_t_ns }: LiveMapping): number[] {
  return [iova, pa, size, protection ?? Number.NaN, since, since_t_ns ?? Number.NaN];
}

function acceptDoubles(
  numbers: Float64Array,
  subjects: readonly (string | null)[],
  space: string | null,
  accept: (mapping: LiveMapping) => void,
): void {
  for (let at = 0; at + DOUBLES <= numbers.length; at += DOUBLES) {
    const [iova, pa, size, protection, since, since_t_ns, subject] = numbers.subarray(
      at,
      at + DOUBLES,
    ) as unknown as [number, number, number, number, number, number, number];
    accept({
      space,
      subject: subjects[subject] ?? null,
      iova,
      pa,
      size,
      protection: Number.isNaN(protection) ? null : protection,
      since,
      since_t_ns: Number.isNaN(since_t_ns) ? null : since_t_ns,
    });
  }
}
