import { describe, expect, it } from 'vitest';
import { BootsOfLog } from '../../../src/kernel-logs/boots-of-log.ts';
import { parseText } from '../../support/parse-text.ts';

/** A boot whose stamps are all later by some microseconds, but for those at zero. */
function bootLines(laterUs = 0): string[] {
  const timed = (us: number, text: string) => {
    const at = us === 0 ? 0 : us + laterUs;
    const micros = String(at % 1_000_000).padStart(6, '0');
    return `[${String(Math.floor(at / 1_000_000)).padStart(5)}.${micros}] ${text}`;
  };
  return [
    timed(0, 'Booting Linux on physical CPU 0x0000000000 [0x51df00f1]'),
    timed(0, 'Linux version 7.2.13 (me@here) #1 SMP PREEMPT'),
    timed(0, 'Machine model: Example SA8775P Ride'),
    timed(0, "earlycon: qcom_geni0 at MMIO 0x0000000000a8c000 (options '')"),
    timed(0, 'printk: legacy bootconsole [qcom_geni0] enabled'),
    timed(0, 'psci: probing for conduit method from DT.'),
    timed(0, 'Running RCU synchronous self tests'),
    timed(0, 'NR_IRQS: 64, nr_irqs: 64, preallocated irqs: 0'),
    timed(0, 'Running RCU synchronous self tests'),
    timed(1, 'sched_clock: 56 bits at 19MHz, resolution 52ns, wraps every 3579139424256ns'),
    ...Array.from({ length: 8 }, (_, n) => timed(212 + 31 * n, `pinctrl core: step ${'abcdefgh'[n]}`)),
    timed(412_000, 'CPU: All CPU(s) started at EL2'),
    timed(1_601_500, 'a8c000.serial: ttyMSM0 at MMIO 0xa8c000 (irq = 120, base_baud = 0) is a MSM'),
    timed(1_601_600, 'printk: legacy console [ttyMSM0] enabled'),
    timed(2_859_966, 'remoteproc remoteproc0: adsp is available'),
    timed(2_860_115, 'remoteproc remoteproc0: powering up adsp'),
    timed(2_900_021, 'remoteproc remoteproc0: Booting fw image qcom/adsp.mbn, size 1234'),
    timed(3_100_500, 'remoteproc remoteproc0: remote processor adsp is now up'),
    timed(3_200_000, 'Run /init as init process'),
  ];
}

/** Letters that a stamp and the blank behind it take. */
const STAMP = 15;
const ENABLED = 'printk: legacy console [ttyMSM0] enabled';
const upToConsole = (lines: readonly string[]) => lines.findIndex((line) => line.endsWith(ENABLED)) + 1;
const twice = (lines: readonly string[]) => lines.flatMap((line) => [line, line]);

/** Lines that tell, as often as they do; those that are told by others; and at how many lines a kernel is entered. */
function read(lines: readonly string[], format: 'dmesg' | 'serial' | 'lava' = 'dmesg', end = '\n') {
  const events = parseText(format, lines.map((line) => line + end).join(''));
  const told = events.filter(({ kind }) => kind === 'log.printed');
  const repeated = events.filter(({ kind }) => kind === 'source.repeated');
  return {
    told: told.length,
    repeated: repeated.length,
    entries: events.filter(
      ({ kind, payload }) =>
        kind === 'boot.stage_entered' && 'stage' in payload && payload.stage === 'kernel',
    ).length,
    starts: events.filter(
      ({ kind, payload }) =>
        kind === 'remoteproc.state_changed' && 'state' in payload && payload.state === 'starting',
    ).length,
    events,
    causes: repeated.map(({ cause }) => events.find(({ seq }) => seq === cause)),
  };
}

const BOOT = bootLines();
const COUNT = BOOT.length;

