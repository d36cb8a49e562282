import type { SeededRandom } from '../../src/base/seeded-random.ts';

/** Fewest and most bytes of a log that a run looks at: long enough for what spans lines, short enough for many runs. */
const SHORTEST = 200;
const LONGEST = 48 * 1024;
const MOST_EDITS = 24;
const LONGEST_RANDOM = 4096;
const NEWLINE = 0x0a;

/** What damaged consoles, editors, mail and disks leave in a log. */
const INSERTIONS: readonly string[] = [
  '\r\n',
  '\n\n\n',
  '\0\0\0\0',
  '\x1b[0;32m',
  '\xff\xfe',
  '\xc3\x28',
  '> ',
  '[    0.000000] ',
  '[9999999.999999] ',
  '<6>',
  '-9223372036854775808',
  '0xffffffffffffffff',
  '99999999999999999999',
  'Linux version 7.2.13 (a@b) #1\n',
  '------------[ cut here ]------------\n',
  'Call trace:\n',
  'remoteproc remoteproc0: ',
  ' callbacks suppressed',
  '# tracer: nop\n',
  '-- Reboot --\n',
  '{"msg": "',
  '__CURSOR=',
];

function someBytes(random: SeededRandom, most: number): Buffer {
  const bytes = Buffer.alloc(random.below(most + 1));
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.below(256);
  return bytes;
}

function piece(random: SeededRandom, log: Buffer, most: number): Buffer {
  const length = Math.min(log.length, SHORTEST + random.below(most));
  // Headers matter: half of the pieces begin where the log does.
  const at = random.below(2) === 0 ? 0 : random.below(log.length - length + 1);
  return log.subarray(at, at + length);
}

type Edit = (random: SeededRandom, log: Buffer, others: readonly Buffer[]) => Buffer;

function replaced(log: Buffer, at: number, length: number, by: Buffer): Buffer {
  return Buffer.concat([log.subarray(0, at), by, log.subarray(at + length)]);
}

const place = (random: SeededRandom, log: Buffer) => random.below(log.length + 1);

/** First byte of a line somewhere, and the first byte of the next. */
function lineAt(random: SeededRandom, log: Buffer): readonly [number, number] {
  const start = log.lastIndexOf(NEWLINE, place(random, log)) + 1;
  const newline = log.indexOf(NEWLINE, start);
  return [start, newline < 0 ? log.length : newline + 1];
}

const EDITS: readonly Edit[] = [
  (random, log) => {
    const flipped = Buffer.from(log);
    for (let count = 1 + random.below(30); count > 0 && log.length > 0; count--) {
      const at = random.below(log.length);
      flipped[at] = (flipped[at] as number) ^ (1 << random.below(8));
    }
    return flipped;
  },
  (random, log) => replaced(log, place(random, log), 1 + random.below(60), someBytes(random, 20)),
  (random, log) => {
    const text = INSERTIONS[random.below(INSERTIONS.length)] as string;
    return replaced(log, place(random, log), 0, Buffer.from(text, 'latin1'));
  },
  (random, log) => {
    const newline = log.indexOf(NEWLINE, place(random, log));
    return newline < 0 ? log : replaced(log, newline, 1, Buffer.alloc(0));
  },
  (random, log) => replaced(log, place(random, log), 0, Buffer.from('\n')),
  (random, log) => {
    const [start, end] = lineAt(random, log);
    return replaced(log, start, end - start, Buffer.alloc(0));
  },
  (random, log) => {
    const [start, end] = lineAt(random, log);
    const [to] = lineAt(random, log);
    return replaced(log, to, 0, log.subarray(start, end));
  },
  (random, log, others) => {
    const [to] = lineAt(random, log);
    return replaced(log, to, 0, piece(random, others[random.below(others.length)] as Buffer, 2000));
  },
  (random, log) => log.subarray(0, Math.max(0, log.length - random.below(300))),
];

/** A piece of one of the logs with some damage done to it, or bytes without any sense. */
export function mutatedLog(random: SeededRandom, logs: readonly Buffer[]): Buffer {
  if (random.below(20) === 0) return someBytes(random, LONGEST_RANDOM);
  let log = piece(random, logs[random.below(logs.length)] as Buffer, LONGEST);
  for (let edits = random.below(MOST_EDITS); edits > 0; edits--) {
    log = (EDITS[random.below(EDITS.length)] as Edit)(random, log, logs);
  }
  return log;
}
