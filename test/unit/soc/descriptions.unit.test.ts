import { describe, expect, it } from 'vitest';
import { present } from '../../../src/base/assert.ts';
import type { RemoteprocDescription, SocDescription } from '../../../src/soc/description.ts';
import { findSoc, SOC_NAMES } from '../../../src/soc/find-soc.ts';
import { findPasPeripheral } from '../../../src/soc/pas-id.ts';
import { remoteProcessorOfDevice, remoteProcessorOfRegion } from '../../../src/soc/remote-processor.ts';
import { streamsIntersect } from '../../../src/soc/stream-description.ts';

const soc = (name: string): SocDescription => present(findSoc(name), name);
const SOCS = SOC_NAMES.map(soc);
const REMOTEPROCS = SOCS.flatMap((each) =>
  each.remoteprocs.map((remoteproc) => ({ soc: each, remoteproc, label: `${each.name} ${remoteproc.name}` })),
);

interface Range {
  readonly pa: number;
  readonly size: number;
}
const overlap = (a: Range, b: Range) => a.pa < b.pa + b.size && b.pa < a.pa + a.size;
const contains = (outer: Range, inner: Range) =>
  outer.pa <= inner.pa && inner.pa + inner.size <= outer.pa + outer.size;

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((a, index) => items.slice(index + 1).map((b): [T, T] => [a, b]));
}

function region(of: SocDescription, name: string) {
  return present(
    of.reservedMemory.find((each) => each.name === name),
    `${of.name} has no region ${name}`,
  );
}

const imagesOf = (remoteproc: RemoteprocDescription) => [
  { firmware: remoteproc.firmware, carveout: remoteproc.carveout },
  ...(remoteproc.dtbFirmware && remoteproc.dtbCarveout
    ? [{ firmware: remoteproc.dtbFirmware, carveout: remoteproc.dtbCarveout }]
    : []),
];

describe.each(SOCS)('$name', (described) => {
  const { board, reservedMemory, remoteprocs, clients, el2Overlay } = described;

  it('reserves regions in whole pages, each name once, none over another', () => {
    expect(new Set(reservedMemory.map(({ name }) => name)).size).toBe(reservedMemory.length);
    for (const { pa, size } of reservedMemory) {
      expect([pa % 0x1000, size % 0x1000]).toEqual([0, 0]);
      expect(size).toBeGreaterThan(0);
    }
    const overlapping = pairs(reservedMemory).filter(([a, b]) => overlap(a, b));
    expect(overlapping.map((both) => both.map(({ name }) => name))).toEqual([]);
  });

  it('has its regions in RAM, but for those of devices', () => {
    const outside = reservedMemory.filter((each) => !board.memory.some((bank) => contains(bank, each)));
    // The copy engines of the WLAN subsystem.
    expect(outside.map(({ name }) => name)).toEqual(described.name === 'kodiak' ? ['wlan-ce@4cd000'] : []);
  });

  it('has a heap in quiet RAM', () => {
    expect(board.memory.some((bank) => contains(bank, board.heap))).toBe(true);
    expect(reservedMemory.filter((each) => overlap(each, board.heap))).toEqual([]);
  });

  it('loads images that fit where they go', () => {
    const images = [...remoteprocs.flatMap(imagesOf), ...clients];
    for (const { firmware, carveout } of images) {
      expect(firmware.memorySize, firmware.path).toBeLessThanOrEqual(region(described, carveout).size);
      expect(firmware.fileSize, firmware.path).toBeLessThanOrEqual(firmware.memorySize);
      expect(firmware.entryOffset, firmware.path).toBeLessThan(firmware.memorySize);
      expect(firmware.memorySize % 0x1000, firmware.path).toBe(0);
    }
    const carveouts = images.map(({ carveout }) => carveout);
    expect(new Set(carveouts).size).toBe(carveouts.length);
  });

  it('knows its clients by the names of their PAS ids', () => {
    for (const { name, pasId } of clients) {
      expect(findPasPeripheral(pasId)).toMatchObject({ subject: name, part: 'main' });
    }
  });

  // The two entries of a bank may share streams, as Kodiak's do: the SMMU then has one for both.
  it('gives no stream to two owners', () => {
    const owned = [
      ...Object.entries(el2Overlay?.iommus ?? {}).map(
        ([name, stream]) => [`${name} itself`, stream] as const,
      ),
      ...remoteprocs.flatMap(({ name, computeStreams }) =>
        computeStreams.map((stream) => [`${name} banks`, stream] as const),
      ),
      ...clients.flatMap(({ name, streams }) => streams.map((stream) => [name, stream] as const)),
    ];
    const shared = pairs(owned).filter(([[a, x], [b, y]]) => a !== b && streamsIntersect(x, y));
    expect(shared).toEqual([]);
  });

  it('has an overlay for remote processors and clients that exist', () => {
    const names = remoteprocs.map(({ name }) => name);
    expect(Object.keys(el2Overlay?.iommus ?? {}).sort()).toEqual(el2Overlay === null ? [] : names.sort());
    expect(clients.map(({ name }) => name)).toEqual(
      expect.arrayContaining([...(el2Overlay?.disables ?? [])]),
    );
  });
});

