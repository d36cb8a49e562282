import { readFileSync } from 'node:fs';
import { z } from 'zod';

const SIDECAR = z.looseObject({
  soc: z.string(),
  kernel: z.string(),
  exception_level: z.string(),
  success_or_failure: z.string(),
});

/** What is known of a log from elsewhere: `x.json` beside `x.log`. */
export type Sidecar = z.infer<typeof SIDECAR>;

export function readSidecar(path: string): Sidecar {
  const parsed = SIDECAR.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${path}: ${issue?.path.join('.')}: ${issue?.message}`);
}

/**
 * How what was found stands to what is known: `-` where neither tells anything, `+` where only the log does.
 */
export type Match = 'ok' | 'unknown' | 'wrong' | '+' | '-';

/** Parts that differ in what is on the board around them, and not for us. */
const SAME_SOC: Readonly<Record<string, string>> = {
  apq8016: 'msm8916',
  apq8096: 'msm8996',
  qrb5165: 'sm8250',
  qcm6490: 'qcs6490',
  sc7280: 'qcs6490',
  sa8775p: 'lemans',
  qcs9100: 'lemans',
  qcs8300: 'monaco',
};

function canonicalSoc(name: string): string {
  return SAME_SOC[name] ?? name;
}

export function matchSoc({ soc }: Sidecar, found: readonly string[]): Match {
  const told = /^[a-z]+\d\w*$|^(?:glymur|lemans|monaco|kodiak|hamoa)$/.test(soc) ? [canonicalSoc(soc)] : [];
  return match(told, found.map(canonicalSoc));
}

export function matchKernel({ kernel }: Sidecar, found: readonly string[]): Match {
  return match(kernel === '' ? [] : [kernel], found);
}

export function matchLevel({ exception_level }: Sidecar, found: readonly string[]): Match {
  const level = /^EL(\d)/.exec(exception_level)?.[1];
  return match(level === undefined ? [] : [level], found);
}

function match([told]: readonly string[], found: readonly string[]): Match {
  if (told === undefined) return found.length === 0 ? '-' : '+';
  if (found.length === 0) return 'unknown';
  return found.includes(told) ? 'ok' : 'wrong';
}

/** Whether what is wrong was said: `other` where something else was. */
export type FailureMatch = 'ok' | 'missed' | 'other' | '-';

/** By which words of a finding a failure is known that a sidecar describes in these. */
const FAILURE_WORDS: readonly (readonly [told: RegExp, found: RegExp])[] = [
  [/smmu|context fault/i, /not mapped|smmu|stream 0x/i],
  [/external abort/i, /external abort/i],
  [/NULL.?deref/i, /NULL pointer/i],
  [/\blockdep\b/i, /lock/i],
  [/\bWARN\b/, /warns/],
  [/\bUFS\b|\bSSU\b|ufshcd/i, /ufs/i],
  [/sysfs/i, /sysfs/i],
  [/watchdog|crash #/i, /watchdog|again and again|crash/i],
  [/start timed out/i, /never became ready|timed out/i],
  [/firmware.* -2|-2 in initramfs|firmware -2/i, /firmware.*-2 ENOENT/i],
  [/-22/, /-22 EINVAL/],
  [/gadget/i, /gadget|dwc3/i],
  [/^failure$/, /./],
];

/** `found` are the sentences of what is wrong, without what only looks so. */
export function matchFailure({ success_or_failure: told }: Sidecar, found: readonly string[]): FailureMatch {
  if (told.startsWith('success')) return found.length === 0 ? 'ok' : 'other';
  if (!told.startsWith('failure')) return '-';
  if (found.length === 0) return 'missed';
  const words = FAILURE_WORDS.filter(([pattern]) => pattern.test(told));
  return words.some(([, pattern]) => found.some((sentence) => pattern.test(sentence))) ? 'ok' : 'other';
}
