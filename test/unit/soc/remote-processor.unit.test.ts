import { describe, expect, it } from 'vitest';
import { remoteProcessorOfFirmware, subjectOfSpeaker } from '../../../src/soc/remote-processor.ts';

describe('a firmware file', () => {
  it.each([
    ['qcom/sa8775p/adsp.mbn', 'adsp'],
    ['qcom/sa8775p/cdsp0.mbn', 'cdsp'],
    ['qcom/sa8775p/cdsp1.mbn', 'cdsp1'],
    ['qcom/sc8280xp/EXAMPLE/qccdsp8280.mbn', 'cdsp'],
    ['qcom/x1e80100/adsp_dtb.mbn', 'adsp'],
    ['mba.mbn', 'modem'],
    ['qcom/vpu/vpu30_p4.mbn', undefined],
    ['ath11k/WCN6855/hw2.0/amss.bin', undefined],
  ])('%s is for %s', (path, processor) => {
    expect(remoteProcessorOfFirmware(path)).toBe(processor);
  });
});

describe('a line of a device', () => {
  it.each([
    ['30000000.remoteproc', 'adsp'],
    ['30000000.remoteproc:glink-edge.fastrpcglink-apps-dsp.-1.-1', 'adsp'],
    ['1a300000.remoteproc', 'cdsp'],
    ['remoteproc-cdsp', 'cdsp'],
    ['smp2p-lpass', 'adsp'],
    ['firmware:scm', 'scm'],
    ['aa00000.video-codec', 'aa00000.video-codec'],
  ])('%s is about %s', (device, subject) => {
    expect(subjectOfSpeaker(device)).toBe(subject);
  });
});
