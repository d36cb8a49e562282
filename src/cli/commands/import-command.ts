import { basename } from 'node:path';
import { Command, Option } from 'commander';
import {
  type IMPORT_FORMATS,
  type ImportProgress,
  type ImportResult,
  importInSteps,
} from '../../app/import-logs.ts';
import type { ImportedBoot } from '../../app/import-result.ts';
import { type ImportReport, reportFiles, reportImported } from '../../app/report-import.ts';
import { mayBlock } from '../../app/source-file.ts';
import { counted } from '../../base/count.ts';
import { InputError } from '../../base/input-error.ts';
import { renderFileSize } from '../../base/size.ts';
import { runSteps } from '../../base/steps.ts';
import type { CommandContext } from '../command-context.ts';
import { importToData } from '../history-data.ts';
import { runInterruptibly } from '../interruptible.ts';
import { toJson } from '../json.ts';
import { inputFormatOption } from '../option.ts';
import { renderReport, reportToData } from '../report-text.ts';
import { printable } from '../table.ts';

interface ImportOptions {
  readonly output?: string;
  readonly name?: string;
  readonly inputFormat?: (typeof IMPORT_FORMATS)[number];
  readonly tables: boolean;
  readonly report?: boolean;
  readonly format: 'text' | 'json';
}

export function importCommand(context: () => CommandContext): Command {
  return new Command('import')
    .summary('kernel logs and ftrace into a history')
    .description(
      'Imports the logs of one boot into a history. Several files become one boot, merged by their clocks. ' +
        'Every line is kept, byte for byte. A history that already holds the files is left as it is.',
    )
    .argument('<file...>', 'kernel logs and ftrace text of one boot; - is standard input')
    .option(
      '-o, --output <db>',
      'history to write to; made when there is none (default: named after the first file)',
    )
    .option('--name <name>', 'name of the boot (default: the name of the history)')
    .addOption(inputFormatOption('the files'))
    .option(
      '--report',
      'say what was understood and what was not, and what each fact stands on; without -o nothing is kept',
    )
    .option('--no-tables', 'leave the tables for SQL to `trace index`')
    .addOption(
      new Option('--format <format>', 'how to print the summary').choices(['text', 'json']).default('text'),
    )
    .action(async (files: string[], options: ImportOptions) => {
      const { terminal, style } = context();
      const printReport = (report: ImportReport) =>
        terminal.out(
          options.format === 'json'
            ? `${toJson(reportToData(report), 2)}\n`
            : renderReport(report, style, terminal.columns),
        );
      const warn = (warnings: readonly string[]) => {
        for (const warning of warnings) terminal.err(`trace: warning: ${printable(warning)}\n`);
      };
      if (options.report === true && options.output === undefined) {
        const report = reportFiles(files, options.inputFormat);
        warn(report.warnings);
        printReport(report);
        return;
      }
      const progress = terminal.isErrTerminal ? showProgress(context()) : undefined;
      const output = options.output ?? defaultOutput(files);
      const steps = importInSteps({
        files,
        output,
        name: options.name,
        format: options.inputFormat,
        withoutTables: !options.tables,
        onProgress: progress,
        onWait: () => terminal.err(`trace: waiting for another import into ${printable(output)}\n`),
      });
      // Who waits for a pipe could not be told of Ctrl-C, so there it ends the process, as it does by itself.
      const result = files.some(mayBlock) ? runSteps(steps) : await runInterruptibly(steps, terminal);
      if (progress !== undefined) terminal.err('\r\x1b[K');
      warn(result.warnings);
      if (options.report === true) {
        printReport(reportImported(result));
        return;
      }
      terminal.out(options.format === 'json' ? `${toJson(importToData(result), 2)}\n` : renderResult(result));
    });
}

function defaultOutput(files: readonly string[]): string {
  const [first = '-'] = files;
  if (first === '-') throw new InputError('standard input has no name: give the history one with -o');
  return `${basename(first).replace(/\.[a-z]+$/, '')}.db`;
}

function renderResult({ output, boots, alreadyThere, sources }: ImportResult): string {
  if (alreadyThere) {
    const names = boots.map(({ bootId, bootName }) => `boot ${bootId} (${bootName})`);
    return `${output} already holds ${sources.length === 1 ? 'this file' : 'these files'} as ${names.join(', ')}; nothing to do\n`;
  }
  return boots.map((boot) => renderBoot(output, boot)).join('');
}

function renderBoot(output: string, { bootId, bootName, eventCount, sources }: ImportedBoot): string {
  const lines = sources.map(
    (source) =>
      `  ${source.name}: ${source.format}, ${counted(source.lineCount, 'line')}, ${renderFileSize(source.byteCount)}\n`,
  );
  return `${output}: boot ${bootId} (${bootName}), ${counted(eventCount, 'event')} from\n${lines.join('')}`;
}

function showProgress({ terminal }: CommandContext): (progress: ImportProgress) => void {
  return ({ stage, bytes, totalBytes, events }) => {
    const how =
      totalBytes === undefined
        ? renderMegabytes(bytes)
        : `${Math.floor((bytes / totalBytes) * 100)} % of ${renderMegabytes(totalBytes)}`;
    terminal.err(
      stage === 'reading'
        ? `\r\x1b[Kreading: ${how}, ${counted(events, 'event')}`
        : `\r\x1b[Kmaking tables for ${counted(events, 'event')}`,
    );
  };
}

function renderMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
