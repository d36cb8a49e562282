import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'trace-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const REFUSED = 'qcom_q6v5_pas 3000000.remoteproc: error -22 initializing firmware qcom/qcs6490/adsp.mbn';
const UNAUTHENTICATED = 'qcom_q6v5_pas 30000000.remoteproc: failed to authenticate image and release reset';

async function causes(...args: string[]): Promise<string[]> {
  const { out } = await runCli(['explain', ...args, '--format', 'json']);
  const { meanings } = JSON.parse(out) as { meanings: { causes: { rule: string }[] | null }[] };
  return meanings.flatMap(({ causes: found }) => (found ?? []).map(({ rule }) => rule));
}

describe('trace explain', () => {
  it.each([
    ['as dmesg prints it', `[   10.895982][   T72] ${REFUSED}`],
    ['in a mail that quotes it', `> [   10.895982] ${REFUSED}`],
    ['of a journal', `Mar 23 13:40:30 host kernel: ${REFUSED}`],
    ['of a journal behind a mark of its own', `HINT: Mar 23 13:40:30 host kernel: ${REFUSED}`],
    ['of a journal with monotonic stamps', `[   10.895982] host kernel: ${REFUSED}`],
    ['of a console that is indented', `        [   10.895982] ${REFUSED}`],
    ['of a list', `- [   10.895982] ${REFUSED}`],
    ['that was left out of a patch', `-[   10.895982] ${REFUSED}`],
  ])('knows a line %s', async (_, line) => {
    expect(await causes(line)).toContain('signature-refused');
  });

  it('takes a line that begins with a dash before options and a history', async () => {
    const log = join(folder, 'dash.txt');
    writeFileSync(log, `[   10.895982] ${REFUSED}\n`);
    const line = `- ${REFUSED}`;
    expect(await causes('--soc', 'kodiak', line, log)).toContain('signature-refused');
    const { code, err } = await runCli(['explain', '--sco', 'kodiak', line]);
    expect(code).toBe(2);
    expect(err).toContain("unknown option '--sco'");
  });

  it.each([
    ['-', `-${UNAUTHENTICATED}`, 'the first has the line, and the second has not'],
    ['+', `+[   10.895982] ${UNAUTHENTICATED}`, 'the second has the line, and the first has not'],
    ['-', `- [   10.895982] ${UNAUTHENTICATED}`, 'the first has the line, and the second has not'],
  ])(
    'takes a line that begins with %s for no option, and as quoted from a diff',
    async (mark, line, says) => {
      const { code, out } = await runCli(['explain', '--soc', 'lemans', line], { columns: 200 });
      expect(code).toBe(0);
      expect(out).toContain(`If it is quoted from a diff of two logs, the ${mark} says that ${says}.`);
      expect(out).toContain('adsp: authenticate failed');
      expect(await causes(line)).toEqual(await causes(UNAUTHENTICATED));
      const { out: data } = await runCli(['explain', line, '--format', 'json']);
      expect(JSON.parse(data)).toMatchObject({ text: line, diff_mark: mark });
    },
  );

  it('takes other lines that begin with - for lines too, and options for options', async () => {
    const { out } = await runCli(['explain', '------------[ cut here ]------------', '--format', 'json']);
    expect(JSON.parse(out)).toMatchObject({ diff_mark: null, meanings: [{ kind: 'kernel.warned' }] });
    expect(await runCli(['explain', '--colour', REFUSED])).toMatchObject({
      code: 2,
      err: expect.stringContaining("unknown option '--colour'"),
    });
    expect(await runCli(['explain', '--soc', '- x', REFUSED])).toMatchObject({
      code: 2,
      err: expect.stringContaining('no SoC is called - x'),
    });
  });

  it('names causes that fit the SoC', async () => {
    const ofKodiak = await causes(REFUSED);
    expect(ofKodiak).toContain('el2-no-overlay');
    expect(ofKodiak).not.toContain('el2-plain-devicetree');
    expect(ofKodiak).not.toContain('dtb-left-running');
    const dtb =
      'qcom_q6v5_pas 6800000.remoteproc: error -22 initializing firmware qcom/x1e80100/adsp_dtb.mbn';
    expect(await causes(dtb)).toContain('dtb-left-running');
    expect(await causes(dtb)).toContain('el2-plain-devicetree');
  });

  it.each([
    ['EL1', 'carveout-not-bridged'],
    ['EL2', 'none'],
  ])('names causes that fit the exception level of a history: %s', async (level, ruledOut) => {
    const log = join(folder, `${level}.txt`);
    const lines = [
      '[    0.000000] Machine model: Qualcomm Technologies, Inc. Lemans EVK',
      `[    0.020000] CPU: All CPU(s) started at ${level}`,
      '[    2.000000] remoteproc remoteproc0: powering up adsp',
      `[    2.200000] ${UNAUTHENTICATED}`,
      `[    3.200000] ${REFUSED}`,
    ];
    writeFileSync(log, `${lines.join('\n')}\n`);
    const found = await causes(UNAUTHENTICATED, log);
    expect(found).toContain('image-corrupted');
    expect(found).not.toContain(ruledOut);
    const refused = await causes(REFUSED, log);
    expect(refused).not.toContain(level === 'EL1' ? 'metadata-not-bridged' : 'el1-el2-devicetree');
    expect(refused).not.toContain(level === 'EL1' ? 'el2-no-overlay' : 'metadata-bridged-at-el1');
  });
});
describe('a line in whatever form it is pasted', () => {
  const LINE = "remoteproc remoteproc0: can't start rproc adsp: -22";
  const STAMPED = `[   12.345678] ${LINE}`;
  it.each([
    ['with its level', `<3>${STAMPED}`],
    ['with its level only', `<3>${LINE}`],
    ['of dmesg -T', `[Sat Nov 28 01:43:51 2026] ${LINE}`],
    ['of dmesg --time-format=iso', `2026-11-28T01:43:51,345678+00:00 ${LINE}`],
    ['of dmesg -x', `kern  :err   : ${STAMPED}`],
    ['of journalctl -o short-iso', `2026-11-28T01:43:51+0100 board kernel: ${LINE}`],
    ['of a logger that adds its stamp', `[12:34:56.789] ${STAMPED}`],
    [
      'with colours',
      `\u001b[32m[   12.345678] \u001b[0m\u001b[33mremoteproc remoteproc0\u001b[0m: ${LINE.slice(24)}`,
    ],
    ['with colours that lost their escapes', `[32m[   12.345678] [0m${LINE}`],
    ['of grep -n', `dmesg.txt:143:${STAMPED}`],
    ['of a list', `* ${STAMPED}`],
    ['quoted', `    "${STAMPED}",`],
  ])('%s', async (_, line) => {
    const { out } = await runCli(['explain', line, '--format', 'json']);
    const { meanings } = JSON.parse(out) as { meanings: { text: string }[] };
    expect(meanings[0]?.text).toBe('adsp: start failed, -22 EINVAL');
  });

  it('is found in its history all the same', async () => {
    const log = join(folder, 'start.txt');
    writeFileSync(log, `[   12.000000] remoteproc remoteproc0: powering up adsp\n${STAMPED}\n`);
    const { out } = await runCli(['explain', `[Sat Nov 28 01:43:51 2026] ${LINE}`, log]);
    expect(out).toContain('In start.txt it is start.txt:2.');
  });
});

