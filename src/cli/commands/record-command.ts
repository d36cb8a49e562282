import { Command, InvalidArgumentError, Option } from 'commander';
import type { ModelSection } from '../../app/describe-model.ts';
import type { RecordResult } from '../../app/record-boot.ts';
import { renderTime } from '../../base/time.ts';
import { wrap } from '../cited-line.ts';
import type { CommandContext } from '../command-context.ts';
import { toJson } from '../json.ts';
import { oneMore } from '../option.ts';

interface RecordOptions {
  readonly soc: string;
  readonly mode: string;
  readonly output?: string;
  readonly name?: string;
  readonly kernel?: string;
  readonly scenario?: string;
  readonly seed: number;
  readonly without?: string[];
  readonly fault?: string[];
  readonly policy?: string[];
  readonly processor?: string[];
  readonly list?: boolean;
  readonly tables: boolean;
  readonly format: 'text' | 'json';
}

export function recordCommand(context: () => CommandContext): Command {
  return new Command('record')
    .summary('simulate a boot into a history')
    .description(
      'Boots a SoC in the simulator and records every SMC, page-table write, mapping and kernel log line as events. ' +
        'The same options give the same events, byte for byte. --list prints what each option takes.',
    )
    .option('--soc <soc>', 'SoC, by code name or part number', 'lemans')
    .option('--mode <mode>', 'who is at EL2, and which device tree Linux gets', 'qhee')
    .option('-o, --output <db>', 'history to write to (default: named after SoC and mode)')
    .option('--name <name>', 'name of the boot')
    .option('--kernel <release>', 'kernel version (default: the newest that is modelled)')
    .option('--scenario <scenario>', 'what user space does with the processors (default: boot)')
    .option('--seed <number>', 'seed of timings and addresses', seedNumber, 1)
    .option('--without <part>', 'leave out a part of the series; repeatable', oneMore)
    .option(
      '--fault <fault>',
      'inject a failure: ID, ID:PROCESSOR or ID:PROCESSOR@START; repeatable',
      oneMore,
    )
    .option('--policy <name=value>', 'set an assumption of the model; repeatable', oneMore)
    .option('--processor <name>', 'only this remote processor; repeatable', oneMore)
    .option('--list', 'print SoCs, modes, kernels, scenarios, parts, faults and policies')
    .option('--no-tables', 'leave the tables for SQL to `trace index`')
    .addOption(
      new Option('--format <format>', 'how to print the summary').choices(['text', 'json']).default('text'),
    )
    .action(async (options: RecordOptions) => {
      const { terminal } = context();
      // Only here: no other command wants the simulator read.
      const [{ describeModel }, { planBoot }, { recordBoot }] = await Promise.all([
        import('../../app/describe-model.ts'),
        import('../../app/plan-boot.ts'),
        import('../../app/record-boot.ts'),
      ]);
      if (options.list === true) {
        const model = describeModel();
        terminal.out(
          options.format === 'json'
            ? `${toJson(model, 2)}\n`
            : renderModel(model, terminal.isWidthKnown ? terminal.columns : Number.POSITIVE_INFINITY),
        );
        return;
      }
      const plan = planBoot({
        ...options,
        faults: options.fault,
        policies: options.policy,
        processors: options.processor,
      });
      const result = recordBoot({
        plan,
        output: options.output ?? `${plan.soc.name}-${plan.mode.name}.db`,
        bootName: options.name,
        withoutTables: !options.tables,
      });
      terminal.out(options.format === 'json' ? `${toJson(asData(result), 2)}\n` : renderResult(result));
    });
}

function renderResult(result: RecordResult): string {
  const { output, bootId, bootName, eventCount, durationNs, up, failed } = result;
  const lines = [
    `${output}: boot ${bootId} (${bootName}), ${eventCount} events, to ${renderTime(durationNs).trim()}`,
  ];
  lines.push(`  up: ${up.length === 0 ? 'none' : up.join(', ')}`);
  if (failed.length > 0) lines.push(`  failed: ${failed.join(', ')}`);
  return `${lines.join('\n')}\n`;
}

function asData(result: RecordResult): unknown {
  const { output, bootId, bootName, eventCount, durationNs, up, failed } = result;
  return {
    output,
    boot: bootId,
    name: bootName,
    event_count: eventCount,
    duration_ns: durationNs,
    up,
    failed,
  };
}

function renderModel(model: readonly ModelSection[], columns: number): string {
  return model
    .map(({ title, entries }) => {
      const width = Math.max(...entries.map(({ name }) => name.length));
      return `${title}\n${entries.map(({ name, text }) => entryLines(name.padEnd(width), text, columns)).join('')}`;
    })
    .join('\n');
}

function entryLines(name: string, text: string, columns: number): string {
  const indent = ' '.repeat(name.length + 4);
  const [first = '', ...rest] = wrap(text, Math.max(columns - indent.length, LEAST_TEXT));
  return `  ${name}  ${first}\n${rest.map((line) => `${indent}${line}\n`).join('')}`;
}

/** Columns that a text has at least, however long the names are. */
const LEAST_TEXT = 30;

function seedNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new InvalidArgumentError('expected a whole number from 0 to 4294967295.');
  }
  return value;
}
