import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import type { Contender } from './contest.ts';

const SOURCES = fileURLToPath(new URL('contenders/', import.meta.url));

/** What is measured of ours: parts of the program, each in a process of its own, and its command line. */
export class OwnContenders {
  private readonly folder: string;
  private readonly main: string;

  /**
   * Translates contenders/*.ts into `folder`. They are written against src/ and run against `dist`, so that
   * what is measured is what is shipped.
   */
  constructor(folder: string, dist: string) {
    this.folder = folder;
    this.main = join(dist, 'bin', 'trace.js');
    mkdirSync(folder, { recursive: true });
    const distUrl = pathToFileURL(dist).href;
    for (const name of readdirSync(SOURCES)) {
      const { outputText } = ts.transpileModule(readFileSync(join(SOURCES, name), 'utf8'), {
        compilerOptions: {
          target: ts.ScriptTarget.ES2023,
          module: ts.ModuleKind.ESNext,
          verbatimModuleSyntax: true,
          rewriteRelativeImportExtensions: true,
        },
      });
      const program = outputText.replaceAll(/(?<=['"])(?:\.\.\/){3}src(?=\/)/g, distUrl);
      writeFileSync(join(folder, name.replace(/\.ts$/, '.js')), program);
    }
  }

  /** A program of contenders/. */
  part(name: string, args: readonly string[], rest: Partial<Contender> = {}): Contender {
    return { command: process.execPath, args: [join(this.folder, `${name}.js`), ...args], ...rest };
  }

  /** `trace` with arguments. */
  trace(args: readonly string[], rest: Partial<Contender> = {}): Contender {
    return { command: process.execPath, args: [this.main, ...args], ...rest };
  }
}