describe.each(REMOTEPROCS)('$label', ({ soc: described, remoteproc }) => {
  it('is called what its unit address, its carveout and its PAS ids are called', () => {
    const { name } = remoteproc;
    expect(remoteProcessorOfDevice(`${remoteproc.unitAddress}.remoteproc`)).toBe(name);
    expect(remoteProcessorOfRegion(remoteproc.carveout)).toBe(name);
    const parts = [
      [remoteproc.pasId, 'main'],
      [remoteproc.dtbPasId, 'dtb'],
      [remoteproc.litePasId, 'lite'],
      [remoteproc.liteDtbPasId, 'lite-dtb'],
    ] as const;
    for (const [pasId, part] of parts) {
      if (pasId !== null) expect(findPasPeripheral(pasId)).toMatchObject({ subject: name, part });
    }
  });

  it('has dtb firmware exactly where the driver asks for it', () => {
    expect(remoteproc.dtbFirmware !== null).toBe(remoteproc.dtbPasId !== null);
    expect(remoteproc.dtbCarveout !== null).toBe(remoteproc.dtbPasId !== null);
  });

  it('is listed resources that an IOMMU can map', () => {
    const { resourceTable } = remoteproc;
    for (const { name, pa, size, flags } of resourceTable) {
      expect([pa % 0x1000, size % 0x1000], name).toEqual([0, 0]);
      expect([1, 2, 3], name).toContain(flags);
      expect(pa + size, name).toBeLessThanOrEqual(2 ** 32);
    }
    // A second mapping of an address fails with EEXIST, and the firmware region is mapped by Linux.
    const carveouts = imagesOf(remoteproc).map(({ carveout }) => region(described, carveout));
    const overlapping = pairs<Range>([...resourceTable, ...carveouts]).filter(([a, b]) => overlap(a, b));
    expect(overlapping).toEqual([]);
  });

  it('can reach smem, where anybody said so', () => {
    const smem = present(
      described.reservedMemory.find(({ name }) => name.startsWith('smem@')),
      'smem',
    );
    const listed = remoteproc.resourceTable.some((each) => each.pa === smem.pa && each.size === smem.size);
    const label = `${described.name} ${remoteproc.name}`;
    expect(listed).toBe(!['kodiak wpss', 'virt adsp'].includes(label));
  });
});

