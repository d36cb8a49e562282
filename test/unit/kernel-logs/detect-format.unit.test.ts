import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../../src/kernel-logs/detect-format.ts';
import { VOICE_SIGNS } from '../../../src/kernel-logs/framing/console-voices.ts';
import {
  CONSOLE_WRAPPERS,
  DMESG_WRAPPERS,
  JOURNAL_WRAPPERS,
  LOGCAT_WRAPPERS,
  VENDOR_COLUMNS,
} from '../../../src/kernel-logs/framing/line-wrappers.ts';
import { ENTRY_SHAPES } from '../../../src/kernel-logs/ftrace/reshaped-parser.ts';
import { LOG_FIXTURES } from '../../support/log-fixtures.ts';
import { parseText } from '../../support/parse-text.ts';

describe('detectFormat', () => {
  it.each(LOG_FIXTURES)('$name is $format', ({ bytes, format }) => {
    expect(detectFormat(bytes)).toBe(format);
  });

  it.each(LOG_FIXTURES)('$name is $format from its first half too', ({ bytes, format }) => {
    expect(detectFormat(bytes.subarray(0, bytes.length >> 1))).toBe(format);
  });
});

const WRAPPERS = [
  ...DMESG_WRAPPERS,
  ...JOURNAL_WRAPPERS,
  ...CONSOLE_WRAPPERS,
  ...LOGCAT_WRAPPERS,
  ...VENDOR_COLUMNS,
];

describe('what stands before a message', () => {
  it.each(WRAPPERS)('$where: $example', ({ pattern, example }) => {
    pattern.lastIndex = 0;
    expect(pattern.test(Buffer.from(example).toString('latin1'))).toBe(true);
    expect(pattern.lastIndex).toBeGreaterThan(0);
    pattern.lastIndex = 0;
    expect(pattern.test('remoteproc remoteproc0: adsp is available')).toBe(false);
  });
});

describe('shapes of trace entries', () => {
  it.each(ENTRY_SHAPES)('$where', ({ pattern, example }) => {
    expect(pattern.test(example)).toBe(true);
    expect(pattern.test('     kworker/u32:5-143     [003] .....     7.300040: map: IOMMU: iova=0x0')).toBe(
      false,
    );
  });
});

describe('stamps of clocks that have nothing in common', () => {
  it('give lines without a time', () => {
    const events = parseText(
      'serial',
      '16:43:00.250  [    1.000000] first line\n2026-11-27 16:43:01.250  second line\n',
    );
    expect(events.filter(({ kind }) => kind === 'log.printed').map(({ t_ns }) => t_ns)).toEqual([1e9, null]);
  });
});

describe('who speaks on a console', () => {
  it.each(VOICE_SIGNS)('$who: $example', ({ who, example }) => {
    expect(VOICE_SIGNS.find(({ pattern }) => pattern.test(example))?.who).toBe(who);
  });

  it('is systemd where it waits, says more of a failure, or indents what it starts behind a stamp of ts', () => {
    const said = [
      'Nov 27 16:43:00 [    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd4b2]',
      'Nov 27 16:43:01          Starting Flush Journal to Persistent Storage...',
      'Nov 27 16:43:02 [***   ] A start job is running for dev-sda1.device (5s / 1min 30s)',
      "Nov 27 16:43:03 See 'systemctl status data.mount' for details.",
      '',
    ].join('\n');
    const spoken = parseText('serial', said).filter(({ kind }) => kind === 'log.printed');
    expect(spoken.map(({ agent }) => agent)).toEqual(['linux', 'userspace', 'userspace', 'userspace']);
  });
});
