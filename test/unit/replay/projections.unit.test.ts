import { describe, expect, it } from 'vitest';
import { applyEvent, type NewEvent } from '../../../src/events/catalog.ts';
import { PROJECTIONS } from '../../../src/replay/projections/all-projections.ts';
import { bootFactProjection } from '../../../src/replay/projections/boot-fact.ts';
import { mappingProjection } from '../../../src/replay/projections/mapping.ts';
import { type Projection, projectEvents, type SqlValue } from '../../../src/replay/projections/projection.ts';
import { remoteprocStateProjection } from '../../../src/replay/projections/remoteproc-state.ts';
import { shmBridgeProjection } from '../../../src/replay/projections/shm-bridge.ts';
import { smcProjection } from '../../../src/replay/projections/smc.ts';
import { subjectNameProjection } from '../../../src/replay/projections/subject-name.ts';
import { initialSocState } from '../../../src/soc/soc-state.ts';
import { buildEvent, mapped, numbered, requested, returned, unmapped } from '../../support/build-event.ts';

/** The rows of a projection as objects: event n has seq n and time n microseconds. */
function rowsOf(projection: Projection, given: readonly NewEvent[]): Record<string, SqlValue>[] {
  return projectEvents(projection, numbered(given)).map((row) =>
    Object.fromEntries(projection.columns.map((column, index) => [column.name, row[index] as SqlValue])),
  );
}

const MEM_SETUP = 0x42000202;
const AUTH = 0x42000205;

describe('every projection', () => {
  it.each(PROJECTIONS.map((projection) => [projection.table, projection] as const))(
    '%s has columns of different names, and indexes over columns that it has',
    (_table, { columns, indexes }) => {
      const names = columns.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      for (const index of indexes) for (const column of index) expect(['boot', ...names]).toContain(column);
    },
  );
});

describe('smc', () => {
  it('pairs a request with its return', () => {
    const [row, ...others] = rowsOf(smcProjection, [
      requested(MEM_SETUP, [1n, 0x9590_0000n, 5n << 20n], { subject: 'adsp', context: 'sh-201' }),
      buildEvent('log.printed', { level: null, text: 'meanwhile' }),
      returned(MEM_SETUP, 0xffff_ffff_ffff_fffen, { cause: 1, results: [0n, 7n, 0xffff_ffff_ffff_ffffn] }),
    ]);
    expect(others).toEqual([]);
    expect(row).toEqual({
      seq: 1,
      returned_seq: 3,
      t_ns: 1000,
      duration_ns: 2000,
      subject: 'adsp',
      context: 'sh-201',
      function_id: MEM_SETUP,
      name: 'PAS_MEM_SETUP',
      arg_count: 3,
      arg0: 1n,
      arg1: 0x9590_0000n,
      arg2: 5n << 20n,
      arg3: null,
      arg4: null,
      arg5: null,
      call: 'PAS_MEM_SETUP(pas_id=1 adsp, base=0x95900000, size=0x500000)',
      status: -2n,
      errno: -22,
      errno_name: 'EINVAL',
      result0: 0n,
      result1: 7n,
      result2: -1n,
      reissues: 0,
    });
  });

  it('keeps calls apart that are in flight together', () => {
    const rows = rowsOf(smcProjection, [
      requested(MEM_SETUP, [1n]),
      requested(AUTH, [18n]),
      returned(MEM_SETUP, 0n, { cause: 1 }),
      returned(AUTH, 0n, { cause: 2 }),
    ]);
    expect(rows.map(({ seq, returned_seq }) => [seq, returned_seq])).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(rows[0]).toMatchObject({ errno: 0, errno_name: null });
  });

  it('takes the re-issues after an interruption for the same call', () => {
    const reissue = (cause: number | null) => ({ ...requested(1, [0n, 0n], { cause }) }) as NewEvent;
    const rows = rowsOf(smcProjection, [
      requested(AUTH, [1n]),
      reissue(1),
      reissue(1),
      returned(AUTH, 0n, { cause: 1 }),
      // A return may also name the last request that Linux made.
      requested(AUTH, [1n]),
      reissue(5),
      returned(AUTH, 0n, { cause: 6 }),
      // Whose re-issue this is nobody knows, so it is a call of its own.
      reissue(null),
    ]);
    expect(rows.map(({ seq, returned_seq, reissues }) => ({ seq, returned_seq, reissues }))).toEqual([
      { seq: 1, returned_seq: 4, reissues: 2 },
      { seq: 5, returned_seq: 7, reissues: 1 },
      { seq: 8, returned_seq: null, reissues: 0 },
    ]);
  });

  it('does not know what the log does not show', () => {
    const rows = rowsOf(smcProjection, [
      returned(AUTH, 0n, { subject: 'adsp', context: 'sh-1' }),
      returned(AUTH, 0n, { cause: 77 }),
      requested(MEM_SETUP, [1n]),
    ]);
    const unknownRequest = {
      seq: null,
      t_ns: null,
      duration_ns: null,
      arg_count: null,
      arg0: null,
      call: null,
      reissues: null,
      name: 'PAS_AUTH_AND_RESET',
      function_id: AUTH,
      status: 0n,
    };
    expect(rows[0]).toMatchObject({ ...unknownRequest, returned_seq: 1, subject: 'adsp', context: 'sh-1' });
    expect(rows[1]).toMatchObject({ ...unknownRequest, returned_seq: 2 });
    expect(rows[2]).toMatchObject({ seq: 3, returned_seq: null, status: null, errno: null, result0: null });
  });

  it('tells the error that the caller sees: that of the transport before that of the firmware', () => {
    const rows = rowsOf(smcProjection, [
      requested(AUTH, [1n]),
      returned(AUTH, 0n, { cause: 1, transportError: -110 }),
    ]);
    expect(rows[0]).toMatchObject({ status: 0n, errno: -110, errno_name: 'ETIMEDOUT' });
  });
});

