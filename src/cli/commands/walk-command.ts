import { Command, Option } from 'commander';
import { walkAddress } from '../../app/walk-address.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-code.ts';
import { toJson } from '../json.ts';
import { addressNumber } from '../option.ts';
import { walkToData } from '../walk-data.ts';
import { renderWalk } from '../walk-text.ts';
import { momentOption } from './moment-option.ts';

interface WalkOptions {
  readonly sid: number;
  readonly iova: number;
  readonly access: 'read' | 'write' | 'fetch';
  readonly at?: string;
  readonly boot?: string;
  readonly smmu?: string;
  readonly format: 'text' | 'json';
}

export function walkCommand(context: () => CommandContext): Command {
  return new Command('walk')
    .summary('what the SMMU does with an address')
    .description(
      'Translates an address of a stream as the SMMU did at a moment: stream match, context bank, each descriptor, ' +
        'and the result, each with the event that wrote it last. Exits with 0 when it translates, with 1 when it ' +
        'faults or when nobody has told what is needed.',
    )
    .argument('<db>', 'history, or a log as for import')
    .requiredOption('--sid <id>', 'stream ID, such as 0x3000', addressNumber)
    .requiredOption('--iova <address>', 'I/O address, such as 0x95900000', addressNumber)
    .addOption(
      new Option('--access <access>', 'what the transaction does')
        .choices(['read', 'write', 'fetch'])
        .default('read'),
    )
    .addOption(momentOption())
    .option('--boot <boot>', 'boot, by number or name, of a history that holds several')
    .option('--smmu <device>', 'SMMU, such as 15000000.iommu, where events tell of several')
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .action((file: string, options: WalkOptions) => {
      const { terminal, style, exitWith } = context();
      const { sid: streamId, iova, access, at, boot, smmu } = options;
      const walked = walkAddress({ file, boot, at, smmu, streamId, iova, access });
      terminal.out(
        options.format === 'json'
          ? `${toJson(walkToData(walked), 2)}\n`
          : renderWalk(walked, style, terminal.columns),
      );
      const { outcome } = walked.report.translation;
      if (outcome === 'fault' || outcome === 'unknown') exitWith(EXIT.findings);
    });
}
