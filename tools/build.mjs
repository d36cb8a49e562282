// Compiles src/ into dist/, from nothing each time, so that no file outlives its source.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isEntryPoint, ROOT, readIfThere } from './package-root.mjs';

const DIST = join(ROOT, 'dist');
const MODULE = join(DIST, 'cli', 'main.js');
const MAIN = join(DIST, 'bin', 'trace.js');
/** Which sources decide what state events lead to: see src/store/fold-digest.ts. */
const FOLD_DIGEST = join(DIST, '.fold-digest');
/** Kept in dist, so that it goes when what it describes goes. */
const STAMP = join(DIST, '.build-stamp');
const LINK = join(ROOT, 'node_modules', '.bin', 'trace');

/** True when dist/ was made from exactly the sources that are here now. */
export function isBuilt() {
  return existsSync(MAIN) && readIfThere(STAMP) === sourceFingerprint();
}

/** Compiles; compiler messages go to stderr. Returns true when all went well. */
export function build() {
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  if (!existsSync(compiler)) {
    console.error('The TypeScript compiler is not installed: run `npm ci` first.');
    return false;
  }
  const fingerprint = sourceFingerprint();
  rmSync(DIST, { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0 || !existsSync(MODULE) || !bundleCommands() || !writeFoldDigest()) {
    console.error('The build failed.');
    return false;
  }
  chmodSync(MAIN, 0o755);
  linkCommand();
  writeFileSync(STAMP, fingerprint);
  return true;
}

function writeFoldDigest() {
  const module = pathToFileURL(join(DIST, 'store', 'fold-digest.js'));
  const program = `import { digestSources } from ${JSON.stringify(module)};
    process.stdout.write(digestSources(new URL('src/', ${JSON.stringify(pathToFileURL(`${ROOT}/`))})));`;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 2],
  });
  if (status !== 0) return false;
  writeFileSync(FOLD_DIGEST, stdout);
  return true;
}

/**
 * Each command as one file, and what picks it: reading some two hundred modules at every start would cost more than most
 * commands themselves, and so would reading all commands to run one. They lie as deep below the root as the modules
 * that look for migrations/ and package.json do.
 */
function bundleCommands() {
  // Not imported at the top: this module is loaded before anything is installed.
  const { buildSync } = createRequire(import.meta.url)('esbuild');
  const bundle = (outfile, format, source) =>
    buildSync({
      ...source,
      outfile: join(dirname(MAIN), outfile),
      bundle: true,
      platform: 'node',
      format,
      target: 'node20.19',
      external: ['better-sqlite3'],
      logLevel: 'warning',
    }).errors.length === 0;
  // What is compiled of a script can be kept, of a module it cannot; a script has no `import.meta`.
  const script = (command, entry) =>
    bundle(`trace-${command}.cjs`, 'cjs', {
      ...entry,
      define: { 'import.meta.url': 'ownUrl' },
      banner: { js: "const ownUrl = require('node:url').pathToFileURL(__filename).href;" },
    });
  const names = readdirSync(join(DIST, 'cli', 'commands')).flatMap(
    (file) => /^(\w+)-command\.js$/.exec(file)?.slice(1) ?? [],
  );
  const running = (imports, commands) => ({
    stdin: {
      contents: `${imports}
        import { runCommandLine } from './program.js';
        import { ProcessTerminal } from './terminal.js';
        void runCommandLine(process.argv.slice(2), new ProcessTerminal(), ${commands}).then((status) => {
          process.exitCode = status;
        });`,
      resolveDir: join(DIST, 'cli'),
    },
  });
  const oneCommand = (name) =>
    running(`import { ${name}Command } from './commands/${name}-command.js';`, `[${name}Command]`);
  return (
    bundle('trace.js', 'esm', { entryPoints: [join(DIST, 'cli', 'launch.js')] }) &&
    script('all', running("import { ALL_COMMANDS } from './all-commands.js';", 'ALL_COMMANDS')) &&
    names.every((name) => script(name, oneCommand(name))) &&
    [undefined, ...names].every(keepCompiled)
  );
}

/**
 * Runs the help of a command, and keeps what the engine compiled for that beside the bundle: a third of the time that a
 * command takes to start went into compiling the same again.
 */
function keepCompiled(command) {
  const module = pathToFileURL(join(DIST, 'cli', 'run-bundle.js'));
  const folder = pathToFileURL(`${dirname(MAIN)}/`);
  const args = command === undefined ? ['--help'] : [command, '--help'];
  const program = `import { writeFileSync } from 'node:fs';
    import { compiledPath, runBundle } from ${JSON.stringify(module)};
    process.argv = [process.execPath, ${JSON.stringify(MAIN)}, ...${JSON.stringify(args)}];
    const script = runBundle(new URL(${JSON.stringify(folder)}), ${JSON.stringify(command)});
    process.on('exit', () => {
      const path = ${JSON.stringify(join(dirname(MAIN), `trace-${command ?? 'all'}.cjs`))};
      writeFileSync(compiledPath(path), script.createCachedData());
    });`;
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'ignore', 2],
  });
  return status === 0;
}

/**
 * Makes `npx trace` find this package's own command. npm links it in its cache when `npx trace` first runs;
 * when that happened before the first build there was nothing to link, and npm 11 never tries again. The
 * compiler writes files that are not executable, which npm mends only at the time of linking.
 */
export function linkCommand() {
  mkdirSync(dirname(LINK), { recursive: true });
  rmSync(LINK, { force: true });
  symlinkSync(relative(dirname(LINK), MAIN), LINK);
}

export function isCommandLinked() {
  return existsSync(LINK);
}

/** Names, sizes and times of all that the build reads: cheap, and unlike the newest time it sees deletions. */
function sourceFingerprint() {
  const tsconfigs = readdirSync(ROOT).filter((name) => /^tsconfig.*\.json$/.test(name));
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true }).map((name) => join('src', name));
  const hash = createHash('sha256');
  for (const path of ['package.json', ...tsconfigs, ...sources].sort()) {
    const stat = statSync(join(ROOT, path));
    if (stat.isFile()) hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

if (isEntryPoint(import.meta.url)) process.exitCode = build() ? 0 : 1;
