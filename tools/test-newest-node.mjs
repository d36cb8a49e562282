// `npm run test:newest-node [-- VERSION]`: runs the tests under another Node than the one installed here, the
// newest by default. The `node-<platform>-<arch>` package brings the binary and the headers, so that the native
// addon is compiled for it without anything being installed on the machine.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT } from './package-root.mjs';

const version = process.argv[2] ?? 'latest';
const nodePackage = `node-${process.platform}-${process.arch}`;
const nodeHome = join(ROOT, '.cache', 'newest-node');
const nodePrefix = join(nodeHome, 'node_modules', nodePackage);

mkdirSync(nodeHome, { recursive: true });
run('npm', [
  'install',
  '--prefix',
  nodeHome,
  '--no-save',
  '--no-audit',
  '--no-fund',
  `${nodePackage}@${version}`,
]);

// Outside this folder, or a package missing from the lock file would be found in our own node_modules.
const tree = mkdtempSync(join(tmpdir(), 'boot-trace-newest-node-'));
process.on('exit', () => rmSync(tree, { recursive: true, force: true }));
copyTree(tree);

const env = {
  ...process.env,
  PATH: `${join(nodePrefix, 'bin')}${delimiter}${process.env.PATH}`,
  npm_config_nodedir: nodePrefix,
};
run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: tree, env });
const tests = spawnSync('npm', ['test'], { cwd: tree, env, stdio: ['ignore', 'inherit', 'inherit'] });
run('node', ['-p', '"Tested under Node " + process.version + ", " + process.platform + " " + process.arch'], {
  env,
});
const { version: addonVersion } = JSON.parse(
  readFileSync(join(tree, 'node_modules', 'better-sqlite3', 'package.json'), 'utf8'),
);
console.log(`better-sqlite3 ${addonVersion}`);
process.exitCode = tests.status ?? 1;

/** What a commit of everything here would hold. */
function copyTree(target) {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
  });
  for (const path of list.toString().split('\0')) {
    if (path !== '' && existsSync(join(ROOT, path))) cpSync(join(ROOT, path), join(target, path));
  }
}

function run(command, args, options = {}) {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
  if (status !== 0) {
    console.error(`${command} ${args.join(' ')} failed.`);
    process.exit(status ?? 1);
  }
}
