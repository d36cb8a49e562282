import { Command, Option } from 'commander';
import { type ExportedFile, exportSources } from '../../app/export-sources.ts';
import { renderFileSize } from '../../base/size.ts';
import type { CommandContext } from '../command-context.ts';
import { toJson } from '../json.ts';
import { printable } from '../table.ts';

interface ExportOptions {
  readonly to: 'source';
  readonly output?: string;
  readonly boot?: string;
  readonly format: 'text' | 'json';
}

export function exportCommand(context: () => CommandContext): Command {
  return new Command('export')
    .summary('a history in formats of others')
    .description(
      'Gives the files that a history was imported from back, byte for byte: packed ones as they were packed, and those of ' +
        'several boots in one piece. Their SHA-256 is checked. Nothing is written over.',
    )
    .argument('<db>', 'history')
    .addOption(new Option('--to <format>', 'what to make').choices(['source']).makeOptionMandatory())
    .option('-o, --output <path>', 'file, or folder for several (default: one file goes to standard output)')
    .option('--boot <boot>', 'only the files of this boot, by number or name')
    .addOption(
      new Option('--format <format>', 'how to print what was written')
        .choices(['text', 'json'])
        .default('text'),
    )
    .action((file: string, options: ExportOptions) => {
      const { terminal } = context();
      const files = exportSources({
        file,
        boot: options.boot,
        output: options.output === '-' ? undefined : options.output,
        write: (bytes) => terminal.outBytes(bytes),
      });
      const written = files.filter(({ path }) => path !== null);
      if (written.length === 0) return;
      terminal.out(
        options.format === 'json'
          ? `${toJson({ files: written.map(toData) }, 2)}\n`
          : written.map(renderFile).join(''),
      );
    });
}

function renderFile({ path, byteCount, contentId }: ExportedFile): string {
  return `${printable(path ?? '')}: ${renderFileSize(byteCount)}, SHA-256 ${contentId}\n`;
}

function toData({ name, path, byteCount, contentId }: ExportedFile): unknown {
  return { name, path, byte_count: byteCount, content_id: contentId };
}
