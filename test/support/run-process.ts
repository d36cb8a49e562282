import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface ProcessRun {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Starts the command line as a process of its own, with pipes for all it reads and writes. */
export function startProcess(args: readonly string[]): { child: ChildProcess; ended: Promise<ProcessRun> } {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], { stdio: 'pipe' });
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = new Promise<ProcessRun>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal, out, err })),
  );
  return { child, ended };
}

/** Runs the command line as a process of its own, with `input` as its standard input. */
export function runProcess(args: readonly string[], input: string | Uint8Array = ''): Promise<ProcessRun> {
  const { child, ended } = startProcess(args);
  child.stdin?.end(input);
  return ended;
}
