import { RULES } from '../../src/diagnosis/all-rules.ts';
import { RULE_EXAMPLES } from './rule-examples.ts';

/** docs/check.md: how `trace check` judges, and all its rules. */
export function renderRules(): string {
  const families = [...new Set(RULES.map(({ family }) => family))];
  const sections = families.map((family) => {
    const rules = RULES.filter((rule) => rule.family === family).map((rule) => {
      const example = RULE_EXAMPLES[rule.id];
      const shown =
        example !== undefined && 'fault' in example ? `, as \`--fault ${example.fault}\` shows it` : '';
      const modes = rule.modes.length === 0 ? '' : ` Failure modes: ${rule.modes.join(', ')}.`;
      const tries = rule.tries.map((text) => `- ${text}`).join('\n');
      return `### ${rule.id}

**${rule.severity}**: ${rule.title}${shown}. ${rule.doc}${modes}

Disproved by ${rule.disprovedBy}. Source: ${rule.source}. To try:

${tries}
`;
    });
    return `## ${family}\n\n${rules.join('\n')}`;
  });
  return `# Findings

Generated from src/diagnosis by \`npm run docs\`; do not edit.

\`trace check DB\` (or a log, or a folder of logs, in place of a history) applies the rules below. A **finding** is one
cause, however many events show it: ten thousand faults of a stream are one. It says on which events it stands
(\`el2.db#1234 dmesg.txt:881\`), what was ruled out and by which event, what would disprove it, and what to try.

Levels, the worst first: **system** (the machine hangs or resets), **fatal** (a remote processor does not come up),
**degraded**, **noise** (looks like a fault and is none). \`--fail-on\` says from which on the command exits with 1. A file
in which nothing looks like a log is no healthy boot: that is exit status 2.

How sure a finding is: _certain_, the events prove it; _likely_, they leave little else; _narrowed_, they leave the
failure modes that it names, the likeliest first; _unknown_, they do not tell the cause. A kernel log alone narrows down
more often than it proves: imported with a trace of \`qcom_scm:*\` and \`iommu:*\`, the same boot says more.

No rule is about everything. What else the log says went wrong (lines that the kernel printed as errors or that speak of
one, and devices that fail) is listed below the findings, the commonest first: it counts for no level and no exit status.
In JSON it is \`other_errors\`.

A rule of the stage _specific_ speaks from what proves a cause. What it explains (the errors, crashes and warnings that
follow from it) no rule of the stages _general_ and _last_ speaks of again.

## Rules of your own

\`--rules FILE\` adds rules from a JSON file. A rule has a condition over one event: its \`kind\` or family, \`subject\`,
\`agent\`, \`fields\` (docs/events.md), and \`text\`, a regular expression over the line of the log or the event as
\`trace log\` prints it. With \`unless\` it is silent where such an event is there too. \`{name}\` in the sentence stands for
a named group of the pattern, a field, or \`subject\`.

    {"rules": [{
      "id": "board-regulator", "title": "the regulator of the DSP is off", "severity": "fatal",
      "when": {"text": "^vreg_l4c: (?<what>disabled|failed)"},
      "unless": {"kind": "remoteproc.state_changed", "fields": {"state": "running"}},
      "sentence": "vreg_l4c is {what}: the ADSP has no power", "at_least": 1,
      "disproved_by": "the processor comes up", "try": ["set regulator-always-on on vreg_l4c"]
    }]}

## A baseline

\`--baseline FILE\` accepts what is known. An entry needs a reason and the last day on which it holds; an entry that
expired, or that nothing matches any more, is told on standard error.

    {"accepted": [{"rule": "video-at-el2", "reason": "no video on this board", "expires": "2027-01-31"}]}

${sections.join('\n')}`;
}
