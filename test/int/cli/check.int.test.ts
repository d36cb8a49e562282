import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const BROKEN = [
  '[    0.000000] Machine model: Qualcomm Technologies, Inc. Lemans EVK',
  '[    0.020000] CPU: All CPU(s) started at EL2',
  '[    1.000000] platform 30000000.remoteproc: Adding to iommu group 0',
  '[    1.100000] remoteproc remoteproc0: adsp is available',
  '[    1.200000] remoteproc remoteproc0: powering up adsp',
  '[    1.300000] remoteproc remoteproc0: Booting fw image qcom/sa8775p/adsp.mbn, size 4096',
  '[    1.400000] qcom_q6v5_pas 30000000.remoteproc: Error in getting resource table: -5',
];
const HEALTHY = [
  ...BROKEN.slice(0, 6),
  '[    1.400000] remoteproc remoteproc0: remote processor adsp is now up',
];

/** A log in a folder of its own, and a way to put files beside it. */
function logOf(lines: readonly string[]) {
  const folder = temporaryFolder();
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  return { log: write('el2.dmesg.txt', `${lines.join('\n')}\n`), write };
}

const accept = (entry: object) => JSON.stringify({ accepted: [entry] });

describe('trace check', () => {
  it('exits with 1 and fits a mail of 80 columns where something is wrong', async () => {
    const { log } = logOf(BROKEN);
    const { code, out, err } = await runCli(['check', log], { columns: 80 });
    expect([code, err]).toEqual([1, '']);
    expect(out).toContain('fatal: TrustZone does not know PAS_GET_RSCTABLE');
    expect(out).toContain('el2.dmesg.txt:7');
    // The seq would be that of a history which nobody has.
    expect(out).not.toContain('el2.dmesg.txt#');
    expect(out).toContain('Ruled out:');
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('exits with 0 where nothing is', async () => {
    const { log } = logOf(HEALTHY);
    const { code, out } = await runCli(['check', log], { columns: 80 });
    expect(code).toBe(0);
    expect(out).toContain('No findings');
  });

  it('finds what is wrong in a folder whose log has no time stamps', async () => {
    const { log } = logOf([
      'Linux version 7.2.13 (root@vm) (gcc 12.2.0) #1 SMP PREEMPT',
      ...BROKEN.map((line) => line.slice(15)),
    ]);
    const { code, out } = await runCli(['check', join(log, '..')], { columns: 80 });
    expect(out).toContain('fatal: TrustZone does not know PAS_GET_RSCTABLE');
    expect(code).toBe(1);
  });

  it('names the call that TrustZone refuses where nothing tells why', async () => {
    const { log, write } = logOf([
      ...BROKEN.slice(0, 6),
      '[    1.400020] qcom_q6v5_pas 30000000.remoteproc: error -22 setting up firmware qcom/sa8775p/adsp.mbn',
      "[    1.400030] remoteproc remoteproc0: can't start rproc adsp: -22",
    ]);
    const entry = '            init-1       [000] .....     1.4000';
    write(
      'trace.txt',
      [
        `${entry}00: scm_smc_request: smc_id:0x42000202 svc_id:0x02 cmd_id:0x02 args_cnt:3 args:{0x1,0x95900000,0x500000}`,
        `${entry}10: scm_smc_done: smc_id:0x42000202, ret:0 res_to_callee:0xfffffffffffffffe res0:0x0 res1:0x0 res2:0x0`,
        '',
      ].join('\n'),
    );
    const { out } = await runCli(['check', join(log, '..'), '--format', 'json']);
    const [finding] = JSON.parse(out).findings;
    expect(finding.sentence).toContain('TrustZone refuses PAS_MEM_SETUP of adsp (-22 EINVAL)');
    expect(JSON.stringify(finding.evidence)).toContain('PAS_MEM_SETUP');
  });

  it('takes a carveout that a stop left mapped for no devmem entry', async () => {
    const file = join(temporaryFolder(), 'left.db');
    const what = ['--soc', 'monaco', '--processor', 'adsp', '--mode', 'el2', '--fault', 'F-39:adsp'];
    await runCli(['record', ...what, '--scenario', 'stop-start', '-o', file, '--no-tables']);
    const { out } = await runCli(['check', file, '--format', 'json', '--fail-on', 'degraded']);
    const found = JSON.parse(out).findings.map(({ rule }: { rule: string }) => rule);
    expect(found).toContain('carveout-still-mapped');
    expect(found).not.toContain('devmem-inside-carveout');
  });

  it('counts only findings of the level asked for', async () => {
    const { log } = logOf(BROKEN);
    expect((await runCli(['check', log, '--fail-on', 'system'])).code).toBe(0);
    expect((await runCli(['check', log, '--fail-on', 'fatal'])).code).toBe(1);
    expect((await runCli(['check', log, '--rule', 'never-ready'])).code).toBe(0);
    // Before the failure there is none.
    expect((await runCli(['check', log, '--at', '1.2'])).code).toBe(0);
  });

  it('accepts what a baseline names, until the day that it gives', async () => {
    const { log, write } = logOf(BROKEN);
    const baseline = write(
      'known.json',
      accept({
        rule: 'tz-without-rsctable',
        subject: 'adsp',
        reason: 'new firmware is ordered',
        expires: '2027-01-31',
      }),
    );
    const on = (today: string) => runCli(['check', log, '--baseline', baseline, '--today', today]);
    const before = await on('2027-01-31');
    expect([before.code, before.err]).toEqual([0, '']);
    expect(before.out).toMatch(/accepted until 2027-01-31: .*new\s+firmware is ordered/);
    const after = await on('2027-02-01');
    expect(after.code).toBe(1);
    expect(after.err).toContain('tz-without-rsctable of adsp expired on 2027-01-31');
  });

  it('says of a baseline what is missing, and which entry nothing matches', async () => {
    const { log, write } = logOf(HEALTHY);
    const bad = write('bad.json', accept({ rule: 'never-ready', expires: '2027-01-31' }));
    const refused = await runCli(['check', log, '--baseline', bad]);
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/^trace: .*bad\.json:1: accepted\[0\]\.reason: /);
    const unused = write('unused.json', accept({ rule: 'never-ready', reason: 'x', expires: '2099-01-31' }));
    const { code, err } = await runCli(['check', log, '--baseline', unused]);
    expect(code).toBe(0);
    expect(err).toContain('never-ready is accepted and was not found');
  });

  it('applies rules of a file: patterns over lines, and conditions over fields', async () => {
    const { log, write } = logOf(BROKEN);
    const rules = write(
      'own.json',
      JSON.stringify({
        rules: [
          {
            id: 'our-table',
            title: 'our board has no table',
            severity: 'system',
            when: { text: 'getting resource table: (?<errno>-?\\d+)' },
            sentence: 'the table failed with {errno}',
            try: ['ask the board team'],
          },
          {
            id: 'our-step',
            title: 'a step failed',
            severity: 'degraded',
            when: { kind: 'remoteproc.failed', fields: { step: 'resource-table', errno: -5 } },
            unless: { kind: 'smmu.faulted' },
            sentence: '{subject} fails at {step}',
          },
          {
            id: 'our-other',
            title: 'not here',
            severity: 'fatal',
            when: { kind: 'remoteproc.failed', fields: { errno: -7 } },
            sentence: 'no',
          },
        ],
      }),
    );
    const { code, out } = await runCli(['check', log, '--rules', rules, '--format', 'json']);
    expect(code).toBe(1);
    const { findings } = JSON.parse(out) as { findings: { rule: string; sentence: string }[] };
    const own = findings.filter(({ rule }) => rule.startsWith('our-')).map(({ sentence }) => sentence);
    expect(own).toEqual(['the table failed with -5', 'adsp fails at resource-table']);
  });

  it.each([
    ['not JSON', '{', /own\.json:1: expected JSON/],
    ['no rules', '{}', /own\.json:1: rules: /],
    [
      'a bad pattern',
      '{"rules":[{"id":"a","title":"t","severity":"fatal","when":{"text":"("},"sentence":"s"}]}',
      /own\.json:1: rules\[0\]\.when\.text: expected a regular expression/,
    ],
    [
      'a kind that is none',
      '{"rules":[{"id":"a","title":"t","severity":"fatal","when":{"kind":"smmu.fault"},"sentence":"s"}]}',
      /own\.json:1: rules\[0\]\.when\.kind: no kind of events is called smmu\.fault; did you mean .*smmu\.faulted/,
    ],
    [
      'a field that is none',
      '{"rules":[{"id":"a","title":"t","severity":"fatal","when":{"kind":"smmu.faulted","fields":{"sid":1}},"sentence":"s"}]}',
      /own\.json:1: rules\[0\]\.when\.fields: smmu\.faulted has no field sid; it has .*stream_id/,
    ],
  ])('refuses a file of rules with %s in one line', async (_name, text, expected) => {
    const { log, write } = logOf(HEALTHY);
    const { code, err } = await runCli(['check', log, '--rules', write('own.json', text)]);
    expect(code).toBe(2);
    expect(err).toMatch(expected);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  it('says in which line of a file of rules the mistake is', async () => {
    const { log, write } = logOf(HEALTHY);
    const rule = '{"id": "a", "title": "t", "severity": "fatal", "sentence": "s",\n';
    const errorOf = async (text: string) =>
      (await runCli(['check', log, '--rules', write('own.json', text)])).err.trimEnd();
    expect(
      await errorOf(`{"rules": [\n${rule}"when": {"text": "a"}},\n${rule}"when": {"text": "("}}]}`),
    ).toMatch(/own\.json:5: rules\[1\]\.when\.text: expected a regular expression/);
    expect(await errorOf('{"rules": [\n{"id": "a"},\n]}')).toMatch(/own\.json:3: expected JSON/);
    expect(await errorOf(`{"rules": [\n${rule}"when": {"text": "a"}},\n{"id": "B C"}]}`)).toMatch(
      /own\.json:4: rules\[1\]\.id: expected lower case letters/,
    );
  });

  it('names files of any name by a URI in SARIF', async () => {
    const { write } = logOf(BROKEN);
    const log = write('a#b %20ü:c.txt', `${BROKEN.join('\n')}\n`);
    const { out } = await runCli(['check', log, '--format', 'sarif']);
    expect(out).toContain('"uri": "a%23b%20%2520%C3%BC%3Ac.txt"');
  });

  it('keeps what a line says from being markup in Markdown', async () => {
    const { log } = logOf([
      '[    1.100000] remoteproc remoteproc0: adsp is available',
      '[    2.100000] qcom_q6v5_pas 30000000.remoteproc: fatal error received: a|b `c` <i>&reg;',
    ]);
    const { out } = await runCli(['check', log, '--format', 'markdown']);
    expect(out).toContain('"a\\|b `c` \\<i\\>&amp;reg;"');
    expect(out).toContain('`` adsp: fatal: a|b `c` <i>&reg; ``');
  });

  it('writes SARIF and JUnit that name file and line', async () => {
    const { log } = logOf(BROKEN);
    const sarif = JSON.parse((await runCli(['check', log, '--format', 'sarif'])).out) as {
      version: string;
      runs: {
        results: {
          ruleId: string;
          level: string;
          ruleIndex: number;
          locations: { physicalLocation: { region: { startLine: number } } }[];
        }[];
        tool: { driver: { rules: { id: string }[] } };
      }[];
    };
    const [run] = sarif.runs;
    const result = run?.results.find(({ ruleId }) => ruleId === 'tz-without-rsctable');
    expect(sarif.version).toBe('2.1.0');
    expect(result?.level).toBe('error');
    expect(result?.locations[0]?.physicalLocation.region.startLine).toBe(7);
    expect(run?.tool.driver.rules[result?.ruleIndex ?? -1]?.id).toBe('tz-without-rsctable');
    const junit = await runCli(['check', log, '--format', 'junit']);
    expect(junit.out).toMatch(
      /<testcase classname="mode" name="tz-without-rsctable">\n\s*<failure type="fatal"/,
    );
    expect(junit.out).toMatch(/failures="1"/);
    const markdown = await runCli(['check', log, '--format', 'markdown']);
    expect(markdown.out).toContain('`el2.dmesg.txt:7`');
  });

  it('lists its rules, and names the nearest for one that there is not', async () => {
    const list = await runCli(['check', '--list']);
    expect(list.code).toBe(0);
    expect(list.out).toContain('core-runs-before-attach');
    const { log } = logOf(HEALTHY);
    const { code, err } = await runCli(['check', log, '--rule', 'never-redy']);
    expect(code).toBe(2);
    expect(err).toContain('never-ready');
    expect((await runCli(['check'])).code).toBe(2);
  });
});

const FAULT =
  'arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x90aff330, fsynr=0x10002, cbfrsynra=0x3000, cb=1';

describe('trace explain', () => {
  it('decodes a fault, and says whose stream and address it is', async () => {
    const { code, out } = await runCli(['explain', FAULT, '--soc', 'sa8775p'], { columns: 80 });
    expect(code).toBe(0);
    expect(out).toMatch(/stream +0x3000 +adsp itself/);
    expect(out).toMatch(/iova +0x90aff330 +0x1ff330 into smem@90900000/);
    expect(out).toMatch(/TF \(translation fault/);
    expect(out).toMatch(/1\. something is missing from the resource table +devmem-missing/);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('does not guess a stream without the SoC', async () => {
    const { out } = await runCli(['explain', FAULT]);
    expect(out).toContain('depends on the SoC');
    expect(out).not.toContain('adsp itself');
  });

  it('looks the line up in a history, from standard input too', async () => {
    const folder = temporaryFolder();
    const db = join(folder, 'broken.db');
    await runCli([
      'record',
      '--soc',
      'lemans',
      '--mode',
      'el2',
      '--processor',
      'adsp',
      '--fault',
      'F-16:adsp',
      '-o',
      db,
    ]);
    const { code, out } = await runCli(['explain', '-', db], { columns: 80, piped: [`[    3.1] ${FAULT}`] });
    expect(code).toBe(0);
    expect(out).toMatch(/In broken\.db it is broken\.db#\d+\./);
    expect(out).toMatch(/next below: map iova/);
    expect(out).toMatch(/trace\s+check: fatal: smem@90900000 is not mapped/);
  });

  it('gives the causes of an error in order, and JSON', async () => {
    const line = 'qcom_q6v5_pas 30000000.remoteproc: error -22 initializing firmware qcom/sa8775p/adsp.mbn';
    const { out } = await runCli(['explain', line, '--format', 'json']);
    const { soc, meanings } = JSON.parse(out) as {
      soc: string;
      meanings: { causes: { rule: string }[] | null }[];
    };
    expect(soc).toBe('lemans');
    expect(meanings.flatMap(({ causes }) => causes ?? [])[0]?.rule).toBe('el2-plain-devicetree');
  });

  it('says so where it knows nothing, and refuses an empty line', async () => {
    expect((await runCli(['explain', 'hello world'])).out).toContain('No recogniser knows this line');
    const { out } = await runCli(['explain', 'hello world', logOf(HEALTHY).log]);
    expect(out).toMatch(/el2\.dmesg\.txt does not have this line\.\n/);
    expect((await runCli(['explain', ''])).code).toBe(2);
    expect((await runCli(['explain', FAULT, '--soc', 'nosoc'])).code).toBe(2);
  });
});
