import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { importLogs } from '../../src/app/import-logs.ts';
import { openHistory } from '../../src/app/open-history.ts';
import { printAsKernelText } from '../../src/app/print-as-kernel-text.ts';
import type { BootEvent } from '../../src/events/catalog.ts';
import type { KernelTextFormat } from '../../src/export/carriage.ts';
import { carriedBy, printEvents, withoutPlace } from '../support/carried-events.ts';
import { parseText } from '../support/parse-text.ts';
import { SAMPLE_BOOTS, sampleFiles } from '../support/sample-boots.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

function readEvents(db: string): BootEvent[] {
  const history = openHistory(db);
  try {
    return [...history.log.events(1)];
  } finally {
    history.close();
  }
}

function print(db: string, format: KernelTextFormat): string {
  let text = '';
  printAsKernelText({ file: db, format, filter: {} }, (piece) => {
    text += piece;
    return true;
  });
  return text;
}

/** A recording as far as events keep it: not how large a probed function is, and whether its return was probed. */
function withoutSizes(ftrace: string): string {
  return ftrace
    .replace(/: \((\w+)\+0x0\/0x[0-9a-f]+(?: \[\w+\])?\)/g, ': ($1+0x0/0x0)')
    .replace(/: \([^()]+ <- (\w+)\)/g, ': ($1+0x0/0x0)');
}

describe.each(SAMPLE_BOOTS)('%s', (boot) => {
  const folder = temporaryFolderOf();
  const [dmesg = '', ftrace = ''] = sampleFiles(boot).map((path) => readFileSync(path, 'utf8'));

  it('prints the files that it was imported from, and importing those gives the same events', () => {
    const db = join(folder(), 'boot.db');
    importLogs({ files: sampleFiles(boot), output: db, withoutTables: true });
    const printed = { dmesg: print(db, 'dmesg'), ftrace: print(db, 'ftrace') };
    expect(printed.dmesg).toBe(dmesg);
    expect(printed.ftrace).toBe(withoutSizes(ftrace));

    const files = Object.entries(printed).map(([format, text]) => {
      const path = join(folder(), `${format}.txt`);
      writeFileSync(path, text);
      return path;
    });
    const again = join(folder(), 'again.db');
    importLogs({ files, output: again, withoutTables: true });
    expect(readEvents(again)).toEqual(readEvents(db));
  });
});

function temporaryFolderOf(): () => string {
  let made: string | undefined;
  return () => {
    made ??= temporaryFolder();
    return made;
  };
}

const CAPTURES = fileURLToPath(new URL('../../../shared/captures', import.meta.url));

function captures(pattern: RegExp): string[] {
  if (!existsSync(CAPTURES)) return [];
  return (readdirSync(CAPTURES, { recursive: true }) as string[]).filter((name) => pattern.test(name)).sort();
}

describe.skipIf(!existsSync(CAPTURES))('captures in ../shared (skipped: the folder is not there)', () => {
  it.each(captures(/(?:dmesg\.txt|console\.log)$/))('%s survives as dmesg', (name) => {
    expectToSurvive('dmesg', readFileSync(join(CAPTURES, name)));
  });

  it.each(captures(/(?:ftrace|report\S*)\.txt$/))('%s survives as ftrace', (name) => {
    expectToSurvive('ftrace', readFileSync(join(CAPTURES, name)));
  });

  it.each(captures(/ftrace\.txt$/))('%s is printed as it was recorded', (name) => {
    const text = readFileSync(join(CAPTURES, name), 'utf8');
    // Some probes fetch in another form what events keep as a number.
    const comparable = (printed: string) =>
      printed.replace(/ cnt=(0x[0-9a-f]+)/g, (_all, hex) => ` cnt=${Number(hex)}`);
    expect(printEvents('ftrace', parseText('ftrace', text))).toBe(comparable(withoutSizes(text)));
  });
});

function expectToSurvive(format: KernelTextFormat, bytes: Uint8Array): void {
  const events = parseText(format, bytes);
  const again = parseText(format, printEvents(format, events));
  expect(carriedBy(format, events).length).toBeGreaterThan(0);
  expect(withoutPlace(carriedBy(format, again))).toEqual(withoutPlace(carriedBy(format, events)));
}
