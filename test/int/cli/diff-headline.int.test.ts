import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../support/run-cli.ts';
import { sampleFile } from '../../support/sample-boots.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const diff = async (...args: string[]) => await runCli(['diff', ...args], { columns: 80 });

/** A boot of the ADSP of Lemans with Linux at EL2. */
async function record(name: string, ...options: string[]): Promise<string> {
  const file = join(temporaryFolder(), `${name}.db`);
  const about = ['--soc', 'lemans', '--mode', 'el2', '--processor', 'adsp'];
  const { code, err } = await runCli(['record', ...about, ...options, '-o', file]);
  expect({ code, err }).toMatchObject({ code: 0 });
  return file;
}

describe('a resource table that lacks an entry', () => {
  it('is told by the region that nobody mapped', async () => {
    const healthy = await record('healthy');
    const broken = await record('f16', '--fault', 'F-16:adsp');
    const { out } = await diff(healthy, broken);
    expect(out.replace(/\s+/g, ' ')).toMatch(
      /In B nobody mapped smem@90900000 \(0x90900000 \+ 2 MiB\) for adsp; in A linux did, at A#\d+\. B has 93 regions mapped beside the firmware, A 94\. First divergence, in adsp/,
    );
    expect(out).toMatch(/^! SMMU map of devmem {4}linux \(94\) A#\d+ +linux \(93\) B#\d+$/m);
    expect(out).toMatch(/^ {2}SMMU map of devmem only in A: smem@90900000 \(0x90900000 \+ 2 MiB\)$/m);
    const data = JSON.parse((await diff(broken, healthy, '--format', 'json')).out);
    expect(data.first_divergence.unmet).toMatch(/^In A nobody mapped smem@90900000 /);
    const row = data.obligations.find(({ duty }: { duty: string }) => duty === 'devmem-mapping');
    expect(row.only_a).toEqual([]);
    expect(row.only_b).toMatchObject([{ iova: 0x9090_0000, size: 0x20_0000, region: 'smem@90900000' }]);
    expect((await diff(healthy, broken, '--format', 'markdown')).out).toContain(
      '**In B nobody mapped smem@90900000 ',
    );
    expect((await diff(healthy, broken, '--format', 'junit')).out).toMatch(
      /name="SMMU map of devmem">\n +<failure message="not met for the same memory">only in A: smem@90900000/,
    );
  });
});

describe('memory that one boot maps more of', () => {
  it('is not called missing in the other where it is no reserved region', async () => {
    const { out } = await diff(
      await record('healthy'),
      await record('f23', '--fault', 'F-23:adsp'),
      '--brief',
    );
    expect(out.replace(/\s+/g, ' ')).toMatch(
      /Only B has 0xc0000000 \+ 128 MiB mapped for adsp, by linux at B#\d+\. A has 94 regions mapped/,
    );
  });

  it('is no carveout whose extent no call told', async () => {
    const { out } = await diff(await record('healthy'), await record('f72', '--fault', 'F-72:adsp'));
    expect(out).not.toMatch(/(?:mapped|only in [AB]:) pil-adsp@95900000/);
    expect(out).toMatch(/^ {2}SMMU map of devmem {4}linux \(94\) A#\d+ +linux \(94\) B#\d+$/m);
  });
});

describe('a step that goes well, and differs', () => {
  it('is told with what the boots fail at after it', async () => {
    const sides = [await record('healthy'), await record('f16', '--fault', 'F-16:adsp')];
    const { out } = await diff(...sides, '--brief');
    expect(out).toMatch(
      / {2}B fails first at:\n {4}\[ [\d.]+\] 15000000\.iommu: context fault sid 0x3000 iova 0x90aff330/,
    );
    expect(out).not.toContain('A fails first at');
    const { first_divergence: first } = JSON.parse((await diff(...sides, '--format', 'json')).out);
    expect(first.fails).toMatchObject({ a: null, b: { kind: 'smmu.faulted' } });
    expect((await diff(...sides, '--format', 'markdown')).out).toContain(
      '- B fails first at: `15000000.iommu: context fault',
    );
  });
});

describe('a boot that faults while it runs and is not stopped', () => {
  it('is told by the fault, not by what the other boot only mentions at its stop', async () => {
    const dmesg = readFileSync(sampleFile('el2-boot-stop-boot', 'dmesg.txt'), 'utf8');
    const whole = dmesg.slice(0, dmesg.indexOf('\n', dmesg.indexOf('adsp is now up')) + 1);
    const smmu = '[    3.202100] arm-smmu-v3 9050000.smmuv3: ';
    const faulty = join(temporaryFolder(), 'faulty.txt');
    writeFileSync(
      faulty,
      `${whole}${smmu}event: F_TRANSLATION client: 30000000.remoteproc sid: 0x3000 ssid: 0x0 iova: 0x90912340 ipa: 0x0
${smmu}unpriv data read s1 "Input address caused fault" stag: 0x0
`,
    );
    for (const sides of [
      [sampleFile('el2-boot-stop-boot', 'dmesg.txt'), faulty],
      [faulty, sampleFile('el2-boot-stop-boot', 'dmesg.txt')],
    ]) {
      const { out } = await diff(...sides, '--brief');
      expect(out).toMatch(
        /First divergence, in adsp: only [AB] does this\n[-+] \[ {4}3\.202100\] 9050000\.smmuv3: event fault/,
      );
      expect(out).not.toContain('logs of one boot');
    }
  });
});

describe('a log that ends early', () => {
  it('is told by its last line', async () => {
    const lines = readFileSync(sampleFile('el2-boot-stop-boot', 'dmesg.txt'), 'utf8').split('\n');
    const cut = join(temporaryFolder(), 'cut.txt');
    const at = lines.findIndex((line) => line.includes('adsp is now up'));
    writeFileSync(cut, `${lines.slice(0, at).join('\n')}\n`);
    const { out } = await diff(sampleFile('el2-boot-stop-boot', 'dmesg.txt'), cut, '--brief');
    expect(out).toContain('First divergence, in adsp: only A does this\n- [    3.101586] adsp is running');
    expect(out).toMatch(
      new RegExp(
        ` {2}B has nothing more of adsp, and ends with:\\n {4}\\[ +2\\.86\\d+\\] [^]*B#\\d+ cut\\.txt:${at}\\n`,
      ),
    );
  });
});

describe('boots that fail alike and part later', () => {
  it('are told by what both fail at', async () => {
    const refused = ['--fault', 'F-70:adsp'];
    const sides = [await record('el1', '--mode', 'qhee', ...refused), await record('el2', ...refused)];
    const { out } = await diff(...sides, '--brief');
    expect(out.replace(/\s+/g, ' ')).toMatch(
      / both fail before it, at: \[ [\d.]+\] PAS_INIT_IMAGE\(pas_id=1 adsp, metadata=\w+\) -> status -2 EINVAL_ARG, errno -22 EINVAL A#\d+ B#\d+/,
    );
    const { first_divergence: first } = JSON.parse((await diff(...sides, '--format', 'json')).out);
    expect(first.fails_both.b.text).toMatch(/^PAS_INIT_IMAGE/);
    expect((await diff(...sides, '--format', 'markdown')).out).toContain(
      '- both fail before it, at: `PAS_INIT_IMAGE(',
    );
  });

  it('are told so where the modes explain all else', async () => {
    const texts = await Promise.all(
      ['qhee', 'el2'].map(async (mode) => {
        const file = await record(mode, '--mode', mode, '--fault', 'F-70:adsp');
        const { out } = await runCli(['log', file, '--as', 'dmesg']);
        writeFileSync(`${file}.dmesg.txt`, out);
        return `${file}.dmesg.txt`;
      }),
    );
    const { out } = await diff(...texts, '--brief');
    expect(out).toContain('Nothing diverges but what the modes of the boots explain.');
    expect(out).toMatch(
      / {2}both fail alike, at:\n {4}\[ +[\d.]+\] firmware qcom\/sa8775p\/adsp\.mbn: initialise/,
    );
    expect((await diff(...texts, '--format', 'markdown')).out).toContain(
      '- both fail alike, at: `firmware qcom',
    );
  });

  it('are told by what each fails at where that is not the same', async () => {
    const { out } = await diff(
      await record('late', '--fault', 'F-100:adsp'),
      await record('early', '--fault', 'F-74:adsp'),
      '--brief',
    );
    expect(out).toMatch(/^\+ .*PAS_AUTH_AND_RESET\(pas_id=1 adsp\) -> status -2/m);
    expect(out).toMatch(/ {2}A fails first at:\n {4}\[ [\d.]+\] adsp: ready failed/);
  });
});

describe('a failure that is about no processor', () => {
  it('is told with what follows of it for one', async () => {
    const { out } = await diff(
      await record('healthy'),
      await record('f18', '--fault', 'F-18:adsp'),
      '--brief',
    );
    const texts = await Promise.all(
      [await record('healthy'), await record('f22', '--fault', 'F-22:adsp')].map(async (file) => {
        const text = await runCli(['log', file, '--as', 'dmesg']);
        writeFileSync(`${file}.dmesg.txt`, text.out);
        return `${file}.dmesg.txt`;
      }),
    );
    const logs = await diff(...texts, '--brief');
    expect(out).toContain('B fails first at:');
    expect(logs.out).toMatch(/First divergence, in kernel: only B does this\n\+ .*kernel warning/);
    expect(logs.out).toMatch(/ {2}B then fails at:\n {4}\[ +[\d.]+\] .*adsp/);
  });
});

describe('a failure in the place of what went well', () => {
  it('is shown once', async () => {
    const { out } = await diff(
      await record('healthy'),
      await record('f57', '--fault', 'F-57:adsp'),
      '--brief',
    );
    expect(out).toMatch(/ {2}B fails at this instead:\n {4}\[ [\d.]+\] PAS_AUTH_AND_RESET\(pas_id=1 adsp\)/);
    expect(out).not.toContain('B fails first at');
  });
});

describe('what a simulated core does by itself', () => {
  it('is told by the fault that was injected where Linux does nothing else', async () => {
    const sides = [await record('healthy'), await record('f41', '--fault', 'F-41:adsp')];
    const { out } = await diff(...sides, '--brief');
    expect(out.replace(/\s+/g, ' ')).toMatch(
      /First divergence, in accesses, what simulated cores do beside Linux: only B does this .* because in B: \[ [\d.]+\] fault F-41 injected into adsp: PAS_SHUTDOWN fails, Linux unmaps all the same B#\d+/,
    );
  });
});

describe('addresses in the first divergence', () => {
  it('are named by the region that was reserved', async () => {
    const sides = [await record('healthy'), await record('f65', '--fault', 'F-65:adsp')];
    const { out } = await diff(...sides, '--brief');
    expect(out).toMatch(
      /^ {2}0x94a00000 is in adsp-rpc-remote-heap@94a00000 \(0x94a00000 \+ 8 MiB, B#\d+\)$/m,
    );
    const { first_divergence: first } = JSON.parse((await diff(...sides, '--format', 'json')).out);
    expect(first.regions.b).toMatchObject([
      { region: 'adsp-rpc-remote-heap@94a00000', pa: 0x94a0_0000, size: 0x80_0000 },
    ]);
  });
});

describe('memory that is assigned', () => {
  it('is named, with its owners, where an event tells of it', async () => {
    const mode = ['--mode', 'qhee'];
    const sides = [await record('healthy', ...mode), await record('f62', ...mode, '--fault', 'F-62:adsp')];
    const { out } = await diff(...sides, '--brief');
    expect(out.replace(/\s+/g, ' ')).toContain(
      'it assigns pa 0x94a00000 + 8 MiB from VMID 0x3 HLOS to 0x16 LPASS, 0x25 ADSP_HEAP in B',
    );
    expect(out).toMatch(/^ {2}0x94a00000 is in adsp-rpc-remote-heap@94a00000 \(/m);
  });

  it('is named by what Linux asks for, where TrustZone ignores or refuses it', async () => {
    const ignored = await record('f65', '--fault', 'F-65:adsp');
    const { out } = await diff(await record('healthy'), ignored, '--brief');
    expect(out.replace(/\s+/g, ' ')).toContain(
      'it asks to assign pa 0x94a00000 + 8 MiB from VMID 0x3 HLOS to 0x16 LPASS, 0x25 ADSP_HEAP in B',
    );
    const mode = ['--mode', 'qhee'];
    const stale = await record('f61', ...mode, '--fault', 'F-61:adsp');
    expect(
      (await diff(await record('healthy', ...mode), stale, '--brief')).out.replace(/\s+/g, ' '),
    ).toContain(
      'it asks to assign pa 0x94a00000 + 8 MiB from VMID 0x16 LPASS to 0x16 LPASS, 0x25 ADSP_HEAP in B',
    );
  });

  it('is said to be unknown where no trace shows it, and how to see it', async () => {
    const traces = await Promise.all(
      [await record('healthy'), await record('f65', '--fault', 'F-65:adsp')].map(async (file) => {
        const { out } = await runCli(['log', file, '--as', 'ftrace']);
        writeFileSync(`${file}.ftrace.txt`, out);
        return { file: `${file}.ftrace.txt`, text: out };
      }),
    );
    const [healthy, ignored] = traces as [(typeof traces)[number], (typeof traces)[number]];
    const saying = async () => (await diff(healthy.file, ignored.file, '--brief')).out.replace(/\s+/g, ' ');
    expect(await saying()).toContain(
      'it asks to assign memory by lists that its arguments point to, and that no event tells of; a probe would: p:qcom_scm_assign_mem mem_addr=%x0',
    );
    const lines = ignored.text.split('\n');
    const at = lines.findLastIndex((line) => /scm_smc_request: .*svc_id:0x0c cmd_id:0x16/.test(line));
    const probe = lines[at]?.replace(
      /scm_smc_request:.*/,
      'assign: (qcom_scm_assign_mem+0x0/0x2a0) mem_addr=0x94a00000 mem_sz=0x800000 newvm=0x16',
    );
    writeFileSync(ignored.file, lines.toSpliced(at, 0, probe ?? '').join('\n'));
    expect(await saying()).toMatch(
      /it asks to assign memory, by the probe before it \(#\d+\): mem_addr=0x94a00000 mem_sz=0x800000 newvm=0x16 in B/,
    );
  });
});

describe('two traces', () => {
  it('show a failed start by the shutdown of what never said that it is ready', async () => {
    const traces = await Promise.all(
      [await record('healthy'), await record('f36', '--fault', 'F-36:adsp')].map(async (file) => {
        const { out } = await runCli(['log', file, '--as', 'ftrace']);
        writeFileSync(`${file}.ftrace.txt`, out);
        return `${file}.ftrace.txt`;
      }),
    );
    const { out } = await diff(...traces, '--brief');
    expect(out).toMatch(
      / {2}B shuts down what never said that it is ready:\n {4}\[ +[\d.]+\] PAS_SHUTDOWN\(pas_id=1 adsp\) -> ok/,
    );
    expect(out).not.toContain('A shuts down');
  });
});

describe('two simulated boots', () => {
  it('have no probes that were not set', async () => {
    const { out } = await diff(await record('healthy'), await record('f58', '--fault', 'F-58'), '--brief');
    expect(out).not.toContain('not comparable');
  });
});

describe('devices beside the processors', () => {
  const COMPUTE_CONTEXT = '30000000.remoteproc:glink-edge:fastrpc:compute-cb@1';

  it('do not come before what a processor fails at, and are told all the same', async () => {
    const healthy = await record('healthy');
    const broken = await record('f34', '--fault', 'F-34:adsp');
    const { out } = await diff(healthy, broken, '--brief');
    expect(out).toMatch(
      /First divergence, in adsp: only B does this\n\+ \[ [\d.]+\] adsp: attach-iommu failed, -22 EINVAL/,
    );
    expect(out.replace(/\s+/g, ' ')).toMatch(
      /devices beside the processors part before it, in 2 steps; the first, only in B: \[ [\d.]+\] \S+:compute-cb@1 joins IOMMU group 0 B#\d+/,
    );
    const { first_divergence: first } = JSON.parse((await diff(healthy, broken, '--format', 'json')).out);
    expect(first.passed_over).toMatchObject({
      count: 2,
      first: { type: 'only_b', a: null, b: { kind: 'smmu.group_added' } },
    });
    expect((await diff(broken, healthy, '--format', 'markdown')).out).toMatch(
      /^- devices beside the processors part before it, in 2 steps; the first, only in A: `\S+ joins IOMMU group 0` \(A#\d+\)$/m,
    );
  });

  it('do not come before the fault of one of them', async () => {
    const sides = [await record('healthy'), await record('f43', '--fault', 'F-43:adsp')];
    const { out } = await diff(...sides, '--brief');
    expect(out).toMatch(/First divergence, in sid-0x3003: only B does this\n\+ \[ [\d.]+\] 15000000\.iommu/);
    expect(out).toContain('A has nothing of sid-0x3003, and ends with:');
  });

  it('are the first divergence where nothing else differs', async () => {
    const dmesg = readFileSync(sampleFile('el2-boot-stop-boot', 'dmesg.txt'), 'utf8').split('\n');
    const at = dmesg.findIndex((line) => line.includes('Adding to iommu group'));
    const more = join(temporaryFolder(), 'more.txt');
    const line = `${dmesg[at]?.slice(0, 15)}platform ${COMPUTE_CONTEXT}: Adding to iommu group 7`;
    writeFileSync(more, dmesg.toSpliced(at, 0, line).join('\n'));
    const { out } = await diff(sampleFile('el2-boot-stop-boot', 'dmesg.txt'), more, '--brief');
    expect(out.replace(/\s+/g, ' ')).toContain(
      `First divergence, in ${COMPUTE_CONTEXT}: only B does this + [`,
    );
    expect(out).not.toContain('part before it');
  });
});

describe('a processor that the device trees tell of differently', () => {
  it('is shown with what they say, whichever mode the other boot is of', async () => {
    const broken = await record('f33', '--fault', 'F-33:adsp');
    const { out } = await diff(await record('healthy'), broken, '--brief');
    expect(out).toMatch(
      / {2}the device trees differ about adsp:\n.* adsp: iommus = <&smmu 0x3000 0x0> +A#\d+\n.* adsp: iommus = <&smmu 0x3000 0x3> +B#\d+\n/,
    );
    expect(out).toMatch(/B fails first at:\n.* adsp: alloc-iommu-domain failed/);
    const qhee = join(temporaryFolder(), 'qhee.db');
    await runCli(['record', '--soc', 'lemans', '--mode', 'qhee', '--processor', 'adsp', '-o', qhee]);
    const { first_divergence: first } = JSON.parse((await diff(qhee, broken, '--format', 'json')).out);
    expect(first.described).toMatchObject([{ type: 'only_b', b: { kind: 'devicetree.property_set' } }]);
  });
});

describe('what a boot fails at where the other one goes on', () => {
  it('comes first, however far other processors have come by then', async () => {
    const [qhee, broken] = ['qhee', 'el2'].map((mode) => join(temporaryFolder(), `${mode}.db`));
    const all = ['record', '--soc', 'lemans'];
    await runCli([...all, '--mode', 'qhee', '--seed', '5', '-o', qhee as string]);
    await runCli([...all, '--mode', 'el2', '--fault', 'F-33:adsp', '-o', broken as string]);
    const { out } = await diff(qhee as string, broken as string, '--brief');
    expect(out).toMatch(
      /First divergence, in adsp: only B does this\n\+ \[ [\d.]+\] adsp: alloc-iommu-domain failed/,
    );
    expect(out).toContain('A does instead:');
  });
});