describe('mapping', () => {
  it('has a row for each mapping, from its making to its removal', () => {
    const rows = rowsOf(mappingProjection, [
      mapped(0x1000, 0x1000, { subject: 'adsp', pa: 0x8000 }),
      mapped(0x4000, 0x2000),
      unmapped(0x1000, 0x1000),
    ]);
    expect(rows).toEqual([
      {
        space: null,
        subject: 'adsp',
        iova: 0x1000,
        iova_end: 0x2000,
        pa: 0x8000,
        size: 0x1000,
        protection: null,
        iova_node: 0x1800,
        pa_node: 0x8800,
        from_seq: 1,
        to_seq: 3,
        from_t_ns: 1000,
        to_t_ns: 3000,
      },
      expect.objectContaining({ iova: 0x4000, from_seq: 2, to_seq: null, to_t_ns: null }),
    ]);
  });

  it('ends the part that was removed and goes on with the rest', () => {
    const rows = rowsOf(mappingProjection, [
      mapped(0x1000, 0x3000, { space: 'adsp', pa: 0x9000 }),
      unmapped(0x2000, 0x1000, { space: 'adsp' }),
    ]);
    expect(
      rows.map(({ iova, iova_end, pa, from_seq, to_seq }) => ({ iova, iova_end, pa, from_seq, to_seq })),
    ).toEqual([
      { iova: 0x2000, iova_end: 0x3000, pa: 0xa000, from_seq: 1, to_seq: 2 },
      { iova: 0x1000, iova_end: 0x2000, pa: 0x9000, from_seq: 1, to_seq: null },
      { iova: 0x3000, iova_end: 0x4000, pa: 0xb000, from_seq: 1, to_seq: null },
    ]);
  });

  it('goes by what was really unmapped, not by what was asked for', () => {
    const short = buildEvent('mapping.removed', { space: null, iova: 0, size: 0x2000, removed_size: 0 });
    const rows = rowsOf(mappingProjection, [mapped(0, 0x2000), short]);
    expect(rows).toEqual([expect.objectContaining({ iova: 0, to_seq: null })]);
  });

  it('has no row for a removal of something that nobody saw being mapped', () => {
    expect(rowsOf(mappingProjection, [unmapped(0x1000, 0x1000)])).toEqual([]);
  });
});

