import { CLOSE_BRACKET, DOT, GREATER_THAN, LESS_THAN, OPEN_BRACKET, SPACE, TAB } from '../ascii.ts';
import { isDigit } from '../digits.ts';
import type { FramedLine } from './framed-line.ts';

const TASK = 0x54;
const CPU = 0x43;

/**
 * Reads what the kernel itself puts before a message, `<6>[    2.850021][  T207] `, and moves the text behind it.
 * Each part may be missing. Says whether there was a time.
 * Source: kernel/printk/printk.c (print_syslog, print_time, print_caller).
 */
export function readPrintkPrefix(framed: FramedLine): boolean {
  const { bytes, textEnd: end } = framed;
  let at = readPriority(framed);
  framed.textStart = at;
  if (bytes[at] !== OPEN_BRACKET) return false;
  at++;
  while (at < end && bytes[at] === SPACE) at++;
  const secondsStart = at;
  let seconds = 0;
  while (at < end && isDigit(bytes[at])) seconds = seconds * 10 + (bytes[at++] as number) - 0x30;
  if (at === secondsStart || at - secondsStart > 7 || bytes[at] !== DOT) return false;
  const fractionStart = ++at;
  let micros = 0;
  while (at < end && isDigit(bytes[at])) micros = micros * 10 + (bytes[at++] as number) - 0x30;
  if (at - fractionStart !== 6 || bytes[at] !== CLOSE_BRACKET) return false;
  framed.tNs = seconds * 1e9 + micros * 1000;
  framed.hasKernelTime = true;
  at = readCaller(framed, at + 1);
  // Whoever made a table of the log put a tab there.
  framed.textStart = at < end && (bytes[at] === SPACE || bytes[at] === TAB) ? at + 1 : at;
  return true;
}

/** `<6>`: the low three bits are the level, the rest the facility. */
function readPriority(framed: FramedLine): number {
  const { bytes, textStart: start, textEnd: end } = framed;
  if (bytes[start] !== LESS_THAN) return start;
  let at = start + 1;
  let priority = 0;
  while (at < end && isDigit(bytes[at])) priority = priority * 10 + (bytes[at++] as number) - 0x30;
  if (at === start + 1 || at - start > 4 || bytes[at] !== GREATER_THAN) return start;
  framed.level = priority & 7;
  return at + 1;
}

/** `[  T207]` or `[    C0]`, straight after the time, where the kernel has CONFIG_PRINTK_CALLER. */
function readCaller(framed: FramedLine, start: number): number {
  const { bytes, textEnd: end } = framed;
  if (bytes[start] !== OPEN_BRACKET) return start;
  let at = start + 1;
  while (at < end && bytes[at] === SPACE) at++;
  const callerStart = at;
  if (bytes[at] !== TASK && bytes[at] !== CPU) return start;
  at++;
  while (at < end && isDigit(bytes[at])) at++;
  if (at === callerStart + 1 || bytes[at] !== CLOSE_BRACKET) return start;
  framed.callerStart = callerStart;
  framed.callerEnd = at;
  return at + 1;
}
