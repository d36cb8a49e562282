import { Command, Option } from 'commander';
import { type VerifyReport, verifyFile } from '../../app/verify-file.ts';
import { counted } from '../../base/count.ts';
import { renderFileSize } from '../../base/size.ts';
import { wrap } from '../cited-line.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-code.ts';
import { verificationToData } from '../history-data.ts';
import { toJson } from '../json.ts';
import type { Style } from '../style.ts';
import { printable } from '../table.ts';

export function verifyCommand(context: () => CommandContext): Command {
  return new Command('verify')
    .summary('whether a history is as it was written')
    .description(
      'Checks hash chains, sources, triggers, tables and snapshots. Exits with 0 when all is as it was written, with 1 when something was changed, lost or cut off, and says where. Whoever could write the file anew could also make the hashes fit: JSON gives the hash of each boot, to be kept elsewhere.',
    )
    .argument('<db>', 'history')
    .option('--replay', 'also hold every snapshot against its events, applied one by one', false)
    .addOption(
      new Option('--format <format>', 'how to print the report').choices(['text', 'json']).default('text'),
    )
    .action((file: string, options: { format: 'text' | 'json'; replay: boolean }) => {
      const { terminal, style, exitWith } = context();
      const onProgress = terminal.isErrTerminal
        ? (stage: string, done: number) => terminal.err(`\r\x1b[Kchecking ${stage}: ${done}`)
        : undefined;
      const report = verifyFile(file, { onProgress, replay: options.replay });
      if (onProgress !== undefined) terminal.err('\r\x1b[K');
      terminal.out(
        options.format === 'json'
          ? `${toJson(verificationToData(report), 2)}\n`
          : renderReport(
              file,
              report,
              terminal.isWidthKnown ? terminal.columns : Number.POSITIVE_INFINITY,
              style,
            ),
      );
      if (report.findings.length > 0) exitWith(EXIT.findings);
    });
}

function renderReport(
  file: string,
  { findings, notes, checked }: VerifyReport,
  columns: number,
  style: Style,
): string {
  const lines = findings.map(({ place, problem }) =>
    hanging(`DAMAGED ${place}: ${printable(problem)}`, columns).replace(/^DAMAGED/, style.red('DAMAGED')),
  );
  lines.push(...notes.map((note) => hanging(`note: ${note}`, columns)));
  const verdict =
    findings.length === 0
      ? `${notes.length === 0 ? file : `what is there of ${file}`} is as it was written`
      : `${file} has ${counted(findings.length, 'finding')}`;
  lines.push(
    hanging(
      `${verdict}: checked ${counted(checked.boots, 'boot')}, ${counted(checked.events, 'event')} in ${counted(checked.chunks, 'chunk')}, ` +
        `${renderFileSize(checked.sourceBytes)} of sources, ${counted(checked.tableRows, 'row')} of tables${countedIfAny(checked.snapshots, 'snapshot')}${countedIfAny(checked.states, 'state')}`,
      columns,
    ),
  );
  return lines.join('');
}

/** A text whose further lines are indented. */
function hanging(text: string, columns: number): string {
  const [first = '', ...rest] = wrap(text, columns - 2, columns);
  return [first, ...rest.map((line) => `  ${line}`)].map((line) => `${line}\n`).join('');
}

function countedIfAny(count: number, thing: string): string {
  return count === 0 ? '' : `, ${counted(count, thing)}`;
}