describe('two consoles that print into one source', () => {
  it('tell each record once where both print it from the beginning to the end', () => {
    const { told, repeated, entries, starts, causes } = read(twice(BOOT));
    expect({ told, repeated, entries, starts }).toEqual({
      told: COUNT,
      repeated: COUNT,
      entries: 1,
      starts: 1,
    });
    expect(causes.every((cause) => cause?.kind === 'log.printed')).toBe(true);
  });

  it('tell it once where the second prints from when it was registered', () => {
    const at = upToConsole(BOOT) - 1;
    const { told, repeated, starts } = read([...BOOT.slice(0, at), ...twice(BOOT.slice(at))]);
    expect({ told, repeated, starts }).toEqual({ told: COUNT, repeated: COUNT - at, starts: 1 });
  });

  it('tell it once where the early one is given up after a while', () => {
    const at = upToConsole(BOOT) + 2;
    const { told, repeated, starts } = read([...twice(BOOT.slice(0, at)), ...BOOT.slice(at)]);
    expect({ told, repeated, starts }).toEqual({ told: COUNT, repeated: at, starts: 1 });
  });

  it.each([
    ['goes on alone', (lines: string[]) => lines],
    ['goes on beside the early one', twice],
  ])('tell it once where the second prints all again and %s', (_, goesOn) => {
    const at = upToConsole(BOOT);
    const { told, repeated, entries, starts } = read([
      ...BOOT.slice(0, at),
      ...BOOT.slice(0, at),
      ...goesOn(BOOT.slice(at)),
    ]);
    expect({ told, entries, starts }).toEqual({ told: COUNT, entries: 1, starts: 1 });
    expect(repeated).toBe(at + goesOn(BOOT.slice(at)).length - (COUNT - at));
  });

  it('tell it once where no line says that a console was enabled', () => {
    const lines = BOOT.filter((line) => !line.includes('console ['));
    const { told, entries } = read([...lines.slice(0, 18), ...lines]);
    expect({ told, entries }).toEqual({ told: lines.length, entries: 1 });
  });

  it('tell it once where the early one goes on with new records meanwhile', () => {
    const at = upToConsole(BOOT);
    const later = BOOT.slice(at);
    const mixed = BOOT.flatMap((line, index) =>
      index % 4 === 3 && later[index >> 2] ? [line, later[index >> 2] ?? ''] : [line],
    );
    const { told, entries, starts } = read([...BOOT.slice(0, at), ...mixed]);
    expect({ told, entries, starts }).toEqual({ told: COUNT, entries: 1, starts: 1 });
  });

  it('tell it once where one is two records behind the other', () => {
    const behind = BOOT.flatMap((line, index) => (index < 2 ? [line] : [line, BOOT[index - 2] ?? '']));
    const { told, entries, starts } = read([...behind, ...BOOT.slice(-2)]);
    expect({ told, entries, starts }).toEqual({ told: COUNT, entries: 1, starts: 1 });
  });

  it('tell it once where the console was replayed before a stamp was above zero', () => {
    const at = 5;
    const { told, entries } = read([...BOOT.slice(0, at), ...BOOT]);
    expect({ told, entries }).toEqual({ told: COUNT, entries: 1 });
  });

  it('tell it once on a console whose logger put its own stamps before the lines', () => {
    const stamped = twice(BOOT).map(
      (line, n) => `[2026-11-27 16:43:${String(n).padStart(2, '0')}.250] ${line}`,
    );
    const { told, repeated } = read(stamped, 'serial', '\r\n');
    expect({ told, repeated }).toEqual({ told: COUNT, repeated: COUNT });
  });

  it.each(['dmesg', 'serial'] as const)('tell it once where no line has a stamp, read as %s', (format) => {
    const lines = BOOT.map((line) => line.slice(STAMP));
    const { told, repeated, entries, starts } = read(twice(lines), format);
    expect({ told, repeated, entries, starts }).toEqual({
      told: COUNT,
      repeated: COUNT,
      entries: 1,
      starts: 1,
    });
  });

  it.each([1, 2])(
    'tell it once where no line has a stamp and one is %i records behind the other',
    (count) => {
      const lines = BOOT.map((line) => line.slice(STAMP));
      const behind = lines.flatMap((line, n) => (n < count ? [line] : [line, lines[n - count] ?? '']));
      const { told, entries, starts } = read([...behind, ...lines.slice(-count)]);
      expect({ told, entries, starts }).toEqual({ told: COUNT, entries: 1, starts: 1 });
    },
  );

  it('tell what stands glued to the next line, once as well', () => {
    const lines = [
      'Booting Linux on physical CPU 0x0',
      'hub',
      'hub[    2.859966] remoteproc remoteproc0: adsp is available',
    ];
    const { events } = read(
      [...lines, 'hub[    2.860115] remoteproc remoteproc0: powering up adsp', ...BOOT.slice(-3)],
      'serial',
    );
    expect(events.filter(({ kind }) => kind.startsWith('remoteproc.')).map(({ line }) => line)).toEqual([
      3, 4, 6,
    ]);
  });

  it('tell each of two starts once where no line has a stamp', () => {
    const lines = BOOT.map((line) => line.slice(STAMP));
    const again = lines.slice(-5, -1);
    const { told, starts } = read(twice([...lines, ...again]));
    expect({ told, starts }).toEqual({ told: COUNT + again.length, starts: 2 });
  });

  it.each([0, 1, 2, 3])(
    'tell it once where all stamps are zero and %i lines follow the handover',
    (count) => {
      const at = 5 + count;
      const zeros = [...new Set(BOOT.slice(0, 9))];
      const { told, entries } = read([...zeros.slice(0, at), ...zeros]);
      expect({ told, entries }).toEqual({ told: zeros.length, entries: 1 });
    },
  );

  it('tell it once where some lines of the replay are damaged', () => {
    const at = upToConsole(BOOT);
    const again = BOOT.slice(0, at).map((line, n) => (n === 12 ? line.slice(0, 24) : line));
    const { entries, starts } = read([...BOOT.slice(0, at), ...again, ...BOOT.slice(at)]);
    expect({ entries, starts }).toEqual({ entries: 1, starts: 1 });
  });
});

