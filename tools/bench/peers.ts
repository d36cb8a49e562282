import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('peers/', import.meta.url));
/** SQLite as better-sqlite3 brings it: both sides then run the same version of it. */
const SQLITE = fileURLToPath(new URL('../../node_modules/better-sqlite3/deps/sqlite3/', import.meta.url));

/** What SQLite's own documentation recommends for speed, where an application has one thread. */
const SQLITE_FLAGS = [
  '-DSQLITE_THREADSAFE=0',
  '-DSQLITE_DEFAULT_MEMSTATUS=0',
  '-DSQLITE_DQS=0',
  '-DSQLITE_OMIT_LOAD_EXTENSION',
];

/** The C programs, built on the spot. */
export class Peers {
  private readonly folder: string;
  private readonly compiler: string;

  /** Undefined when this machine has no C compiler. */
  static find(folder: string): Peers | undefined {
    const compiler = process.env['CC'] ?? 'cc';
    return spawnSync(compiler, ['--version']).status === 0 ? new Peers(folder, compiler) : undefined;
  }

  private constructor(folder: string, compiler: string) {
    this.folder = folder;
    this.compiler = compiler;
    mkdirSync(folder, { recursive: true });
  }

  /** Path of a program made of `peers/<name>.c`. */
  program(name: string): string {
    return this.make(name, ['-O2', '-Wall'], [join(SOURCES, `${name}.c`)]);
  }

  /** The same for one that uses SQLite. */
  sqliteProgram(name: string, onSlow: (text: string) => void): string {
    if (!existsSync(join(SQLITE, 'sqlite3.c'))) {
      return this.make(name, ['-O2', '-Wall'], [join(SOURCES, `${name}.c`)], ['-lsqlite3']);
    }
    const object = this.make(
      'sqlite3.o',
      ['-O2', '-c', ...SQLITE_FLAGS],
      [join(SQLITE, 'sqlite3.c')],
      [],
      () => onSlow('compiling SQLite for the C peer, once'),
    );
    return this.make(name, ['-O2', '-Wall', `-I${SQLITE}`], [join(SOURCES, `${name}.c`), object], ['-lm']);
  }

  /** Compiles unless the same sources were compiled the same way before. */
  private make(
    name: string,
    flags: readonly string[],
    inputs: readonly string[],
    libraries: readonly string[] = [],
    onStart: () => void = () => {},
  ): string {
    const hash = createHash('sha256').update(JSON.stringify([this.compiler, flags, libraries]));
    for (const input of inputs) hash.update(readFileSync(input));
    const output = join(this.folder, `${hash.digest('hex').slice(0, 12)}-${name}`);
    if (existsSync(output)) return output;
    onStart();
    // Made aside and then moved, so that an interrupted compiler leaves nothing that looks done.
    const unfinished = `${output}.${process.pid}`;
    const { status, stderr } = spawnSync(
      this.compiler,
      [...flags, '-o', unfinished, ...inputs, ...libraries],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`${this.compiler} could not compile ${name}: ${stderr}`);
    renameSync(unfinished, output);
    return output;
  }
}

/** Whether a program is on PATH. */
export function isInstalled(command: string): boolean {
  return spawnSync(command, ['--version']).status === 0;
}
