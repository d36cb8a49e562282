// Makes a clone ready to run: the right Node, dependencies installed and working, dist/ fresh.
// Silent and quick when there is nothing to do, so that `npm test` and `npm start` can always call it.
// Plain JavaScript without dependencies, since it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { build, isBuilt, isCommandLinked, linkCommand } from './build.mjs';
import { isEntryPoint, ROOT, readIfThere } from './package-root.mjs';

const NODE_MIN = [20, 19];
const LOCK = join(ROOT, 'package-lock.json');
const INSTALLED_LOCK = join(ROOT, 'node_modules', '.package-lock.json');
const ADDON = join(ROOT, 'node_modules', 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node');
const STAMP = join(ROOT, 'node_modules', '.cache', 'boot-trace', 'proven-install');

/** Exits with 2 on a Node that is too old, and with 1 when installing or building fails. */
export function ensureReady() {
  ensureNode();
  ensureInstalled();
  ensureBuilt();
}

export function ensureNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  fail(`boot-trace needs Node ${NODE_MIN.join('.')} or newer; this is ${version}.`, 2);
}

export function ensureInstalled() {
  if (readIfThere(STAMP) === installFingerprint()) return;

  if (!isTreeInstalled()) npm('ci', '--include=dev', '--no-audit', '--no-fund');
  let trouble = addonTrouble();
  if (trouble !== null) {
    // Compiled for another Node, most likely: nothing else needs installing again.
    npm('rebuild', 'better-sqlite3');
    trouble = addonTrouble();
  }
  if (trouble !== null) fail(`better-sqlite3 does not load under Node ${process.version}:\n${trouble}`);

  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, installFingerprint());
}

export function ensureBuilt() {
  if (!isBuilt()) {
    console.error('Building dist/ …');
    if (!build()) process.exit(1);
  }
  if (!isCommandLinked()) linkCommand();
}

/** What the proof holds for: this lock file, this Node, and the tree and addon that npm last wrote. */
function installFingerprint() {
  if (!existsSync(ADDON) || !existsSync(INSTALLED_LOCK)) return null;
  const lock = createHash('sha256').update(readFileSync(LOCK)).digest('hex');
  const written = [ADDON, INSTALLED_LOCK]
    .map((path) => statSync(path))
    .map(({ size, mtimeMs }) => `${size}@${mtimeMs}`);
  return [lock, process.version, process.arch, ...written].join(' ');
}

/** Compares contents, not times: a checkout touches files without changing what must be installed. */
function isTreeInstalled() {
  const installed = readIfThere(INSTALLED_LOCK);
  if (installed === undefined) return false;
  const present = JSON.parse(installed).packages;
  const wanted = Object.entries(JSON.parse(readFileSync(LOCK, 'utf8')).packages);
  return wanted.every(
    ([path, { version, optional }]) =>
      path === '' ||
      (optional && !present[path]) ||
      (present[path]?.version === version && existsSync(join(ROOT, path))),
  );
}

/**
 * Why the addon does not load, or null. Tried in a process of its own, since a wrong addon can take down the
 * process that loads it.
 */
function addonTrouble() {
  const script = "require('better-sqlite3')(':memory:')";
  const { status, signal, stderr } = spawnSync(process.execPath, ['-e', script], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status === 0) return null;
  return stderr.trim() || `exited with ${signal ?? status}`;
}

/** Runs npm under this very Node, or addons would be compiled for whichever comes first in PATH. */
function npm(...args) {
  console.error(`Running npm ${args.join(' ')} …`);
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };
  const { status, error } = spawnSync('npm', args, { cwd: ROOT, env, stdio: ['ignore', 2, 2] });
  if (error) fail(`npm could not be run: ${error.message}`);
  if (status !== 0) fail(`npm ${args.join(' ')} failed; see above.`);
}

function fail(message, exitCode = 1) {
  console.error(message);
  process.exit(exitCode);
}

if (isEntryPoint(import.meta.url)) ensureReady();
