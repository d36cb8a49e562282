import { diagnose } from '../../src/diagnosis/diagnose.ts';
import type { EvalOptions } from './boots.ts';
import { faultyBoots, healthyBoots, type LabelledBoot } from './cases.ts';
import { ofUnknownSoc, withoutBeginning, withoutEnd } from './partial-views.ts';
import { falselyRuledOut, misleads } from './verdict.ts';

/**
 * Holds the rules to what is left of boots when their beginning or their end is missing, or what tells the SoC: the
 * finding may be weaker, and no other. Says whether one misleads.
 */
export function evaluatePartial(options: EvalOptions, print: (text: string) => void): boolean {
  const count = {
    faulty: 0,
    healthy: 0,
    named: 0,
    narrowed: 0,
    silent: 0,
    misleading: 0,
    ruledOut: 0,
    falseAlarms: 0,
  };
  const tell = (text: string) => print(`${text}\n`);
  const take = ({ name, fault, events }: LabelledBoot) => {
    if (fault === null) return;
    const whole = new Set(diagnose(events).map(({ rule }) => rule));
    for (const view of [...withoutBeginning(events), ...withoutEnd(events), ...ofUnknownSoc(events)]) {
      count.faulty++;
      const findings = diagnose(view.events);
      const [first] = findings.filter(({ severity }) => severity !== 'noise');
      const isNamed = first?.modes.includes(fault) === true;
      if (first === undefined) count.silent++;
      else if (isNamed)
        count[first.certainty === 'certain' || first.certainty === 'likely' ? 'named' : 'narrowed']++;
      for (const finding of findings) {
        const how = misleads(fault, finding, first);
        // What the whole boot has beside its fault, a part of it may have.
        if (how === null || (finding !== first && whole.has(finding.rule))) continue;
        count.misleading++;
        tell(
          `misleads    ${view.name}: ${name}: ${how}: ${finding.rule} (${finding.certainty}): ${finding.sentence}`,
        );
      }
      for (const what of falselyRuledOut(fault, findings)) {
        count.ruledOut++;
        tell(`ruled out   ${view.name}: ${name}: ${what}`);
      }
    }
  };
  for (const boot of faultyBoots(options)) take(boot);
  if (options.faults.length === 0)
    for (const { name, events } of healthyBoots({ ...options, seeds: 1 }))
      for (const view of [...withoutBeginning(events), ...ofUnknownSoc(events)]) {
        count.healthy++;
        const [first] = diagnose(view.events).filter(({ severity }) => severity !== 'noise');
        if (first === undefined) continue;
        count.falseAlarms++;
        tell(`false alarm ${view.name}: ${name}: ${first.rule}: ${first.sentence}`);
      }
  tell(
    `\n${count.faulty + count.healthy} parts of boots (${count.faulty} with a fault): without their beginning, cut off after what failed, of the trace alone, or of an unknown SoC`,
  );
  tell(`  named        ${count.named}`);
  tell(`  left open    ${count.narrowed}, with the fault among what is left`);
  tell(`  silent       ${count.silent}`);
  tell(`  misleading   ${count.misleading}`);
  tell(`  true cause ruled out ${count.ruledOut}`);
  tell(`  false alarms ${count.falseAlarms}`);
  return count.misleading + count.ruledOut + count.falseAlarms > 0;
}
