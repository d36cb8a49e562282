import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { UnknownTemplate } from '../src/app/import-report.ts';
import { counted } from '../src/base/count.ts';
import { type FieldLog, isRelevant, judgeLog } from './eval/field-log.ts';

// Holds the readers to real logs: what is recognised of each, and what is found, beside what is known of it.

const HELP = `npm run eval:logs -- [--folder DIR] [--templates N] [NAME…]
Reads every .log of a folder that has a .json beside it, and says of each how many lines are recognised of those that are
about something the recognisers know, whether SoC, kernel and exception level are those of the .json (ok, unknown, wrong;
+ where only the log tells, - where neither does), and whether trace check finds the failure (ok, missed, other). Then
the lines that no recogniser knows. The folder is ../shared/logs unless said otherwise.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string', default: fileURLToPath(new URL('../../shared/logs', import.meta.url)) },
    templates: { type: 'string', default: '10' },
    help: { type: 'boolean', default: false },
  },
});

// Whoever reads may have seen enough.
process.stdout.on('error', () => process.exit());
if (values.help) process.stdout.write(HELP);
else evaluate(values.folder, Number(values.templates));

function evaluate(folder: string, templateCount: number): void {
  if (!existsSync(folder)) {
    process.stdout.write(`skipped: there is no folder ${folder}\n`);
    return;
  }
  const logs = new Map<string, FieldLog>();
  for (const file of readdirSync(folder).sort()) {
    const name = file.replace(/\.log$/, '');
    const isWanted = positionals.length === 0 || positionals.some((part) => name.includes(part));
    if (name === file || !isWanted || !existsSync(join(folder, `${name}.json`))) continue;
    logs.set(name, judgeLog(join(folder, file)));
  }
  printTable(logs);
  const all = [...logs].flatMap(([log, { templates }]) => templates.map((template) => ({ log, template })));
  printTemplates('lines that no recogniser knows', all, templateCount);
  printTemplates(
    'the same, of those about something that recognisers know',
    all.filter(({ template }) => isRelevant(template)),
    templateCount,
  );
}

function printTable(logs: ReadonlyMap<string, FieldLog>): void {
  const width = Math.max(...[...logs.keys()].map((name) => name.length), 'together'.length);
  const row = (name: string, [lines = '', relevant = '', known = '', ...verdicts]: readonly string[]) => {
    const numbers = `${lines.padStart(6)} ${relevant.padStart(9)} ${known.padStart(5)}`;
    const line = `${name.padEnd(width)} ${numbers}  ${verdicts.map((cell) => cell.padEnd(7)).join(' ')}`;
    process.stdout.write(`${line.trimEnd()}\n`);
  };
  row('log', ['lines', 'relevant', 'known', 'soc', 'kernel', 'EL', 'failure', 'check says']);
  for (const [name, log] of logs)
    row(name, [
      String(log.lineCount),
      String(log.relevantCount),
      share(log),
      log.soc,
      log.kernel,
      log.level,
      log.failure,
      log.rule ?? '',
    ]);
  const every = [...logs.values()];
  const sum = (count: (log: FieldLog) => number) => every.reduce((all, log) => all + count(log), 0);
  const good = (verdict: (log: FieldLog) => string) => {
    const told = every.map(verdict).filter((cell) => cell !== '-' && cell !== '+');
    return `${told.filter((cell) => cell === 'ok').length}/${told.length}`;
  };
  const together = {
    recognisedCount: sum((log) => log.recognisedCount),
    relevantCount: sum((log) => log.relevantCount),
  };
  row('together', [
    String(sum((log) => log.lineCount)),
    String(together.relevantCount),
    share(together),
    good((log) => log.soc),
    good((log) => log.kernel),
    good((log) => log.level),
    good((log) => log.failure),
  ]);
}

function share({
  recognisedCount,
  relevantCount,
}: Pick<FieldLog, 'recognisedCount' | 'relevantCount'>): string {
  return relevantCount === 0 ? '-' : `${Math.floor((100 * recognisedCount) / relevantCount)} %`;
}

function printTemplates(
  title: string,
  given: readonly { readonly log: string; readonly template: UnknownTemplate }[],
  most: number,
): void {
  const together = new Map<string, { count: number; logs: Set<string> }>();
  for (const { log, template } of given) {
    const known = together.get(template.template) ?? { count: 0, logs: new Set<string>() };
    known.count += template.count;
    known.logs.add(log);
    together.set(template.template, known);
  }
  const sorted = [...together].sort(([, a], [, b]) => b.logs.size - a.logs.size || b.count - a.count);
  process.stdout.write(
    `\n${title}: ${counted(sorted.length, 'template')} (# is a number), those in most logs first\n`,
  );
  for (const [template, { count, logs }] of sorted.slice(0, most))
    process.stdout.write(
      `${String(count).padStart(6)} in ${counted(logs.size, 'log').padEnd(8)} ${template.slice(0, 96)}\n`,
    );
}