// Counts and sizes as OP-TEE's platform files have them (header of 16 bytes; offset, type and entry make 60).
it.each([
  ['lemans', 'adsp', 94, 5656],
  ['lemans', 'cdsp', 79, 4756],
  ['lemans', 'cdsp1', 79, 4756],
  ['lemans', 'gpdsp0', 99, 5956],
  ['lemans', 'gpdsp1', 103, 6196],
  ['kodiak', 'adsp', 11, 676],
  ['kodiak', 'cdsp', 16, 976],
  ['kodiak', 'wpss', 2, 136],
  // What the recorded machine's TrustZone answered with.
  ['virt', 'adsp', 2, 136],
] as const)('TrustZone lists for %s %s %i entries in %i bytes', (socName, name, count, size) => {
  const found = soc(socName).remoteprocs.find((each) => each.name === name);
  expect(found?.resourceTable).toHaveLength(count);
  expect(16 + 60 * (found?.resourceTable.length ?? 0)).toBe(size);
});

// Probing follows the order of the nodes; what does not start by itself is told apart.
it.each([
  ['lemans', 'gpdsp0 gpdsp1 cdsp cdsp1 adsp'],
  ['monaco', 'adsp gpdsp0 cdsp'],
  ['kodiak', '(modem) adsp (wpss) cdsp'],
  ['hamoa', 'adsp cdsp'],
  ['talos', 'cdsp adsp'],
  ['virt', 'adsp'],
] as const)('%s probes %s', (socName, expected) => {
  const names = soc(socName).remoteprocs.map(({ name, autoBoot }) => (autoBoot ? name : `(${name})`));
  expect(names.join(' ')).toBe(expected);
});

// What is given, and by whom, beside what the model assumes: docs/model.md says the same in prose.
it.each([
  // Measured on SA8775P Ride at EL1; banks at EL2 are assumed.
  ['lemans', { groups: 172, el1: 112, el2: 128, output: 36 }],
  // Assumed: groups; banks at EL1 are the context interrupts of the device tree less 16, at EL2 all of them.
  ['monaco', { groups: 128, el1: 128 - 16, el2: 128, output: 36 }],
  ['kodiak', { groups: 80, el1: 80 - 16, el2: 80, output: 36 }],
  ['hamoa', { groups: 128, el1: 96 - 16, el2: 96, output: 40 }],
  ['talos', { groups: 80, el1: 64 - 16, el2: 64, output: 36 }],
  // An SMMUv3 has neither.
  ['virt', { groups: 0, el1: 0, el2: 0, output: 44 }],
] as const)('%s has the SMMU that is known or assumed', (socName, expected) => {
  const { streamMatchGroups, contextBanks, outputBits } = soc(socName).smmu;
  expect({ groups: streamMatchGroups, ...contextBanks, output: outputBits }).toEqual(expected);
});

it.each([
  ['qcom/sa8775p/adsp.mbn', 6_795_264],
  ['qcom/x1e80100/adsp.mbn', 17_922_440],
  ['qcom/x1e80100/cdsp.mbn', 3_215_784],
] as const)('%s has the size that was seen', (path, size) => {
  const images = SOCS.filter(({ name }) => name !== 'virt').flatMap((each) => each.remoteprocs);
  expect(images.find(({ firmware }) => firmware.path === path)?.firmware.fileSize).toBe(size);
});

it('no image is larger than the largest that was seen', () => {
  for (const { remoteproc } of REMOTEPROCS) {
    expect(remoteproc.firmware.fileSize).toBeLessThanOrEqual(17_922_440);
  }
});

describe('virt', () => {
  it('is the recorded machine', () => {
    const [adsp] = soc('virt').remoteprocs;
    expect(adsp?.firmware).toMatchObject({
      fileSize: 434_176,
      memorySize: 5 * 1024 * 1024,
      metadataSize: 732,
    });
    expect(region(soc('virt'), 'pil-adsp@95900000')).toMatchObject({ pa: 0x9590_0000, size: 0x1e0_0000 });
    expect(adsp?.resourceTable).toMatchObject([
      { pa: 0x3000_0000, size: 0x10_0000, flags: 3 },
      { pa: 0x9b90_0000, size: 0x8_0000, flags: 3 },
    ]);
  });
});
