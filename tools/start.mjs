// `npm start`: from a fresh clone to two boots imported and compared, showing each command on the way.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureReady } from './ensure-installed.mjs';
import { ROOT } from './package-root.mjs';

const QHEE = 'out/qhee.db';
const EL2 = 'out/el2.db';

const TRY_NEXT = [
  `npx trace diff ${QHEE} ${EL2} --all`,
  `npx trace check ${EL2}`,
  `npx trace log ${EL2} --subject adsp`,
  `npx trace sql ${EL2} "select * from smc order by seq"`,
  `sqlite3 ${EL2} "select kind, count(*) from event group by kind order by 2 desc"`,
  `npx trace verify ${EL2}`,
  'npx trace record --soc lemans --mode el2 -o out/lemans-el2.db',
  'npm test',
];

/** Runs one command in the terminal that we were given; ends as the command did when it did not go well. */
async function trace(args, { expected = [0] } = {}) {
  console.log(`\n$ trace ${args.join(' ')}`);
  const child = spawn(process.execPath, [join('dist', 'bin', 'trace.js'), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  const passOn = (signal) => child.kill(signal);
  // A terminal sends Ctrl-C to the child as well: sending it again could cut short an orderly end.
  const onInterrupt = process.stdin.isTTY ? () => {} : passOn;
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', passOn);
  process.on('SIGHUP', passOn);
  const { code, signal } = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
  process.off('SIGINT', onInterrupt);
  process.off('SIGTERM', passOn);
  process.off('SIGHUP', passOn);
  if (signal) {
    process.kill(process.pid, signal);
    await new Promise(() => {}); // the signal ends us
  }
  if (!expected.includes(code)) process.exit(code);
}

function removeDatabase(path) {
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(ROOT, path + suffix), { force: true });
}

async function importBoot(name, database) {
  removeDatabase(database);
  await trace(['import', `traces/${name}/dmesg.txt`, `traces/${name}/pas.ftrace.txt`, '-o', database]);
}

ensureReady();
mkdirSync(join(ROOT, 'out'), { recursive: true });
await importBoot('el1-boot-stop-boot', QHEE);
await importBoot('el2-boot-stop-boot', EL2);
await trace(['info', QHEE]);
await trace(['info', EL2]);
// 1 says that the boots differ, which is the point of comparing them.
await trace(['diff', QHEE, EL2], { expected: [0, 1] });
console.log(`\nTry next:\n${TRY_NEXT.map((line) => `  ${line}`).join('\n')}`);
