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
  ])('knows a line %s', async (_, line) => {
    expect(await causes(line)).toContain('signature-refused');
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
