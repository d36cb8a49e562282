import { describe, expect, it } from 'vitest';
import { goesOn, isBrokenByMail, joined } from '../../../src/kernel-logs/framing/mail-wrap.ts';

const START = '[    2.860900] remoteproc remoteproc0: Direct firmware load for';
const REST = 'qcom/sa8775p/adsp.mbn failed with error -2';

describe('lines that a mail program broke', () => {
  it('go on where the next word did not fit', () => {
    expect(goesOn(START, REST)).toBe(true);
    expect(joined(START, REST)).toBe(`${START} ${REST}`);
    expect(joined(`${START} `, REST)).toBe(`${START} ${REST}`);
  });

  it('go on where the line was broken within several blanks', () => {
    const header = '[    3.000003] CPU: 3 PID: 60 Comm: kworker/3:1 Tainted: G     U';
    expect(goesOn(header, '        6.6.0-rc1-00002-g0123456789ab #12')).toBe(true);
  });

  it('go on within the same quotation, whose marks are no text', () => {
    expect(goesOn(`> ${START}`, `> ${REST}`)).toBe(true);
    expect(joined(`> ${START}`, `> ${REST}`)).toBe(`> ${START} ${REST}`);
    expect(goesOn(`> > ${START}`, `> ${REST}`)).toBe(false);
    expect(goesOn(`> ${START}`, REST)).toBe(false);
  });

  it.each([
    ['the next word would have fitted', '[    2.860115] remoteproc remoteproc0: powering up adsp', 'x'],
    ['the next line has a time', START, '[    2.860910] remoteproc remoteproc0: request_firmware failed: -2'],
    [
      'the next line is indented and would have fitted',
      '[    2.860115] remoteproc remoteproc0: powering up',
      '  x',
    ],
    ['the next line is empty', START, ''],
    ['the next line is longer than any of a mail', START, `${REST} ${'and so on '.repeat(8)}`],
  ])('do not go on where %s', (_why, before, line) => {
    expect(goesOn(before, line)).toBe(false);
  });

  it('are not what firmware says on a console after a reset', () => {
    const full = '[    2.400014] remoteproc remoteproc0: remote processor adsp is now up';
    const firmware = 'Format: Log Type - Time(microsec) - Message - Optional Info';
    expect(isBrokenByMail([full, firmware, full, firmware])).toBe(false);
  });

  it('are told from a log whose lines were left alone', () => {
    const short = '[    2.860115] remoteproc remoteproc0: powering up adsp';
    expect(isBrokenByMail([short, START, REST, short])).toBe(true);
    expect(isBrokenByMail([short, `${START} ${REST}`, short])).toBe(false);
    // Lines of others between those of the kernel, of which one is as long as it would have to be.
    expect(isBrokenByMail([short, 'Started a service.', short, 'Started another.', START, REST])).toBe(false);
    // Long lines that a mail program would have broken.
    expect(isBrokenByMail([`${START} ${REST}`, `${START} ${REST}`, START, REST])).toBe(false);
  });
});