describe('what a line may come of', () => {
  const SMMU = 'arm-smmu 15000000.iommu: ';
  it.each([
    [
      'a stream that no entry takes',
      `${SMMU}Blocked unknown Stream ID 0x3001; boot with "x" to allow`,
      'stream-unknown',
    ],
    [
      'a probe that fails of another driver',
      'foo 1234.bar: probe with driver foo failed with error -22',
      undefined,
    ],
    [
      'a remote processor that does not probe',
      'qcom_q6v5_pas 30000000.remoteproc: probe with driver qcom_q6v5_pas failed with error -22',
      'processor-not-probed',
    ],
    ['video', 'qcom-iris aa00000.video-codec: auth and reset failed: -22', 'video-at-el2'],
    [
      'the zap shader',
      '[drm:adreno_zap_shader_load_mdt [msm]] *ERROR* Unable to authorize the image',
      'zap-at-el2',
    ],
    [
      'a wait for no SMMU',
      "platform 33c0000.pinctrl: deferred probe pending: foo: Failed to get clk 'core'",
      'deferred-for-ever',
    ],
    [
      'a wait for the SMMU',
      'platform 30000000.remoteproc: deferred probe pending: platform: wait for supplier /soc@0/iommu@15000000',
      'smmu-missing',
    ],
    [
      'firmware of another device',
      'bluetooth hci0: Direct firmware load for qca/hpnv21.bin failed with error -2',
      undefined,
    ],
    ['a core that does not get ready', 'qcom_q6v5_pas 30000000.remoteproc: start timed out', 'never-ready'],
    ['an entry of the table', 'remoteproc remoteproc0: devmem rsc is truncated', 'rsctable-malformed'],
    [
      'a segment that is bigger in the file',
      'qcom_q6v5_pas 30000000.remoteproc: refusing to load segment 3 with p_filesz > p_memsz',
      'image-malformed',
    ],
    [
      'a segment that is elsewhere',
      'qcom_q6v5_pas 30000000.remoteproc: segment outside memory range',
      'image-outside-region',
    ],
    [
      'a fault of a SoC that is not known',
      `${SMMU}Unhandled context fault: fsr=0x402, iova=0x90aff330, fsynr=0x90002, cbfrsynra=0x3000, cb=9`,
      'devmem-missing',
    ],
  ])('%s', async (_, line, rule) => {
    expect((await causes(line))[0]).toBe(rule);
  });

  it('is nothing where it is known to be harmless', async () => {
    const line = 'qcom_scm firmware:scm: qseecom: untested machine, skipping';
    expect(await causes(line)).toEqual([]);
    expect((await runCli(['explain', line])).out).toContain(
      'Harmless: "qseecom: untested machine, skipping"',
    );
  });
});