describe('two pastes without a banner', () => {
  const grep = (lines: readonly string[]) => lines.filter((line) => line.includes('remoteproc'));
  const boots = (lines: readonly string[]) => {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    let next = 0;
    const { parser, boots } = new BootsOfLog('dmesg', bytes, () => bytes.subarray(next));
    lines.forEach((line, n) => {
      const start = next;
      next += Buffer.byteLength(line) + 1;
      parser.parse(bytes, start, next - 1, n + 1);
    });
    parser.finish();
    return boots.length;
  };

  it('are two boots where they say the same at other times', () => {
    expect(boots([...grep(BOOT), ...grep(bootLines(7_321))])).toBe(2);
    expect(boots([...grep(BOOT).slice(1), ...grep(bootLines(-20_321)), ...grep(bootLines(311))])).toBe(3);
  });

  it('are one where they say the same at the same time, or nothing twice', () => {
    const smmu = ['[    2.870001] arm-smmu 15000000.iommu: probing', '[    2.880002] iommu: default domain'];
    expect(boots([...grep(BOOT), ...grep(BOOT)])).toBe(1);
    expect(boots([...grep(BOOT), ...smmu])).toBe(1);
    expect(boots([...grep(BOOT), BOOT.at(-5) ?? '', ...smmu])).toBe(1);
  });

  it('are one where an earlier part of it follows a later one', () => {
    const later = grep(BOOT).map((line) => line.replace('[    ', '[   9'));
    expect(boots([...later, ...grep(BOOT)])).toBe(1);
    // A second attempt, between the first and the last line that somebody chose.
    const [first = '', second = '', ...others] = grep(BOOT);
    const attempt = [second, ...others].map((line) => line.replace('[    ', '[   4'));
    expect(boots([first, second, ...others, '[   99.000000] done', ...attempt])).toBe(1);
  });

  it('are one where a clock steps back a little', () => {
    const [first = '', second = ''] = grep(BOOT);
    expect(boots([second, first, ...grep(BOOT).slice(2)])).toBe(1);
  });
});

