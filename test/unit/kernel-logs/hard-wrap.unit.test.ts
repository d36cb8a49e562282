import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../../src/kernel-logs/detect-format.ts';
import { cutWidthOf, goesOnAt, joinedAt } from '../../../src/kernel-logs/framing/hard-wrap.ts';
import { parseLog } from '../../../src/kernel-logs/parse-log.ts';

const MESSAGES = [
  'Booting Linux on physical CPU 0x0000000000 [0x410fd4b2]',
  'Linux version 7.2.13 (builder@host) (aarch64-example-linux-gcc (GCC) 13.2.0, GNU ld (GNU Binutils) 2.42) #1 SMP PREEMPT',
  'Machine model: Example SA8775P Ride',
  'Kernel command line: console=ttyMSM0,115200n8 root=PARTUUID=11111111-2222-3333-4444-555555555555 rootwait earlycon',
  'OF: reserved mem: 0x0000000095900000..0x00000000976fffff (30720 KiB) nomap non-reusable pil-adsp@95900000',
  'CPU: All CPU(s) started at EL2',
  'arm-smmu 15000000.iommu: \tstage 1 translation',
  'remoteproc remoteproc0: adsp is available',
  'remoteproc remoteproc0: Booting fw image qcom/sa8775p/adsp.mbn, size 6795264',
  'qcom_q6v5_pas 30000000.remoteproc: fatal error received: example_service.c:412:Crash that was asked for by a test of this core',
  'arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x90aff330, fsynr=0x90002, cbfrsynra=0x3000, cb=9',
  'arm-smmu 15000000.iommu: FSR    = 00000402 [Format=2 TF], SID=0x3000',
  'arm-smmu 15000000.iommu: FSYNR0 = 00090002 [S1CBNDX=9 PLVL=2]',
  'remoteproc remoteproc0: crash detected in adsp: type fatal error',
  "remoteproc remoteproc0: can't start rproc adsp: -110",
];
/** As dmesg prints them to a terminal, which makes blanks of tabs. */
const PREFIXES: readonly (readonly [string, (index: number) => string])[] = [
  ['dmesg', (index) => `[${(index / 10).toFixed(6).padStart(12)}] `],
  ['dmesg -r', (index) => `<6>[${(index / 10).toFixed(6).padStart(12)}] `],
  ['dmesg with callers', (index) => `[${(index / 10).toFixed(6).padStart(12)}][  T207] `],
  ['dmesg -T', (index) => `[Fri Nov 27 16:43:${String(index).padStart(2, '0')} 2026] `],
  ['a journal', (index) => `Nov 27 16:43:${String(index).padStart(2, '0')} board kernel: `],
];

const rows = (line: string, width: number) => {
  const shown = line.replaceAll('\t', '        ');
  return shown.match(new RegExp(`.{1,${width}}`, 'g')) ?? [''];
};
const meanings = (text: string) => {
  const bytes = Buffer.from(text);
  return parseLog(detectFormat(bytes), bytes)
    .filter(({ cause }) => cause !== null)
    .map(({ kind, payload, t_ns }) => ({ kind, payload, t_ns }));
};

describe('lines that a terminal cut', () => {
  it.each(PREFIXES)('of %s mean what they meant, at whatever width', (_name, prefix) => {
    const lines = MESSAGES.map((message, index) => `${prefix(index)}${message}`);
    const whole = meanings(lines.map((line) => `${line}\n`).join(''));
    expect(whole.length).toBeGreaterThan(MESSAGES.length - 2);
    fc.assert(
      fc.property(
        fc.integer({ min: 64, max: 104 }),
        fc.boolean(),
        fc.constantFrom('', '> '),
        (width, losesBlanks, quote) => {
          const cut = lines
            .flatMap((line) => rows(line, width))
            .map((row) => `${quote}${losesBlanks ? row.trimEnd() : row}\n`);
          expect(meanings(cut.join(''))).toEqual(whole);
        },
      ),
    );
  });

  it('have no width where nothing was cut', () => {
    const long = `[    1.000000] ${'x'.repeat(70)}`;
    expect(cutWidthOf([long, '[    1.100000] y', long, '[    1.200000] z', long])).toBeUndefined();
    // What programs say between lines of which the longest come again.
    const said = ['Started a service.', 'Started another.', 'board login:'];
    expect(cutWidthOf([long, ...said, long, ...said, long, ...said])).toBeUndefined();
    // A mail program breaks at blanks, and rarely at the same column.
    expect(cutWidthOf([long, 'goes on', long.slice(1), 'goes on', long.slice(2), 'goes on'])).toBeUndefined();
  });

  it('go on with rows of their own quotation, and never with a line that has a time', () => {
    const row = `> [    1.000000] ${'x'.repeat(62)}`;
    expect(goesOnAt(row.length, row, '> yz')).toBe(true);
    expect(goesOnAt(row.length, row, 'yz')).toBe(false);
    expect(goesOnAt(row.length, row, '> [    1.100000] yz')).toBe(false);
    expect(goesOnAt(row.length, '> [    1.000000] x', '> yz')).toBe(false);
    expect(goesOnAt(row.length, row, '>')).toBe(false);
  });

  it('have back the blank that was lost at the cut', () => {
    expect(joinedAt(20, 'abc', 'x'.repeat(20), 'def')).toBe('abcdef');
    expect(joinedAt(20, 'abc', 'x'.repeat(19), 'def')).toBe('abc def');
  });
});