describe('shm_bridge', () => {
  const created = (handle: bigint, pa: number, subject: string | null = null) =>
    buildEvent(
      'shm_bridge.created',
      { handle, pa, size: 4096, ns_permissions: 6, s_permissions: 6 },
      { subject },
    );
  const deleted = (handle: bigint) => buildEvent('shm_bridge.deleted', { handle });

  it('has a row for each bridge while it stands', () => {
    const rows = rowsOf(shmBridgeProjection, [created(1n, 0x1000, 'adsp'), created(2n, 0x2000), deleted(1n)]);
    expect(rows).toEqual([
      {
        handle: 1n,
        subject: 'adsp',
        pa: 0x1000,
        size: 4096,
        pa_end: 0x2000,
        pa_node: 0x1800,
        from_seq: 1,
        to_seq: 3,
        from_t_ns: 1000,
        to_t_ns: 3000,
      },
      expect.objectContaining({ handle: 2n, subject: null, to_seq: null }),
    ]);
  });

  it('ends a bridge whose handle is given out again, and takes a handle of 64 bits as it is', () => {
    const handle = 0xffff_ffff_0000_0001n;
    const rows = rowsOf(shmBridgeProjection, [created(handle, 0x1000), created(handle, 0x2000), deleted(9n)]);
    expect(rows.map((row) => [row['handle'], row['pa'], row['from_seq'], row['to_seq']])).toEqual([
      [-0xffff_ffffn, 0x1000, 1, 2],
      [-0xffff_ffffn, 0x2000, 2, null],
    ]);
  });
});

describe('remoteproc_state', () => {
  const state = (name: string, to: 'starting' | 'running' | 'crashed') =>
    buildEvent('remoteproc.state_changed', { name, state: to });

  it('tells which state followed which, and when', () => {
    const rows = rowsOf(remoteprocStateProjection, [
      buildEvent('remoteproc.registered', { name: 'adsp', index: 0 }),
      state('adsp', 'starting'),
      state('cdsp', 'running'),
      state('adsp', 'running'),
      buildEvent('remoteproc.crashed', { name: 'adsp', type: 'fatal error' }),
      // The same again, told by the state: nothing new began.
      state('adsp', 'crashed'),
    ]);
    expect(
      rows.map((row) => [row['name'], row['state'], row['from_seq'], row['to_seq'], row['to_t_ns']]),
    ).toEqual([
      ['adsp', 'offline', 1, 2, 2000],
      ['adsp', 'starting', 2, 4, 4000],
      ['adsp', 'running', 4, 5, 5000],
      ['adsp', 'crashed', 5, null, null],
      ['cdsp', 'running', 3, null, null],
    ]);
  });

  it('says of the last state what the state of the SoC says', () => {
    const now = initialSocState();
    const crash = buildEvent('remoteproc.crashed', { name: 'adsp', type: 'watchdog' });
    for (const event of numbered([state('adsp', 'running'), crash, state('adsp', 'crashed')]))
      applyEvent(now, event);
    expect(now.remoteprocs.get('adsp')).toEqual({ state: 'crashed', since: 2 });
  });
});

