import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';
import { importLogs } from '../../src/app/import-logs.ts';
import { listEvents } from '../../src/app/list-events.ts';
import { renderTime } from '../../src/base/time.ts';
import { expectGolden } from '../support/golden.ts';
import { runCli } from '../support/run-cli.ts';
import { SAMPLE_BOOTS, type SampleBoot, sampleFiles } from '../support/sample-boots.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const golden = (name: string) => fileURLToPath(new URL(`expected/${name}`, import.meta.url));

function importSample(boot: SampleBoot, folder: string): string {
  const output = join(folder, `${boot}.db`);
  importLogs({ files: sampleFiles(boot), output, withoutTables: true });
  return output;
}

/** Each source line, then indented the events that it became. */
function echoWithEvents(boot: SampleBoot, file: string): string {
  const lines = new Map(
    sampleFiles(boot).map((path, index) => [index + 1, readFileSync(path, 'utf8').split('\n')]),
  );
  let text = '';
  let place = '';
  listEvents(file, {}, ({ event, text: rendered }) => {
    const here = `${event.source}:${event.line}`;
    if (here !== place && event.source !== null && event.line !== null) {
      text += `${lines.get(event.source)?.[event.line - 1] ?? ''}\n`;
      place = here;
    }
    const cause = event.cause === null ? '' : ` <- ${event.cause}`;
    const shown = event.kind === 'log.printed' || event.kind === 'trace.commented' ? '' : ` ${rendered}`;
    text += `    ${event.seq} ${renderTime(event.t_ns)} ${event.kind} ${event.agent} ${event.subject ?? '-'}${cause}${shown}\n`;
    return true;
  });
  return text;
}

describe('the recorded boots', () => {
  it.each(SAMPLE_BOOTS)('%s: events', (boot) => {
    expectGolden(golden(`${boot}.events.txt`), echoWithEvents(boot, importSample(boot, temporaryFolder())));
  });

  it.each([
    ['el1-boot-stop-boot', 'el2-boot-stop-boot', 100],
    ['el1-boot-stop-boot', 'el2-boot-stop-boot', 80],
    ['el2-boot-stop-boot', 'el2-crash-recovery', 100],
  ] as const)('%s against %s at %i columns', async (a, b, columns) => {
    const folder = temporaryFolder();
    const files = [importSample(a, folder), importSample(b, folder)];
    const { out } = await runCli(['diff', ...files], { columns });
    expectGolden(golden(`${a}-against-${b}-${columns}.txt`), out.replaceAll(`${folder}/`, ''));
  });

  it('el2-boot-stop-boot: the state that it ends in, and what a stop and a start change', async () => {
    const db = importSample('el2-boot-stop-boot', temporaryFolder());
    const run = async (...args: string[]) => (await runCli(['state', db, ...args], { columns: 80 })).out;
    expectGolden(golden('el2-boot-stop-boot.state.txt'), await run());
    const diff = await run('--diff', 'adsp:running..adsp:stopped');
    expectGolden(golden('el2-boot-stop-boot.stopped.state-diff.txt'), diff);
  });
});
