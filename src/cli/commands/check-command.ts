import { Command, InvalidArgumentError, Option } from 'commander';
import { type CheckedBoot, checkBoot, listRules } from '../../app/check-boot.ts';
import { checkToJunit, checkToMarkdown, checkToSarif } from '../../app/check-report.ts';
import { InputError } from '../../base/input-error.ts';
import { checkToData, findingToData } from '../check-data.ts';
import { renderCheck } from '../check-text.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-code.ts';
import { toJson } from '../json.ts';
import { oneMore } from '../option.ts';
import { printable, renderTable } from '../table.ts';
import { momentOption } from './moment-option.ts';

const FORMATS = ['text', 'json', 'ndjson', 'junit', 'sarif', 'markdown'] as const;
const LEVELS = ['system', 'fatal', 'degraded', 'noise'] as const;

interface CheckOptions {
  readonly boot?: string;
  readonly at?: string;
  readonly rule?: string[];
  readonly rules?: string[];
  readonly failOn: (typeof LEVELS)[number];
  readonly baseline?: string;
  readonly today?: string;
  readonly list?: boolean;
  readonly format: (typeof FORMATS)[number];
}

export function checkCommand(context: () => CommandContext): Command {
  return new Command('check')
    .summary('what is wrong with a boot, and what to try')
    .description(
      'Applies all rules to a boot. A finding is one cause, however many events show it, and says on which events it ' +
        'stands, what was ruled out and by which event, what would disprove it, and what to try. Where the events do ' +
        'not tell the cause, it says so. Levels, the worst first: system (the machine hangs or resets), fatal (a remote ' +
        'processor does not come up), degraded, noise (looks like a fault and is none). Exits with 1 when there is a ' +
        'finding at or above --fail-on.',
    )
    .argument('[db]', 'history')
    .option('--boot <boot>', 'boot, by number or name, of a history that holds several')
    .addOption(momentOption())
    .option('--rule <id>', 'only this rule; may be given several times', oneMore)
    .option('--rules <file>', 'further rules, from a JSON file; may be given several times', oneMore)
    .addOption(
      new Option('--fail-on <level>', 'exit with 1 at findings of this level or a worse one')
        .choices(LEVELS)
        .default('degraded'),
    )
    .option(
      '--baseline <file>',
      'JSON file of findings that are accepted, each with a reason and a day on which that ends',
    )
    .option('--today <day>', 'day that entries of the baseline are held against; today when left out', day)
    .option('--list', 'list the rules instead')
    .addOption(new Option('--format <format>', 'how to print it').choices(FORMATS).default('text'))
    .action((file: string | undefined, options: CheckOptions) => {
      const { terminal, style, exitWith } = context();
      if (options.list === true) {
        terminal.out(renderRules(options));
        return;
      }
      if (file === undefined) throw new InputError('expected a history: trace check DB (or --list)');
      const checked = checkBoot({
        file,
        boot: options.boot,
        at: options.at,
        rules: options.rule,
        ruleFiles: options.rules,
        baseline: options.baseline,
        today: options.today ?? new Date().toISOString().slice(0, 10),
        failOn: options.failOn,
      });
      terminal.out(
        options.format === 'text'
          ? renderCheck(checked, terminal.columns, style)
          : renderAs(options.format, checked),
      );
      for (const warning of checked.warnings) terminal.err(`trace: warning: ${printable(warning)}\n`);
      if (checked.failingCount > 0) exitWith(EXIT.findings);
    });
}

function renderAs(format: Exclude<CheckOptions['format'], 'text'>, checked: CheckedBoot): string {
  switch (format) {
    case 'json':
      return `${toJson(checkToData(checked), 2)}\n`;
    case 'ndjson':
      return checked.findings.map((found) => `${toJson(findingToData(found))}\n`).join('');
    case 'junit':
      return checkToJunit(checked);
    case 'sarif':
      return `${toJson(checkToSarif(checked), 2)}\n`;
    case 'markdown':
      return checkToMarkdown(checked);
  }
}

function renderRules({ rules, format }: CheckOptions): string {
  const listed = listRules(rules);
  if (format === 'json' || format === 'ndjson') {
    const data = listed.map(({ examine: _examine, disprovedBy, tries, modes, ...rule }) => ({
      ...rule,
      failure_modes: modes,
      disproved_by: disprovedBy,
      try: tries,
    }));
    return format === 'json' ? `${toJson(data, 2)}\n` : data.map((rule) => `${toJson(rule)}\n`).join('');
  }
  return renderTable(
    ['rule', 'level', 'what is wrong'],
    listed.map(({ id, severity, title }) => [id, severity, title]),
  );
}

function day(text: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) throw new InvalidArgumentError('expected a day such as 2027-01-31.');
  return text;
}