describe('boot_fact', () => {
  const facts = (given: readonly NewEvent[]) =>
    rowsOf(bootFactProjection, given).map((row) => [row['name'], row['value'], row['seq'], row['evidence']]);
  const atLevel = (level: number) => buildEvent('boot.cpus_started', { exception_level: level });
  const model = (text: string) => buildEvent('boot.machine_identified', { model: text, basis: 'devicetree' });
  const firmware = (name: string) => buildEvent('firmware.loaded', { name, size: 1 });
  const started = (known: { soc?: string; mode?: string }) =>
    buildEvent('boot.started', {
      origin: 'simulation',
      soc: null,
      board: null,
      mode: null,
      kernel: null,
      scenario: null,
      seed: null,
      ...known,
    });

  it('has what the log tells of the boot, each with the event that tells it', () => {
    expect(
      facts([
        buildEvent('boot.kernel_identified', { release: '7.2.13', banner: '', basis: 'banner' }),
        buildEvent('boot.command_line_set', { command_line: 'quiet' }),
        model('Qualcomm SA8775P Ride'),
        buildEvent('boot.kvm_initialised', { mode: 'VHE' }),
        atLevel(2),
      ]),
    ).toEqual([
      ['kernel', '7.2.13', 1, 'kernel banner'],
      ['command_line', 'quiet', 2, 'kernel command line'],
      ['machine', 'Qualcomm SA8775P Ride', 3, 'machine model'],
      ['soc', 'sa8775p', 3, 'assumed from machine model Qualcomm SA8775P Ride'],
      ['kvm', 'VHE', 4, 'KVM said so'],
      ['exception_level', '2', 5, 'all CPUs started at EL2'],
      ['mode', 'el2', 5, 'all CPUs started at EL2'],
    ]);
  });

  it('takes EL1 for a hypervisor below, and says nothing where no line does', () => {
    expect(facts([atLevel(1)]).map(([name, value]) => [name, value])).toEqual([
      ['exception_level', '1'],
      ['mode', 'hypervisor'],
    ]);
    expect(facts([buildEvent('boot.stage_entered', { stage: 'userspace' })])).toEqual([]);
  });

  it('tells a thing once, and two that contradict each other both', () => {
    expect(
      facts([atLevel(1), atLevel(1), atLevel(2)]).map(([name, value, seq]) => [name, value, seq]),
    ).toEqual([
      ['exception_level', '1', 1],
      ['mode', 'hypervisor', 1],
      ['exception_level', '2', 3],
      ['mode', 'el2', 3],
    ]);
  });

  it('assumes a SoC from where firmware lies, if that is the folder of a SoC', () => {
    expect(
      facts([firmware('qcom/vpu/vpu30_p4.mbn'), firmware('qcom/qcs8300/adsp.mbn'), firmware('adsp.mbn')]),
    ).toEqual([['soc', 'qcs8300', 2, 'assumed from firmware path qcom/qcs8300/adsp.mbn']]);
  });

  it('assumes nothing that was known beforehand', () => {
    expect(
      facts([started({ soc: 'sa8775p', mode: 'qhee' }), atLevel(1), firmware('qcom/qcs9100/adsp.mbn')]).map(
        ([name, value]) => [name, value],
      ),
    ).toEqual([
      ['soc', 'sa8775p'],
      ['mode', 'qhee'],
      ['exception_level', '1'],
    ]);
  });

  it.each([
    ['Qualcomm Technologies, Inc. MSM 8916 MTP', 'msm8916'],
    ['Qualcomm Technologies, Inc. MSM8998 v1 MTP', 'msm8998'],
    ['Qualcomm SC8280XP CRD', 'sc8280xp'],
    ['Qualcomm Technologies, Inc. Lemans Ride Rev3', 'sa8775p'],
    ['Qualcomm Technologies, Inc. Robotics RB3gen2', 'qcs6490'],
    ['Qualcomm Technologies, Inc. X1E80100 CRD', 'x1e80100'],
    ['Surface Pro 12 inch', 'x1p42100'],
    ['Example Corp. Board 12', undefined],
    ['linux,dummy-virt', undefined],
  ])('reads the SoC out of the model %s', (text, expected) => {
    const soc = facts([model(text)]).find(([name]) => name === 'soc');
    expect(soc?.[1]).toBe(expected);
  });
});

describe('subject_name', () => {
  const adsp = { subject: 'adsp' };
  const names = (given: readonly NewEvent[]) =>
    rowsOf(subjectNameProjection, given).map((row) => [row['name'], row['seq'], row['evidence']]);

  it('has each name once, with how it is known', () => {
    const file = 'qcom/sa8775p/adsp.mbn';
    expect(
      names([
        buildEvent('smmu.group_added', { device: '30000000.remoteproc', group: 9 }, adsp),
        buildEvent('remoteproc.registered', { name: 'adsp', index: 4 }, adsp),
        buildEvent('firmware.loaded', { name: file, size: 1 }, adsp),
        buildEvent('firmware.loaded', { name: file, size: 1 }, adsp),
        buildEvent('device.identified', { device: 'x.remoteproc', basis: 'firmware', evidence: file }, adsp),
      ]),
    ).toEqual([
      ['30000000.remoteproc', 1, 'unit address in the device trees of Linux 7.2'],
      ['remoteproc4', 2, 'the remoteproc core told it as it registered it'],
      [file, 3, 'loaded for it'],
      ['x.remoteproc', 5, `assumed from its firmware: ${file}`],
    ]);
  });

  it('has none of what is only called by its own name', () => {
    const device = '1d84000.ufshc';
    expect(names([buildEvent('smmu.group_added', { device, group: 1 }, { subject: device })])).toEqual([]);
  });
});
