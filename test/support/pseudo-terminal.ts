import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** What is typed when a terminal shows a text. */
export interface TypedWhenShown {
  /** Text that has to come after all that came before the keys before. */
  readonly shown: string;
  readonly keys: string;
}

export interface TerminalRun {
  readonly code: number;
  /** All that the program wrote. */
  readonly out: string;
  /** Whether the terminal is as it was: lines, and what is typed is shown. */
  readonly isRestored: boolean;
}

/** Python's own module opens the terminal: Node has none for it. */
const DRIVER = `
import fcntl, json, os, pty, select, struct, sys, termios
job = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(job['env'])
    os.execvp(job['command'][0], job['command'])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', job['rows'], job['columns'], 0, 0))
flags = termios.tcgetattr(terminal)[3]
out, seen = b'', 0
def read():
    global out
    try:
        data = os.read(terminal, 65536)
    except OSError:
        return False
    out += data
    return len(data) > 0
for step in job['typed']:
    wanted = step['shown'].encode()
    while wanted not in out[seen:] and read():
        pass
    seen = len(out)
    os.write(terminal, step['keys'].encode())
code = None
while code is None:
    ready, _, _ = select.select([terminal], [], [], 0.05)
    if ready:
        read()
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
mode = termios.ICANON | termios.ECHO | termios.ISIG
restored = termios.tcgetattr(terminal)[3] & mode == flags & mode
print(json.dumps({'code': code, 'out': out.decode(), 'isRestored': restored}))
`;

/** Whether there is a Python that can open a terminal. */
export function hasPseudoTerminal(): boolean {
  return spawnSync('python3', ['-c', 'import fcntl, pty, termios']).status === 0;
}

/** Runs the command line on a terminal of its own, of 80 by 24. */
export function runOnTerminal(
  args: readonly string[],
  typed: readonly TypedWhenShown[],
  env: Record<string, string> = {},
): Promise<TerminalRun> {
  const job = {
    command: [process.execPath, '--import', 'tsx', MAIN, ...args],
    // What whoever runs the tests has set is of no account.
    env: { TERM: 'xterm', NO_COLOR: '', COLUMNS: '', ...env },
    typed,
    columns: 80,
    rows: 24,
  };
  const child = spawn('python3', ['-c', DRIVER, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return new Promise((resolve, reject) =>
    child.once('close', (code) =>
      code === 0 ? resolve(JSON.parse(out) as TerminalRun) : reject(new Error(err)),
    ),
  );
}
