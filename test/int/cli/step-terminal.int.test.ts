import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { importLogs } from '../../../src/app/import-logs.ts';
import { hasPseudoTerminal, runOnTerminal } from '../../support/pseudo-terminal.ts';
import { sampleFiles } from '../../support/sample-boots.ts';
import { sharedFolder } from '../../support/temp-folder.ts';

const db = join(sharedFolder(), 'imported.db');

beforeAll(() => {
  importLogs({ files: sampleFiles('el2-boot-stop-boot'), output: db, withoutTables: true });
});

/** Every screen ends with the legend, in which `q quit` comes last. */
const READY = 'q quit';

const DOWN = '\x1b[B';

describe.skipIf(!hasPseudoTerminal())(
  'step on a real terminal (skipped: python3 with its pty module is not there)',
  () => {
    it('reads keys, cursor keys and a line, and leaves the terminal as it was', async () => {
      const { code, out, isRestored } = await runOnTerminal(
        ['step', db],
        [
          { shown: READY, keys: 'n' },
          { shown: READY, keys: DOWN },
          { shown: READY, keys: 'g' },
          { shown: 'goto moment: ', keys: 'ends\x7f\r' },
          { shown: READY, keys: 'q' },
        ],
      );
      expect({ code, isRestored }).toEqual({ code: 0, isRestored: true });
      const stops = Array.from(out.matchAll(/#(\d+) of (\d+)/g), ([, seq]) => seq);
      const [, total] = /#\d+ of (\d+)/.exec(out) ?? [];
      expect(stops).toEqual(['1', '2', '3', total]);
      expect(out).toContain('\x1b[1m');
    });

    it.each([
      ['Ctrl-D', '\x04', 0],
      ['Ctrl-C', '\x03', 130],
    ])('leaves by %s, and leaves the terminal as it was', async (_name, keys, expected) => {
      const { code, isRestored } = await runOnTerminal(['step', db], [{ shown: READY, keys }]);
      expect({ code, isRestored }).toEqual({ code: expected, isRestored: true });
    });

    it('writes no colour with NO_COLOR, and nothing but text to a dumb terminal', async () => {
      const plain = await runOnTerminal(['step', db], [{ shown: READY, keys: 'q' }], { NO_COLOR: '1' });
      expect(plain.out).not.toContain('\x1b[1m');
      const dumb = await runOnTerminal(['step', db], [{ shown: READY, keys: 'nq' }], { TERM: 'dumb' });
      expect(dumb.out).not.toContain('\x1b');
      expect(dumb.out.match(/#\d+ of \d{3}/g)?.map((stop) => stop.slice(0, 5))).toEqual(['#1 of', '#2 of']);
    });

    it('asks for lines where the output is not for people, and leaves by Ctrl-C with 130', async () => {
      const { code, out, isRestored } = await runOnTerminal(
        ['step', db, '--format', 'ndjson'],
        [
          { shown: 'step> ', keys: 'n 3\r' },
          { shown: 'step> ', keys: '\x03' },
        ],
      );
      expect({ code, isRestored }).toEqual({ code: 130, isRestored: true });
      expect(out).toContain('{"command":"next 3","seq":4,');
    });
  },
);
