import type { Fact, GroupReport, Split } from '../app/compare-groups.ts';
import { escapeXml } from './diff-formats.ts';
import { groupsToData } from './groups-data.ts';
import { citeOf, factText, shareLine } from './groups-text.ts';
import { toJson } from './json.ts';

/** One JSON object a line: the groups and the method, then what splits them, list by list. */
export function renderGroupsNdjson(report: GroupReport, all: boolean): string {
  const { separating, too_few, flaky, occasional, ...head } = groupsToData(report, all);
  const lists = { separating, too_few, flaky, occasional };
  const rows: object[] = [{ row: 'groups', ...head }];
  for (const [list, splits] of Object.entries(lists))
    for (const split of splits) rows.push({ row: 'split', list, ...split });
  return rows.map((row) => `${toJson(row)}\n`).join('');
}

/** Facts that one failure names; the rest is counted. */
const FACTS_SHOWN = 20;

/**
 * A test report for CI: a case for each split of the boots. What separates the groups fails, what is flaky or has too
 * few boots is skipped, and where nothing separates them a case says so and passes.
 */
export function renderGroupsJunit(report: GroupReport): string {
  const { names, separation } = report;
  const { separating, tooFew, flaky } = separation;
  const open = (suite: string, { facts }: Split) => {
    const [first] = facts;
    const name = first === undefined ? 'nothing' : `${first.sort} ${factText(first)}`;
    return `    <testcase classname="${escapeXml(suite)}" name="${escapeXml(name)}"`;
  };
  const cases = [
    ...(separating.length === 0
      ? [
          `    <testcase classname="groups" name="nothing separates ${escapeXml(`${names.a} and ${names.b}`)}"/>\n`,
        ]
      : []),
    ...separating.map((split) => {
      const facts = split.facts.slice(0, FACTS_SHOWN).map((fact) => describe(fact, report));
      const more = split.facts.length - facts.length;
      const text = [...facts, ...(more > 0 ? [`... ${more} more in the same boots`] : [])].join('\n');
      return `${open('groups.separating', split)}>\n      <failure message="${escapeXml(shareLine(split, report))}">${escapeXml(text)}</failure>\n    </testcase>\n`;
    }),
    ...[
      ...tooFew.map((split) => ['too-few', split] as const),
      ...flaky.map((split) => ['flaky', split] as const),
    ].map(
      ([list, split]) =>
        `${open(`groups.${list}`, split)}>\n      <skipped message="${escapeXml(shareLine(split, report))}"/>\n    </testcase>\n`,
    ),
  ];
  const skipped = tooFew.length + flaky.length;
  const suite = escapeXml(`trace diff --group ${names.a} --group ${names.b}`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n  <testsuite name="${suite}" tests="${cases.length}" failures="${separating.length}" skipped="${skipped}">\n${cases.join('')}  </testsuite>\n</testsuites>\n`;
}

function describe(fact: Fact, report: GroupReport): string {
  return `${fact.sort} ${factText(fact)} [${citeOf(fact, report)}]`;
}
