import type { Fact, GroupReport, Split } from '../app/compare-groups.ts';
import { code, escapeMarkdown } from './diff-formats.ts';
import { citeOf, renderP } from './groups-text.ts';

/** Facts of a split that are listed where not all are asked for. */
const FACTS_SHOWN = 20;

/** What separates two groups, as data for `--format json`. */
export function groupsToData(report: GroupReport, all: boolean) {
  const { separation, names, members } = report;
  const boots = (group: 'a' | 'b') =>
    members.filter((member) => member.group === group).map(({ name, notes }) => ({ name, notes }));
  const list = (splits: readonly Split[]) => splits.map((split) => splitToData(split, report, all));
  return {
    a: { name: names.a, boots: boots('a') },
    b: { name: names.b, boots: boots('b') },
    separates: separation.separating.length > 0,
    method: {
      confidence: 0.95,
      share: 'Wilson',
      difference: 'Newcombe',
      test: 'Fisher exact, two-sided',
      correction: 'Bonferroni-Tarone',
      comparison_count: separation.comparisonCount,
      counted_comparisons: separation.countedComparisons,
      boots_needed: separation.bootsNeeded,
    },
    fact_count: separation.factCount,
    constant_count: separation.constantCount,
    separating: list(separation.separating),
    too_few: list(separation.tooFew),
    flaky: list(separation.flaky),
    occasional: list(separation.occasional),
  };
}

function splitToData(split: Split, report: GroupReport, all: boolean): object {
  const share = (group: 'a' | 'b') => {
    const { k, n, low, high } = split[group];
    const unknown = report.members.filter((member) => member.group === group).length - n;
    const often = n === 0 ? 'unknown' : k === n ? 'always' : k === 0 ? 'never' : 'sometimes';
    return { k, n, unknown, often, low, high };
  };
  const facts = all ? split.facts : split.facts.slice(0, FACTS_SHOWN);
  return {
    a: share('a'),
    b: share('b'),
    difference: { ...split.difference, at_least: split.atLeast },
    p: split.p,
    fact_count: split.facts.length,
    facts: facts.map((fact) => factToData(fact, report)),
  };
}

function factToData({ sort, lane, text, example }: Fact, { members }: GroupReport): unknown {
  const { seq, place } = example;
  return { sort, lane, text, example: { boot: members[example.boot]?.name ?? null, seq, place } };
}

/** What goes into an issue. */
export function renderGroupsMarkdown(report: GroupReport, all: boolean): string {
  const { separation, names, members } = report;
  const count = (group: 'a' | 'b') => members.filter((member) => member.group === group).length;
  const lines = [
    `## ${code(names.a)} (${count('a')} boots) against ${code(names.b)} (${count('b')} boots)`,
    '',
    ...members.flatMap(({ name, notes }) =>
      notes.map((note) => `- note: ${code(name)}: ${escapeMarkdown(note)}`),
    ),
  ];
  if (separation.separating.length === 0)
    lines.push(
      '**Nothing separates the groups beyond chance.**',
      ...(separation.tooFew.length === 0
        ? []
        : [`At least ${separation.bootsNeeded} boots are needed in each group.`]),
      '',
    );
  const list = (title: string, splits: readonly Split[]) => {
    if (splits.length === 0) return;
    lines.push(
      `### ${title}`,
      '',
      `| ${names.b} | ${names.a} | p | what | for example |`,
      '| --: | --: | --: | --- | --- |',
    );
    for (const split of splits) {
      for (const fact of all ? split.facts : split.facts.slice(0, 1)) {
        const more = all || split.facts.length === 1 ? '' : ` (and ${split.facts.length - 1} more)`;
        lines.push(
          `| ${split.b.k} of ${split.b.n} | ${split.a.k} of ${split.a.n} | ${renderP(split.p)} | ${escapeMarkdown(`${fact.sort}, ${fact.lane}: ${fact.text}`)}${more} | ${code(citeOf(fact, report))} |`,
        );
      }
    }
    lines.push('');
  };
  list('What separates them', separation.separating);
  list('In all of one and none of the other, but in too few boots', separation.tooFew);
  list('Flaky', separation.flaky);
  if (all) list('In some boots of one group', separation.occasional);
  return `${lines.join('\n').trimEnd()}\n`;
}
