import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findMoment, listMoments } from '../../src/app/find-moment.ts';
import { importLogs } from '../../src/app/import-logs.ts';
import { openHistory } from '../../src/app/open-history.ts';
import { sampleFiles } from '../support/sample-boots.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

it('the moments of an imported boot are found by their names, and the second of a name by its number', () => {
  const file = join(temporaryFolder(), 'el2.db');
  importLogs({ files: sampleFiles('el2-boot-stop-boot'), output: file });
  const history = openHistory(file);
  try {
    const boot = history.chooseBoot();
    const moments = listMoments(history, boot);
    expect(moments.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['scm:bridges-enabled', 'adsp:authenticated', 'adsp:authenticated#2', 'end']),
    );
    for (const { name, seq } of moments) expect(findMoment(history, boot, name)).toBe(seq);
  } finally {
    history.close();
  }
});
