import { describe, expect, it } from 'vitest';
import {
  devmemEntries,
  encodeResourceTable,
  type ResourceEntry,
  type ResourceStep,
  resourceTableSize,
  walkResourceTable,
} from '../../../src/soc/resource-table.ts';

const DEVMEM: ResourceEntry = {
  type: 'devmem',
  deviceAddress: 0x90a0_0000,
  pa: 0x9090_0000,
  size: 0x20_0000,
  flags: 3,
  name: 'smem',
};
const TRACE: ResourceEntry = { type: 'trace', deviceAddress: 0x1000, size: 0x800, name: 'log' };
const VRING = { deviceAddress: 0xffff_ffff, align: 4096, bufferCount: 8, notifyId: 1, pa: 0 };
const VDEV: ResourceEntry = {
  type: 'vdev',
  id: 7,
  notifyId: 0,
  deviceFeatures: 1,
  guestFeatures: 0,
  status: 0,
  vrings: [VRING, VRING],
  config: new Uint8Array([1, 2, 3]),
};

function walk(table: Uint8Array, hasDomain = true): ResourceStep[] {
  return [...walkResourceTable(table, { hasDomain })];
}

function patched(entries: ResourceEntry[], offset: number, value: number): Uint8Array {
  const bytes = encodeResourceTable(entries);
  new DataView(bytes.buffer).setUint32(offset, value, true);
  return bytes;
}

const refused = (...logLines: string[]): ResourceStep => ({ kind: 'refused', errno: -22, logLines });

describe('the size of a table', () => {
  it.each([
    ['lemans lpass', 94, 5656],
    ['lemans cdsp0', 79, 4756],
    ['lemans cdsp1', 79, 4756],
    ['lemans gpdsp0', 99, 5956],
    ['lemans gpdsp1', 103, 6196],
    ['kodiak lpass', 11, 676],
    ['kodiak cdsp', 16, 976],
    ['kodiak wpss', 2, 136],
    ['nothing', 0, 16],
  ])('of %s, with %i entries, is %i bytes', (_core, count, size) => {
    const regions = Array.from({ length: count }, (_unused, index) => ({
      name: `region${index}`,
      pa: 0x10_0000 + index * 0x1000,
      size: 0x1000,
      flags: 1,
    }));
    const entries = devmemEntries(regions);
    expect(resourceTableSize(entries)).toBe(size);
    const bytes = encodeResourceTable(entries);
    expect(bytes.length).toBe(size);
    const steps = walk(bytes);
    expect(steps.map((step) => (step.kind === 'handled' ? step.entry : step))).toEqual(entries);
  });

  it('of each type is as large as its structure', () => {
    const sizeOf = (entry: ResourceEntry) => resourceTableSize([entry]) - 16 - 4 - 4;
    expect([{ ...DEVMEM, type: 'carveout' } as const, DEVMEM, TRACE, VDEV].map(sizeOf)).toEqual([
      52,
      52,
      44,
      24 + 2 * 20 + 3,
    ]);
  });
});

describe('the bytes of a table', () => {
  it('are words in the order of the structures', () => {
    const view = new DataView(encodeResourceTable([DEVMEM]).buffer);
    const words = Array.from({ length: 12 }, (_unused, index) => view.getUint32(4 * index, true));
    const name = 0x6d65_6d73; // smem
    expect(words).toEqual([1, 1, 0, 0, 20, 1, 0x90a0_0000, 0x9090_0000, 0x20_0000, 3, 0, name]);
  });

  it('cannot tell what does not fit', () => {
    expect(() => encodeResourceTable([{ ...DEVMEM, pa: 2 ** 32 }])).toThrow(/no word/);
    expect(() => encodeResourceTable([{ ...DEVMEM, name: 'n'.repeat(32) }])).toThrow(/no name/);
  });
});

describe('walking a table', () => {
  const other = (typeNumber: number): ResourceEntry => ({
    type: 'other',
    typeNumber,
    payload: new Uint8Array(0),
  });

  it.each([
    [4, 'unsupported resource 4'],
    [127, 'unsupported resource 127'],
    [128, 'unsupported vendor resource 128'],
    [512, 'unsupported vendor resource 512'],
    [513, 'unsupported resource 513'],
    [0xffff_ffff, 'unsupported resource -1'],
  ])('warns of type %i and goes on', (type, logLine) => {
    expect(walk(encodeResourceTable([other(type), TRACE]))).toEqual([
      { kind: 'skipped', logLine },
      { kind: 'handled', entry: TRACE },
    ]);
  });

  it('asks nothing of the version, nor of the reserved words of the table', () => {
    expect(walk(patched([TRACE], 0, 9))).toHaveLength(1);
    expect(walk(patched([TRACE], 8, 9))[0]?.kind).toBe('handled');
  });

  it('does not map without a domain, and says nothing', () => {
    const steps = walk(encodeResourceTable([TRACE, DEVMEM, TRACE]), false);
    expect(steps).toEqual([{ kind: 'handled', entry: TRACE }, refused()]);
  });

  it('handles what comes before a refusal', () => {
    const steps = walk(patched([TRACE, DEVMEM, TRACE], 20, 5));
    expect(steps).toEqual([{ kind: 'handled', entry: TRACE }, refused('rsc table is truncated')]);
  });

  const cut = (entry: ResourceEntry) => encodeResourceTable([entry]).subarray(0, -1);
  const carveout: ResourceEntry = { ...DEVMEM, type: 'carveout' };
  const threeVrings: ResourceEntry = { ...VDEV, vrings: [VRING, VRING, VRING] };
  it.each([
    ['no header', new Uint8Array(15), 'rsc table is truncated'],
    ['no offsets', patched([], 4, 1), 'rsc table is truncated'],
    ['an offset in the header', patched([TRACE], 16, 15), 'rsc table is truncated'],
    ['an offset behind the table', patched([TRACE], 16, 68), 'rsc table is truncated'],
    ['an offset that is negative', patched([TRACE], 16, 0xffff_ffff), 'rsc table is truncated'],
    ['an offset to fewer than four bytes', patched([TRACE], 16, 65), 'rsc table is truncated'],
    ['a cut carveout', cut(carveout), 'carveout rsc is truncated'],
    ['a cut devmem', cut(DEVMEM), 'devmem rsc is truncated'],
    ['a cut trace', cut(TRACE), 'trace rsc is truncated'],
    ['a cut vdev', cut(VDEV), 'vdev rsc is truncated'],
    ['a vdev of no size', encodeResourceTable([VDEV]).subarray(0, 30), 'vdev rsc is truncated'],
    ['a huge configuration', patched([VDEV], 24 + 16, 0xffff_ffff), 'vdev rsc is truncated'],
    ['a carveout with more', patched([carveout], 24 + 16, 1), 'carveout rsc has non zero reserved bytes'],
    ['a devmem with more', patched([DEVMEM], 24 + 16, 1), 'devmem rsc has non zero reserved bytes'],
    ['a trace with more', patched([TRACE], 24 + 8, 1), 'trace rsc has non zero reserved bytes'],
    ['a vdev with more', patched([VDEV], 24 + 20, 0x1_0000), 'vdev rsc has non zero reserved bytes'],
    ['three vrings', encodeResourceTable([threeVrings]), 'too many vrings: 3'],
  ])('refuses %s', (_what, table, line) => {
    expect(walk(table)).toEqual([refused(line)]);
  });
});
