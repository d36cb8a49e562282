import { describe, expect, it } from 'vitest';
import type { PlanRequest } from '../../../src/app/plan-boot.ts';
import { present } from '../../../src/base/assert.ts';
import { bootOfEvents } from '../../../src/diff/boot-source.ts';
import { compareBoots } from '../../../src/diff/compare.ts';
import { ObligationTracker } from '../../../src/diff/obligation-tracker.ts';
import { compareObligations, DUTIES, type Duty, type StartDuties } from '../../../src/diff/obligations.ts';
import type { BootEvent } from '../../../src/events/catalog.ts';
import { parseText } from '../../support/parse-text.ts';
import { simulated } from '../../support/simulated-boot.ts';

function startsOf(events: readonly BootEvent[]): StartDuties[] {
  const tracker = new ObligationTracker();
  for (const event of events) tracker.take(event);
  return tracker.finish();
}

/** `duty: who`, of the duties that are due; with the note where somebody has to look after it. */
function dutiesOf(request: Partial<PlanRequest>, processor = 'adsp', start = 1): Record<string, string> {
  const { events } = simulated({ soc: 'lemans', mode: 'el2', processors: ['adsp'], ...request });
  const found = startsOf(events).find((one) => one.processor === processor && one.start === start);
  return told(found);
}

function told(start: StartDuties | undefined): Record<string, string> {
  if (start === undefined) return {};
  return Object.fromEntries(
    DUTIES.map(({ duty }) => [duty, start.duties[duty]] as const)
      .filter(([, { by }]) => by !== 'not due')
      .map(([duty, { by, note }]) => [duty, note === null ? by : `${by}: ${note}`]),
  );
}

const HEALTHY: Partial<Record<Duty, string>> = {
  'resource-table': 'trustzone',
  'devmem-mapping': 'linux: 94',
  'metadata-bridge': 'linux',
  'carveout-mapping': 'linux',
  'carveout-bridge': 'linux',
  authenticate: 'trustzone',
  reset: 'trustzone',
};

describe('the duties of a start', () => {
  it('are met by Linux where it is at EL2', () => {
    expect(dutiesOf({ mode: 'el2' })).toEqual(HEALTHY);
  });

  it('are met by the hypervisor where there is one', () => {
    expect(dutiesOf({ mode: 'qhee' })).toEqual({
      'resource-table': 'hypervisor: its own list',
      'devmem-mapping': 'hypervisor: 94',
      'metadata-bridge': 'hypervisor',
      'carveout-mapping': 'hypervisor',
      'carveout-bridge': 'hypervisor',
      authenticate: 'trustzone',
      reset: 'trustzone',
    });
  });

  it('end with an unmap by whoever mapped', () => {
    expect(dutiesOf({ mode: 'qhee', scenario: 'stop-start' })).toMatchObject({ unmap: 'hypervisor' });
    expect(dutiesOf({ mode: 'el2', scenario: 'stop-start' })).toMatchObject({ unmap: 'linux' });
    expect(dutiesOf({ mode: 'el2', scenario: 'stop-start' }, 'adsp', 2)).toEqual(HEALTHY);
  });

  it('keep devices mapped over a recovery, which does not ask for the table again', () => {
    expect(dutiesOf({ scenario: 'crash-recovery' }, 'adsp', 2)).toEqual({
      ...HEALTHY,
      'resource-table': 'trustzone: asked before',
      'devmem-mapping': 'linux: 94, kept',
    });
  });

  it.each([
    [{ without: ['map-carveout'] }, { 'carveout-mapping': 'nobody' }],
    [
      { without: ['prepare-auth'] },
      { 'carveout-bridge': 'nobody', authenticate: 'nobody: refused, -22 EINVAL', reset: 'not reached' },
    ],
    [
      { mode: 'el2-plain-dt' },
      { 'metadata-bridge': 'nobody', 'resource-table': 'not reached', authenticate: 'not reached' },
    ],
    [
      { faults: ['F-06'] },
      { 'resource-table': 'nobody: refused, -5 EIO', 'devmem-mapping': 'not reached', reset: 'not reached' },
    ],
    [
      { faults: ['F-20:adsp'] },
      { 'devmem-mapping': 'nobody: map of iova 0x110000 failed', 'carveout-mapping': 'not reached' },
    ],
    [{ faults: ['F-100:adsp'] }, { authenticate: 'trustzone', reset: 'nobody: the core never said ready' }],
    [{ faults: ['F-39:adsp'], scenario: 'stop' }, { unmap: 'nobody: carveout stays mapped' }],
    [{ faults: ['F-16:adsp'] }, { 'devmem-mapping': 'linux: 93' }],
  ] as const)('say what nobody met in a boot with %o', (request, expected) => {
    expect(dutiesOf(request as Partial<PlanRequest>)).toMatchObject(expected);
  });

  it('are unknown where the sources could not show them', () => {
    const log = [
      '[    0.020000] CPU: All CPU(s) started at EL1',
      '[    2.000000] remoteproc remoteproc0: adsp is available',
      '[    2.100000] remoteproc remoteproc0: powering up adsp',
      '[    2.200000] remoteproc remoteproc0: Booting fw image qcom/sa8775p/adsp.mbn, size 6795264',
      '[    2.300000] remoteproc remoteproc0: remote processor adsp is now up',
    ];
    const [start] = startsOf(parseText('dmesg', `${log.join('\n')}\n`));
    expect(told(start)).toEqual({
      'resource-table': 'unknown: no trace of calls',
      'devmem-mapping': 'unknown: no trace of calls',
      'metadata-bridge': 'unknown: no trace of calls',
      'carveout-mapping': 'unknown: no trace of calls',
      'carveout-bridge': 'unknown: no trace of calls',
      authenticate: 'trustzone: it came up',
      reset: 'trustzone: it came up',
    });
  });

  it('stay bounded in a trace that starts a processor again and again', () => {
    const [call, back] = [
      'scm_smc_request: smc_id:0x42000201 svc_id:0x02 cmd_id:0x01 args_cnt:2 args:{0x1,0x43662000}',
      'scm_smc_done: smc_id:0x42000201, ret:0 res_to_callee:0xffffffffffffffea res0:0x0 res1:0x0 res2:0x0',
    ].map((text) => (at: number) => `     kworker/0:1-9       [000] .....     ${at}.000000: ${text}`);
    const lines = Array.from({ length: 400 }, (_, index) => [
      call?.(2 * index),
      back?.(2 * index + 1),
    ]).flat();
    expect(startsOf(parseText('ftrace', `${lines.join('\n')}\n`))).toHaveLength(200);
  });
});

