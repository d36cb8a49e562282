import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importLogs } from '../../src/app/import-logs.ts';
import { openHistory } from '../../src/app/open-history.ts';
import { buildEvent } from '../support/build-event.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { storeBoots, tamper } from '../support/temp-store.ts';

const events = [buildEvent('log.printed', { level: 6, text: 'hello' })];

function choose(path: string, wanted?: string): number {
  const history = openHistory(path);
  try {
    return history.chooseBoot(wanted).bootId;
  } finally {
    history.close();
  }
}

/** A history as an older version could leave it: several finished boots of one name. */
function withOneName(path: string): string {
  tamper(path, (db) => {
    db.exec("DROP TRIGGER boot_refuses_update; UPDATE boot SET name = 'el2'");
  });
  return path;
}

describe('the name of a boot', () => {
  it('means the finished boot where an import of that name was stopped before', () => {
    const path = storeBoots([
      { name: 'el2', events, isUnfinished: true },
      { name: 'el2', events },
    ]);
    expect([choose(path, 'el2'), choose(path), choose(path, '1')]).toEqual([2, 2, 1]);
  });

  it('means an unfinished boot where there is no other', () => {
    const path = storeBoots([{ name: 'el2', events, isUnfinished: true }]);
    expect([choose(path, 'el2'), choose(path)]).toEqual([1, 1]);
  });

  it('is refused with the numbers where it could mean several', () => {
    const finished = withOneName(storeBoots([{ events }, { events }]));
    expect(() => choose(finished, 'el2')).toThrow(
      'holds 2 boots named el2 (1 el2; 2 el2): say which with --boot and its number',
    );
    const stopped = storeBoots([
      { name: 'el2', events, isUnfinished: true },
      { name: 'el2', events, isUnfinished: true },
    ]);
    expect(() => choose(stopped, 'el2')).toThrow('(1 el2, unfinished; 2 el2, unfinished)');
  });

  it('gets a number where a finished boot has it', () => {
    const path = storeBoots([
      { name: 'el2', events },
      { name: 'el2', events },
      { name: 'el2', events },
    ]);
    expect([choose(path, 'el2'), choose(path, 'el2-2'), choose(path, 'el2-3')]).toEqual([1, 2, 3]);
  });

  it('is told by an import, which says what has become of it', () => {
    const folder = temporaryFolder();
    const files = ['one', 'two'].map((name) => {
      writeFileSync(join(folder, `${name}.txt`), `[    1.000000] ${name}\n`);
      return join(folder, `${name}.txt`);
    });
    const path = storeBoots([{ name: 'x', events, isUnfinished: true }], join(folder, 'x.db'));
    expect(importLogs({ files: files.slice(0, 1), output: path })).toMatchObject({
      bootName: 'x',
      warnings: ['boot 1, an import that was stopped, stays beside it; the name x now means boot 2'],
    });
    expect(importLogs({ files: files.slice(1), output: path })).toMatchObject({
      bootName: 'x-2',
      warnings: ['boot 2 is named x already: boot 3 is named x-2'],
    });
  });
});
