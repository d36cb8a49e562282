import { Command, Option } from 'commander';
import { indexInSteps } from '../../app/index-history.ts';
import { counted } from '../../base/count.ts';
import type { CommandContext } from '../command-context.ts';
import { indexToData } from '../history-data.ts';
import { runInterruptibly } from '../interruptible.ts';
import { toJson } from '../json.ts';

interface IndexOptions {
  readonly force: boolean;
  readonly format: 'text' | 'json';
}

export function indexCommand(context: () => CommandContext): Command {
  return new Command('index')
    .summary('makes the tables for SQL and the snapshots again')
    .description(
      'Derives the tables for SQL, and the snapshots that replays of long boots begin at, from the log. Readers keep the tables that are there until the new ones are complete.',
    )
    .argument('<db>', 'history')
    .option('--force', 'also when they are current', false)
    .addOption(
      new Option('--format <format>', 'how to print the summary').choices(['text', 'json']).default('text'),
    )
    .action(async (file: string, options: IndexOptions) => {
      const { terminal } = context();
      const onProgress = terminal.isErrTerminal
        ? ({ stage, events, totalEvents }: { stage: string; events: number; totalEvents: number }) =>
            terminal.err(`\r\x1b[K${stage}: ${events} of ${counted(totalEvents, 'event')}`)
        : undefined;
      const result = await runInterruptibly(
        indexInSteps({ file, force: options.force, onProgress }),
        terminal,
      );
      if (onProgress !== undefined) terminal.err('\r\x1b[K');
      const { derived, rowCount, eventCount, snapshotCount } = result;
      const made = [
        ...(derived ? [`${counted(rowCount, 'row')} from ${counted(eventCount, 'event')}`] : []),
        ...(snapshotCount > 0 ? [counted(snapshotCount, 'snapshot')] : []),
      ];
      const text = `${file}: ${made.length === 0 ? 'the tables are current' : made.join(', ')}\n`;
      terminal.out(options.format === 'json' ? `${toJson(indexToData(result), 2)}\n` : text);
    });
}
