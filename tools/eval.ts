import { parseArgs } from 'node:util';
import { RULES } from '../src/diagnosis/all-rules.ts';
import { diagnose } from '../src/diagnosis/diagnose.ts';
import type { BootEvent } from '../src/events/catalog.ts';
import { printEvents } from '../test/support/carried-events.ts';
import { parseText } from '../test/support/parse-text.ts';
import { faultyBoots, healthyBoots, type LabelledBoot } from './eval/cases.ts';
import { judge, OUTCOMES, type Outcome, type Verdict } from './eval/verdict.ts';

// Holds the rules of `trace check` to boots whose fault is known: all events, and what is left of them in the kernel log.

const HELP = `npm run eval -- [--fault ID]… [--soc NAME]… [--seeds N] [--verbose]
Simulates each fault on each SoC where it befalls something, and healthy boots, and says how often trace check names the
cause first: from all events, and from the text of the kernel log alone. Exits with 1 at a wrong verdict or a false alarm.
`;

/** What a boot is looked at by. */
const VIEWS: Readonly<Record<string, (events: readonly BootEvent[]) => readonly BootEvent[]>> = {
  'all events': (events) => events,
  'kernel log': (events) => parseText('dmesg', printEvents('dmesg', events)),
};

const { values } = parseArgs({
  options: {
    fault: { type: 'string', multiple: true, default: [] },
    soc: { type: 'string', multiple: true, default: [] },
    seeds: { type: 'string', default: '3' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else evaluate();

function evaluate(): void {
  const cases: LabelledBoot[] = [];
  const verdicts = new Map<string, { boot: string; fault: string | null; verdict: Verdict }[]>();
  const take = (boot: LabelledBoot): void => {
    cases.push({ ...boot, events: [] });
    for (const [view, see] of Object.entries(VIEWS)) {
      const verdict = judge(boot.fault, diagnose(see(boot.events)));
      const taken = verdicts.get(view) ?? [];
      taken.push({ boot: boot.name, fault: boot.fault, verdict });
      verdicts.set(view, taken);
      if (values.verbose || ['wrong', 'false alarm'].includes(verdict.outcome))
        process.stdout.write(`${verdict.outcome.padEnd(11)} ${view}: ${boot.name}: ${told(verdict)}\n`);
    }
  };
  for (const boot of faultyBoots({ socs: values.soc, faults: values.fault })) take(boot);
  if (values.fault.length === 0)
    for (const boot of healthyBoots({ socs: values.soc, seeds: Number(values.seeds) })) take(boot);
  const faulty = cases.filter(({ fault }) => fault !== null).length;
  process.stdout.write(
    `\n${cases.length} boots: ${faulty} with a fault, ${cases.length - faulty} healthy; ${RULES.length} rules\n`,
  );
  for (const [view, taken] of verdicts) report(view, taken);
  const isBad = [...verdicts.values()]
    .flat()
    .some(({ verdict: { outcome } }) => outcome === 'wrong' || outcome === 'false alarm');
  process.exitCode = isBad ? 1 : 0;
}

function report(
  view: string,
  taken: readonly { boot: string; fault: string | null; verdict: Verdict }[],
): void {
  const faulty = taken.filter(({ fault }) => fault !== null);
  const healthy = taken.length - faulty.length;
  const count = (outcome: Outcome) => taken.filter(({ verdict }) => verdict.outcome === outcome).length;
  const share = (part: number, whole: number) =>
    whole === 0 ? '' : ` (${((100 * part) / whole).toFixed(1)} %)`;
  process.stdout.write(`\n${view}\n`);
  for (const outcome of OUTCOMES) {
    const whole = outcome === 'quiet' || outcome === 'false alarm' ? healthy : faulty.length;
    process.stdout.write(
      `  ${outcome.padEnd(12)} ${String(count(outcome)).padStart(4)}${share(count(outcome), whole)}\n`,
    );
  }
  const said = faulty.filter(({ verdict }) =>
    ['named', 'narrowed', 'wrong'].includes(verdict.outcome),
  ).length;
  const right = count('named') + count('narrowed');
  process.stdout.write(
    `  precision    ${right} of ${said}${share(right, said)}, recall ${right} of ${faulty.length}${share(right, faulty.length)}\n`,
  );
  confusion(faulty);
}

/** Which rule stood first for each fault, where that was not always the one that names it. */
function confusion(faulty: readonly { boot: string; fault: string | null; verdict: Verdict }[]): void {
  const rows = new Map<string, Map<string, number>>();
  for (const { fault, verdict } of faulty) {
    if (verdict.outcome === 'named') continue;
    const row = rows.get(fault ?? '') ?? new Map<string, number>();
    rows.set(fault ?? '', row);
    const name = `${verdict.outcome}: ${verdict.first?.rule ?? 'nothing'}`;
    row.set(name, (row.get(name) ?? 0) + 1);
  }
  for (const [fault, row] of rows)
    process.stdout.write(
      `  ${fault.padEnd(16)} ${[...row].map(([name, count]) => `${name} ×${count}`).join(', ')}\n`,
    );
}

function told({ first, findings }: Verdict): string {
  if (first === null) return 'nothing';
  const others = findings.filter((finding) => finding !== first && finding.severity !== 'noise');
  return `${first.rule} (${first.certainty}): ${first.sentence}${others.length === 0 ? '' : `; then ${others.map(({ rule }) => rule).join(', ')}`}`;
}
