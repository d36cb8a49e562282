import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../support/run-cli.ts';
import { type SampleBoot, sampleFile } from '../../support/sample-boots.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const diff = async (...args: string[]) => await runCli(['diff', ...args], { columns: 80 });

function sample(boot: SampleBoot): { readonly dmesg: string; readonly trace: string } {
  const read = (name: string) => readFileSync(sampleFile(boot, name), 'utf8');
  return { dmesg: read('dmesg.txt'), trace: read('pas.ftrace.txt') };
}

/** A folder with the files of one boot. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = join(temporaryFolder(), 'boot');
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const healthy = sample('el2-boot-stop-boot');
const whole = () => folderOf({ 'dmesg.txt': healthy.dmesg, 'pas.ftrace.txt': healthy.trace });

describe('the first divergence', () => {
  it('stands on what came before, what the other does instead, and the lines of the files', async () => {
    const crash = sample('el2-crash-recovery');
    const b = folderOf({ 'dmesg.txt': crash.dmesg, 'pas.ftrace.txt': crash.trace });
    const { out } = await diff(whole(), b, '--brief');
    expect(out).toContain('First divergence, in adsp: only B does this\n+ [    3.601546] adsp: fatal');
    expect(out).toContain('  both did before it:\n    [    3.101586] adsp is running');
    expect(out).toMatch(
      / {2}A does instead, which B does at B#\d+:\n {4}\[ {4}4\.035050\] adsp: sysmon-timeout/,
    );
    expect(out).toMatch(/ {2}B pas\.ftrace\.txt:80\n {4}irq\/15-smp2p-ad-32 \[000\] .*smp2p_notify_in/);
    const { first_divergence: first } = JSON.parse((await diff(whole(), b, '--format', 'json')).out);
    expect(first.sentence).toMatch(
      /^In adsp only B has "adsp: fatal" \(B#\d+\), after "adsp is running" in both/,
    );
    expect(first.lines.b[0].place).toBe('pas.ftrace.txt:80');
    expect(first.before.a.seq).toBeGreaterThan(0);
  });

  it('is a mapping that goes before the fault over it', async () => {
    const until = (text: string, line: RegExp) => text.slice(0, text.search(line));
    const stop = /^.*lpae_unmap: .*iova=0x95900000(?:.*\n)+?.*unmap: IOMMU: iova=0x0000000095900000.*\n/m;
    const [unmaps = ''] = stop.exec(healthy.trace) ?? [];
    const [shutdown = ''] =
      /^.*smc_id:0x42000206 svc_id.*\n.*smc_id:0x42000206.*\n/m.exec(healthy.trace) ?? [];
    const at = (text: string, time: string) => text.replace(/ 4\.03(\d{4}):/g, ` ${time}$1:`);
    const smmu = 'arm-smmu-v3 9050000.smmuv3';
    const b = folderOf({
      'dmesg.txt': `${until(healthy.dmesg, /^.* adsp is now up$/m)}${[
        `[    2.972100] ${smmu}: event: F_TRANSLATION client: 30000000.remoteproc sid: 0x3000 ssid: 0x0 iova: 0x95912340 ipa: 0x0`,
        `[    2.972100] ${smmu}: unpriv inst read s1 "Input address caused fault" stag: 0x0`,
        '[    7.871700] qcom_q6v5_pas 30000000.remoteproc: start timed out',
        "[    7.872700] remoteproc remoteproc0: can't start rproc adsp: -110",
      ].join('\n')}\n`,
      'pas.ftrace.txt':
        until(healthy.trace, /^.*smp2p_negotiate: /m) + at(unmaps, '2.88') + at(shutdown, '7.87'),
    });
    expect((await diff(whole(), b, '--brief')).out).toMatch(
      /First divergence, in adsp: the same step comes at another point\n> \[ {4}2\.88\d+\] unmap iova 0x95900000/,
    );
  });

  it('has its causes, where the events tell them', async () => {
    const folder = temporaryFolder();
    const [a, b] = ['a', 'b'].map((name) => join(folder, `${name}.db`)) as [string, string];
    const common = ['--soc', 'lemans', '--processor', 'adsp', '--no-tables'];
    await runCli(['record', ...common, '--mode', 'qhee', '-o', a]);
    await runCli(['record', ...common, '--mode', 'el2', '-o', b, '--without', 'map-carveout']);
    const { out } = await diff(a, b);
    expect(out).toMatch(/ {2}because in B:\n {4}\[ 1\.\d+\] adsp: fetch 0x95900100 \+ 0x40/);
    expect(out).toMatch(
      /State at the same moments \(\d+ more explained by the mode\)\nadsp:authenticated: A#\d+ B#\d+\n- mapped for adsp: 0x95900000-0x97700000 30 MiB rw\n/,
    );
  });

  it('says of which other processors the same duty was not met', async () => {
    const folder = temporaryFolder();
    const [a, b] = ['a', 'b'].map((name) => join(folder, `${name}.db`)) as [string, string];
    const processors = ['adsp', 'cdsp', 'gpdsp0'].flatMap((name) => ['--processor', name]);
    const common = ['--soc', 'lemans', '--mode', 'el2', ...processors, '--no-tables'];
    await runCli(['record', ...common, '-o', a]);
    await runCli(['record', ...common, '--without', 'map-carveout', '-o', b]);
    const { out } = await diff(a, b, '--brief');
    expect(out.replaceAll('\n', ' ')).toMatch(
      /In B nobody met "SMMU map of carveout" of gpdsp0, at B#\d+; in A linux did, at A#\d+\. The same goes for adsp and cdsp\./,
    );
  });
});

describe('what one side cannot show', () => {
  it.each([
    ['before the trace was switched on', /^/, /^.*kworker.* rproc_boot: /m],
    ['in the middle of a start', /^/, /^.* scm_init_image: /m],
    ['after the trace was switched off', /^.* rproc_shutdown: /m, /$(?!\n)/],
  ])('is no difference, and no duty that nobody met: %s', async (_, off, on) => {
    const [from, to] = [healthy.trace.search(off), healthy.trace.search(on)];
    const header = `${healthy.trace.split('\n').slice(0, 11).join('\n')}\n`;
    const trace = `${from === 0 ? header : healthy.trace.slice(0, from)}${healthy.trace.slice(to)}`;
    const b = folderOf({ 'dmesg.txt': healthy.dmesg, 'pas.ftrace.txt': trace });
    const { code, out } = await diff(whole(), b);
    expect(out).toContain('No difference: ');
    expect(out).toContain('in B, the trace was not on all the time');
    expect(code).toBe(0);
    const { obligations } = JSON.parse((await diff(whole(), b, '--format', 'json')).out);
    expect(JSON.stringify(obligations)).not.toContain('nobody');
  });

  it('is no difference: a trace that the other has not', async () => {
    const log = folderOf({ 'dmesg.txt': healthy.dmesg });
    const { code, out } = await diff(log, whole());
    expect(code).toBe(0);
    expect(out).toMatch(/note: not comparable: \d+ events of B \(pas\.ftrace\.txt\): A has no trace\n/);
    expect(out).toContain('Unknown in A, so not compared: pas, bridges, mappings');
  });

  it('is refused where there is nothing else', async () => {
    const { code, err } = await diff(
      sampleFile('el2-boot-stop-boot', 'dmesg.txt'),
      sampleFile('el2-boot-stop-boot', 'pas.ftrace.txt'),
    );
    expect(code).toBe(2);
    expect(err).toBe('trace: nothing can be compared: of A there is only a kernel log, of B only a trace\n');
  });

  it('is no difference: where trace events are printed into the log (tp_printk)', async () => {
    // Of a tracepoint that no recogniser knows nothing tells that a line is one.
    const entries = healthy.trace.split('\n').filter((line) => /: (?!smp2p_negotiate)\w+: /.test(line));
    const printed = entries.map((line) => {
      const [, time = '', text = ''] = /(\d+\.\d{6}): (.*)$/.exec(line) ?? [];
      return { time: Number(time), text: `[${time.padStart(12)}] ${text}` };
    });
    const said = healthy.dmesg
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ time: Number(/^\[ *(\d+\.\d+)\]/.exec(line)?.[1] ?? 0), text: line }));
    // Lines of one time in the order in which an import takes those of two files.
    const lines = [...said, ...printed].sort((x, y) => x.time - y.time).map(({ text }) => text);
    const log = folderOf({ 'dmesg.txt': `${lines.join('\n')}\n` });
    const { code, out } = await diff(log, whole());
    expect({ code, out }).toMatchObject({ code: 0 });
    expect(out).not.toContain('not comparable');
    const withoutTrace = await diff(log, folderOf({ 'dmesg.txt': healthy.dmesg }));
    expect(withoutTrace.code).toBe(0);
    expect(withoutTrace.out).toMatch(
      /not comparable: \d+ trace events of calls, maps or interrupts that the\s+kernel printed into the log of A \(dmesg\.txt\): B has no trace\n/,
    );
  });

  it('is no difference: what programs print on a console', async () => {
    const console = healthy.dmesg.replace(/^(\[ *1\.)/m, 'login: root\nwelcome\n$1');
    const { code, out } = await diff(
      folderOf({ 'console.log': console }),
      folderOf({ 'dmesg.txt': healthy.dmesg }),
    );
    expect({ code, out }).toMatchObject({ code: 0 });
    expect(out).toMatch(
      /not comparable: 2 lines of firmware or programs on the console of A\s+\(console\.log\): B has the kernel's lines only\n/,
    );
  });

  it('is no difference: what is there in two forms', async () => {
    const twice = folderOf({
      'console.log': healthy.dmesg.split('\n').slice(0, -5).join('\n'),
      'dmesg.txt': healthy.dmesg,
      'pas.ftrace.txt': healthy.trace,
      'report.txt': healthy.trace
        .split('\n')
        .filter((line) => !line.startsWith('#'))
        .slice(0, -5)
        .join('\n'),
    });
    const { code, out } = await diff(twice, whole());
    expect({ code, out }).toMatchObject({ code: 0 });
  });
});

describe('lost events', () => {
  const lines = healthy.trace.split('\n');
  const lossy = () =>
    folderOf({
      'dmesg.txt': healthy.dmesg,
      'pas.ftrace.txt': [...lines.slice(0, 59), 'CPU:0 [LOST 9 EVENTS]', ...lines.slice(68)].join('\n'),
    });

  it('are unknown, not absent: in a comparison, in the ledger and in a state', async () => {
    const { code, out } = await diff(whole(), lossy());
    expect({ code, out }).toMatchObject({ code: 0 });
    expect(out).toMatch(/note: in B, events are lost \(CPU 0 lost 9 events, #\d+ pas\.ftrace\.txt:60\)/);
    expect(out).toMatch(/\d+ may have been lost by\s+the trace of the other side/);
    expect((await diff(whole(), lossy(), '--stat')).out).not.toContain('nobody');
    const state = await runCli(['state', lossy(), '--at', 'adsp:authenticated', '--section', 'bridges'], {
      columns: 80,
    });
    expect(state.out).toMatch(/events are lost \(CPU 0 lost 9 events, #\d+ pas\.ftrace\.txt:60\): what they/);
    const before = await runCli(['state', lossy(), '--at', 'adsp:image-initialised'], { columns: 80 });
    expect(before.out).not.toContain('lost');
  });
});

describe('what repeats', () => {
  it('is one line with a count, in text and in markdown', async () => {
    const fault = (index: number) =>
      `[   ${(40 + index / 1000).toFixed(6)}] arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x95900100, fsynr=0x10042, cbfrsynra=0x3000, cb=9\n`;
    const faults = Array.from({ length: 2000 }, (_, index) => fault(index)).join('');
    const b = folderOf({ 'dmesg.txt': `${healthy.dmesg}${faults}` });
    const a = folderOf({ 'dmesg.txt': healthy.dmesg });
    const { code, out } = await diff(a, b);
    expect(code).toBe(1);
    expect(out).toMatch(/ {4}\.\.\. 1999 more of the same, the last at \[41\.999000\], B#\d+\n/);
    expect(out.split('\n').length).toBeLessThan(60);
    expect((await diff(a, b, '--format', 'markdown')).out).toContain('  ... 1999 more of the same');
  });
});