const MIRRORED = { a: 'b', b: 'a', both: 'both', none: null } as const;

describe('the obligation ledger', () => {
  it('names memory that is mapped on one side only, however it is cut up', () => {
    const { duties } = present(
      startsOf(simulated({ soc: 'lemans', mode: 'el2', processors: ['adsp'] }).events)[0],
      'a start',
    );
    const memory = (iova: number, size: number, seq: number) => ({ iova, pa: iova, size, region: null, seq });
    const start = (devmem: StartDuties['devmem']): StartDuties[] => [
      { processor: 'adsp', start: 1, duties, devmem },
    ];
    const onlyIn = (a: StartDuties['devmem'], b: StartDuties['devmem']) =>
      compareObligations(start(a), start(b))[0]?.rows.find(({ duty }) => duty === 'devmem-mapping')?.onlyIn;
    const [whole, more] = [memory(0x1000, 0x2000, 1), memory(0x8000, 0x1000, 2)];
    const halves = [memory(0x1000, 0x1000, 1), memory(0x2000, 0x1000, 2)];
    expect(onlyIn([whole], halves)).toEqual({ a: [], b: [] });
    expect(onlyIn([whole, more], halves)).toEqual({ a: [more], b: [] });
    expect(onlyIn(halves, [whole, more])).toEqual({ a: [], b: [more] });
    expect(onlyIn([whole, more], null)).toEqual({ a: [], b: [] });
  });

  it('is its mirror image the other way round, and names what only one side left undone', () => {
    const healthy = simulated({ soc: 'lemans', mode: 'el2', processors: ['adsp'] }).events;
    const broken = simulated({
      soc: 'lemans',
      mode: 'el2',
      processors: ['adsp'],
      without: ['map-carveout'],
    }).events;
    const forwards = compareBoots(bootOfEvents(healthy), bootOfEvents(broken)).obligations;
    const backwards = compareBoots(bootOfEvents(broken), bootOfEvents(healthy)).obligations;
    expect(backwards).toEqual(
      forwards.map((account) => ({
        ...account,
        rows: account.rows.map((row) => ({
          ...row,
          unmetIn: MIRRORED[row.unmetIn ?? 'none'],
          a: row.b,
          b: row.a,
        })),
      })),
    );
    const unmet = forwards.flatMap(({ rows }) => rows.filter((row) => row.unmetIn !== null));
    expect(unmet.map(({ duty, unmetIn }) => [duty, unmetIn])).toEqual([['carveout-mapping', 'b']]);
  });
});
