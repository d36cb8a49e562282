import { describe, expect, it } from 'vitest';
import { bootOfEvents } from '../../../src/diff/boot-source.ts';
import { compareBoots } from '../../../src/diff/compare.ts';
import { findLatencies } from '../../../src/diff/latencies.ts';
import { parseText } from '../../support/parse-text.ts';

/** A start of the ADSP in a kernel log: when it begins, when its firmware is there, and when it runs; then a stop. */
function start({ firmware = 2.02, running = 2.1, stop = 3 } = {}): string {
  const line = (time: number, text: string) => `[${time.toFixed(6).padStart(12)}] ${text}\n`;
  return (
    line(2, 'remoteproc remoteproc0: powering up adsp') +
    line(firmware, 'remoteproc remoteproc0: Booting fw image qcom/sa8775p/adsp.mbn, size 6795264') +
    line(running, 'remoteproc remoteproc0: remote processor adsp is now up') +
    line(stop, 'remoteproc remoteproc0: stopped remote processor adsp')
  );
}

function call(took: number): string {
  const at = (time: number) => `     kworker/0:1-9       [000] .....     ${time.toFixed(6)}: `;
  return (
    `${at(2)}scm_smc_request: smc_id:0x42000205 svc_id:0x02 cmd_id:0x05 args_cnt:1 args:{0x1}\n` +
    `${at(2 + took)}scm_smc_done: smc_id:0x42000205, ret:0 res_to_callee:0x0 res0:0x0 res1:0x0 res2:0x0\n`
  );
}

function latencies(format: 'dmesg' | 'ftrace', a: string, b: string) {
  const [ofA, ofB] = [a, b].map((text) => bootOfEvents(parseText(format, text))) as [
    ReturnType<typeof bootOfEvents>,
    ReturnType<typeof bootOfEvents>,
  ];
  const { lanes, differs } = compareBoots(ofA, ofB);
  expect(differs).toBe(false);
  return findLatencies(lanes).map(({ measured, b: { text }, a_ns, b_ns }) => [
    `${measured} ${text}`,
    Math.round(a_ns / 1e6),
    Math.round(b_ns / 1e6),
  ]);
}

describe('latencies', () => {
  it('are of a step that takes one boot three times as long and 10 ms longer', () => {
    expect(latencies('dmesg', start(), start({ running: 2.5, stop: 3.4 }))).toEqual([
      ['gap adsp is running', 80, 480],
    ]);
    expect(latencies('dmesg', start(), start({ running: 2.25, stop: 3.2 }))).toEqual([]);
  });

  it('are of a call from its request to its return', () => {
    expect(latencies('ftrace', call(0.005), call(0.02))).toEqual([
      ['call PAS_AUTH_AND_RESET(pas_id=1 adsp) -> ok', 5, 20],
    ]);
    expect(latencies('ftrace', call(0.001), call(0.009))).toEqual([]);
  });

  it('are of a step for which only one boot waits as long as the drivers do', () => {
    expect(latencies('ftrace', call(2), call(5.1))).toHaveLength(1);
    expect(latencies('ftrace', call(2), call(4.9))).toEqual([]);
    expect(latencies('ftrace', call(5.1), call(9))).toEqual([]);
  });

  it('are not of the time that passes until somebody stops a processor', () => {
    expect(latencies('dmesg', start(), start({ stop: 30 }))).toEqual([]);
  });

  it('are not of times that nobody told', () => {
    expect(latencies('dmesg', start(), start().replace(/^\[.*?\] /gm, ''))).toEqual([]);
  });
});
