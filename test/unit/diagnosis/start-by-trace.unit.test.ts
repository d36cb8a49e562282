import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/diagnosis/diagnose.ts';
import type { BootEvent } from '../../../src/events/catalog.ts';
import { parseText } from '../../support/parse-text.ts';

const LOG = [
  '[    0.100000] CPU: All CPU(s) started at EL2',
  '[    2.850000] remoteproc remoteproc0: powering up adsp',
  '[    2.860000] remoteproc remoteproc0: Booting fw image qcom/sa8775p/adsp.mbn, size 434176',
];

const call = (time: string, id: string, args: string) => {
  const [service, command] = [id.slice(-4, -2), id.slice(-2)];
  const count = args === '' ? 0 : args.split(',').length;
  return `    kworker/0:1-9       [000] .....     ${time}: scm_smc_request: smc_id:0x${id} svc_id:0x${service} cmd_id:0x${command} args_cnt:${count} args:{${args}}`;
};
const answer = (time: string, id: string) =>
  `    kworker/0:1-9       [000] .....     ${time}: scm_smc_done: smc_id:0x${id}, ret:0 res_to_callee:0x0 res0:0x0 res1:0x0 res2:0x0`;

const SETUP = [call('2.862000', '42000202', '0x1,0x95900000,0x500000'), answer('2.862020', '42000202')];
const AUTH = [call('2.866000', '42000205', '0x1'), answer('2.871000', '42000205')];
const READY =
  ' irq/15-smp2p-ad-32      [000] .....     3.101466: smp2p_notify_in: smp2p-adsp: slave-kernel: status:0x6 val:0x6';
const LATER = [call('14.000000', '42000109', '0x1,0x0'), answer('14.000020', '42000109')];

/** The log, and behind it what the trace tells after its last line. */
function findings(trace: readonly string[], log: readonly string[] = LOG) {
  const ofLog = parseText('dmesg', `${log.join('\n')}\n`);
  const ofTrace = parseText('ftrace', `${trace.join('\n')}\n`);
  const shifted = ofTrace.map((event) => ({
    ...event,
    seq: event.seq + ofLog.length,
    cause: event.cause === null ? null : event.cause + ofLog.length,
  }));
  return diagnose([...ofLog, ...shifted] as BootEvent[])
    .filter(({ rule }) => rule === 'silent-start')
    .map(({ severity, modes, sentence }) => `${severity} ${modes.join(' ')}: ${sentence}`);
}

describe('a log that ends while a processor starts, and a trace that goes on', () => {
  it('is harmless where the core says in the trace that it is ready', () => {
    expect(findings([...SETUP, ...AUTH, READY])).toEqual([
      'noise : the log ends while adsp is starting, but in the trace adsp comes up: it says that it is ready',
    ]);
  });

  it('is harmless where calls go on and none shuts the core down', () => {
    expect(findings([...SETUP, ...AUTH, ...LATER])).toEqual([
      'noise : the log ends while adsp is starting, but in the trace adsp comes up: the driver does not shut it down, as it does after waiting in vain',
    ]);
  });

  it('says how far the start comes', () => {
    const ends =
      'the log ends while adsp is starting: the machine hung or was reset, or the log was cut off; in the trace the start comes to';
    expect(findings(SETUP)).toEqual([
      `degraded F-101 F-63: ${ends} PAS_MEM_SETUP, which goes well, and no further`,
    ]);
    expect(findings([...SETUP, ...AUTH])).toEqual([
      `degraded F-63 F-100 F-120: ${ends} PAS_AUTH_AND_RESET, which goes well, and no further; TrustZone has released adsp from reset by then`,
    ]);
  });

  it('does not take a long trace for a log that goes on', () => {
    expect(findings([...SETUP, ...LATER])[0]).toMatch(/^degraded .*the log ends while adsp is starting/);
    const on = [...LOG, '[   14.000000] audit: rate limit reached'];
    expect(findings([...SETUP, ...LATER], on)[0]).toMatch(
      /^fatal .*nothing more is said of adsp after its start was begun: it is neither up nor failed; in the trace the start comes to PAS_MEM_SETUP/,
    );
  });
});