describe('what is no copy', () => {
  it('is another boot of the same kernel, whose first stamps may be the same', () => {
    for (const laterUs of [1, 40, 1_000]) {
      const second = bootLines(laterUs).map((line, n) => (n < 11 ? (BOOT[n] ?? '') : line));
      const { told, repeated, entries, starts } = read([...BOOT, ...second]);
      expect({ told, repeated, entries, starts }).toEqual({
        told: 2 * COUNT,
        repeated: 0,
        entries: 2,
        starts: 2,
      });
    }
  });

  it('is another boot right after a console was enabled', () => {
    const at = upToConsole(BOOT);
    const { told, entries } = read([...BOOT.slice(0, at), ...bootLines(7)]);
    expect({ told, entries }).toEqual({ told: at + COUNT, entries: 2 });
  });

  it.each([4, 20, 60])('is another boot %i lines after a console was enabled, cut off early', (count) => {
    const step = (_: unknown, n: number) => `[    1.7${String(n).padStart(5, '0')}] usb hub: step ${n}`;
    const first = [...BOOT.slice(0, upToConsole(BOOT)), ...Array.from({ length: count }, step)];
    // Where nothing but the first ticks of the clock were printed, they are those of any boot.
    const { told, entries } = read([...first, ...BOOT.slice(0, 10)]);
    expect({ told, entries }).toEqual({ told: first.length + 10, entries: 2 });
  });

  it('is what is printed twice without stamps among lines that come once', () => {
    const lines = BOOT.map((line) => line.slice(STAMP));
    const fault =
      'arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x90aff330, fsynr=0x90002, cbfrsynra=0x3000, cb=9';
    const { told, repeated } = read([...lines.slice(0, -3), fault, fault, ...lines.slice(-3)]);
    expect({ told, repeated }).toEqual({ told: COUNT + 2, repeated: 0 });
  });

  it('is another boot without stamps on a board where each line is printed twice', () => {
    const lines = BOOT.map((line) => line.slice(STAMP));
    const { told, entries, starts } = read([...twice(lines), ...twice(lines)]);
    expect({ told, entries, starts }).toEqual({ told: 2 * COUNT, entries: 2, starts: 2 });
  });

  it('is another boot of another kernel', () => {
    const other = bootLines(3).map((line) => line.replace('7.2.13', '6.18.2').replace('step', 'state'));
    expect(read([...BOOT, ...other]).entries).toBe(2);
  });

  it('is another boot on a board where each line is printed twice', () => {
    const { told, entries, starts } = read([...twice(BOOT), ...twice(bootLines(12))]);
    expect({ told, entries, starts }).toEqual({ told: 2 * COUNT, entries: 2, starts: 2 });
  });

  it('is a loop of boots that do not get beyond zero', () => {
    const loop = BOOT.slice(0, 9);
    expect(read([...loop, ...loop, ...loop]).entries).toBe(3);
  });

  it('is what a kernel prints twice within one microsecond', () => {
    const fault =
      '[    2.870000] arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x90aff330, fsynr=0x90002, cbfrsynra=0x3000, cb=9';
    const lines = [...BOOT.slice(0, -3), fault, fault, ...BOOT.slice(-3)];
    const { told, repeated, events } = read(lines);
    expect({ told, repeated }).toEqual({ told: COUNT + 2, repeated: 0 });
    expect(events.filter(({ kind }) => kind === 'smmu.faulted')).toHaveLength(2);
  });

  it('is a storm of one line at a clock that moves on rarely', () => {
    const storm = Array.from({ length: 40 }, () => '[    2.870000] ufshcd-qcom 1d84000.ufshc: retry');
    const { told, repeated } = read([...BOOT.slice(0, -3), ...storm, ...BOOT.slice(-3)]);
    expect({ told, repeated }).toEqual({ told: COUNT + 40, repeated: 0 });
  });

  it('is what dmesg -T prints twice in a second', () => {
    const date = (n: number) => `[Fri Nov 27 16:43:${String(n).padStart(2, '0')} 2026] `;
    const lines = BOOT.flatMap((line, n) => [date(n) + line.slice(15), date(n) + line.slice(15)]);
    expect(read(lines.slice(6)).repeated).toBe(0);
  });
});
