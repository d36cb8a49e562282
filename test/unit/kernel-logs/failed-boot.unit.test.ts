import { describe, expect, it } from 'vitest';
import type { BootEvent } from '../../../src/events/catalog.ts';
import { parseText } from '../../support/parse-text.ts';

function statesOf(lines: readonly string[]): string[] {
  const states = (event: BootEvent) =>
    event.kind === 'remoteproc.state_changed' ? [event.payload.state] : [];
  return parseText('dmesg', `${lines.join('\n')}\n`).flatMap(states);
}

const POWERED = '[    2.000000] remoteproc remoteproc0: powering up 4080000.remoteproc';
const TIMED_OUT = '[    7.000000] qcom-q6v5-mss 4080000.remoteproc: start timed out';
const BOOT_FAILED = '[    7.200000] remoteproc remoteproc0: Boot failed: -110';

describe('a start that user space asked for and that failed', () => {
  it('leaves the processor failed where the line of the core was broken in two', () => {
    const broken = [
      "[    7.100000] remoteproc remoteproc0: can't start rproc ",
      '4080000.remoteproc: -110',
      BOOT_FAILED,
    ];
    expect(statesOf([POWERED, TIMED_OUT, ...broken])).toEqual(['starting', 'failed']);
    expect(statesOf([POWERED, TIMED_OUT, ...broken, POWERED])).toEqual(['starting', 'failed', 'starting']);
  });

  it('is told once where the line of the core is whole', () => {
    const whole = "[    7.100000] remoteproc remoteproc0: can't start rproc 4080000.remoteproc: -110";
    expect(statesOf([POWERED, TIMED_OUT, whole, BOOT_FAILED])).toEqual(['starting', 'failed']);
  });

  it('says nothing of a processor that was not starting', () => {
    expect(statesOf([BOOT_FAILED])).toEqual([]);
  });
});
