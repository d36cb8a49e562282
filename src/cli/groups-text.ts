import type { Fact, GroupReport, Split } from '../app/compare-groups.ts';
import { counted } from '../base/count.ts';
import { paragraph, renderCitedLine, wrap } from './cited-line.ts';
import type { Style } from './style.ts';
import { printable } from './table.ts';

export interface GroupsTextOptions {
  /** Every fact. */
  readonly all: boolean;
  readonly brief: boolean;
  readonly columns: number;
  readonly style: Style;
}

/** Facts of a split that are shown, and splits of a list. */
const FACTS_SHOWN = 4;
const SPLITS_SHOWN = 5;

/** What separates two groups of boots, for people. */
export function renderGroups(report: GroupReport, options: GroupsTextOptions): string {
  const { separation, names } = report;
  const { separating, tooFew, flaky, occasional } = separation;
  const parts = [renderHead(report, options), renderHeadline(report, options)];
  if (options.brief) return parts.join('\n');
  const list = (title: string, splits: readonly Split[], isOpen = false) => {
    if (splits.length > 0) parts.push(renderList(title, splits, report, options, isOpen));
  };
  list('What separates the groups, the surest first', separating, true);
  list('In all of one group and none of the other, but in too few boots', tooFew, true);
  list('Flaky, in some boots of both', flaky);
  list(`In some boots of ${names.a} or of ${names.b} only, as chance would have it`, occasional);
  parts.push(renderMethod(report, options));
  return parts.join('\n');
}

function renderHead(
  { members, names, folder, separation }: GroupReport,
  { columns, style }: GroupsTextOptions,
): string {
  const width = Math.max(names.a.length, names.b.length) + 2;
  const line = (group: 'a' | 'b') => {
    const files = members.filter((member) => member.group === group).map(({ shortName }) => shortName);
    const which = files.length === 1 ? files[0] : `${files[0]} … ${files.at(-1)}`;
    const text = printable(`${counted(files.length, 'boot')}: ${which}`);
    return wrap(text, columns - width)
      .map((shown, index) => `${style.bold((index === 0 ? names[group] : '').padEnd(width))}${shown}\n`)
      .join('');
  };
  const { factCount, constantCount } = separation;
  const notes = members.flatMap(({ shortName, notes: own }) =>
    own.map((note) => `note: ${shortName}: ${note}`),
  );
  return [
    line('a'),
    line('b'),
    ...(folder === '' ? [] : [paragraph(printable(`in ${folder}`), '', columns)]),
    ...notes.map((note) => paragraph(printable(note), '', columns)),
    paragraph(
      `${counted(factCount, 'fact')}, of which ${constantCount} ${constantCount === 1 ? 'is' : 'are'} so in every boot that could show them.`,
      '',
      columns,
    ),
  ].join('');
}

/** What to take away from it, in one sentence. */
function renderHeadline(report: GroupReport, { columns, style }: GroupsTextOptions): string {
  const { separation } = report;
  const [first] = separation.separating;
  const [candidate] = separation.tooFew;
  const say = (text: string) => paragraph(printable(text), '', columns, style.bold);
  if (first !== undefined) return say(`${sharesOf(first, report)}: ${factText(first.facts[0] as Fact)}`);
  if (candidate === undefined) return say('Nothing separates the groups beyond chance.');
  const { comparisonCount, bootsNeeded } = separation;
  return say(
    `Nothing separates the groups beyond chance. ${counted(separation.tooFew.length, 'candidate does', 'candidates do')} in these boots; with ${counted(comparisonCount, 'comparison')} at least ${bootsNeeded} boots are needed in each group.`,
  );
}

/** `In all 8 of bad and none of ok`, the group that has more of it first. */
function sharesOf({ a, b }: Split, { names }: GroupReport): string {
  const one = (group: 'a' | 'b') => {
    const { k, n } = group === 'a' ? a : b;
    if (k === 0) return `none of ${names[group]}`;
    return `${k === n ? `all ${n}` : `${k} of ${n}`} of ${names[group]}`;
  };
  const bFirst = b.k * a.n >= a.k * b.n;
  return bFirst ? `In ${one('b')} and ${one('a')}` : `In ${one('a')} and ${one('b')}`;
}

/** What a fact says, with the lane where it does not say that itself. */
export function factText({ lane, text }: Fact): string {
  return lane === 'log' || text.startsWith(lane) ? text : `${lane}: ${text}`;
}

function renderList(
  title: string,
  splits: readonly Split[],
  report: GroupReport,
  options: GroupsTextOptions,
  isOpen: boolean,
): string {
  // Of what splits the boots alike, the one is so where the other is not.
  const isFirst = ({ hypothesis }: Split, index: number) =>
    splits.findIndex((other) => other.hypothesis === hypothesis) === index;
  const listed = options.all || isOpen ? splits : splits.filter(isFirst);
  const shown = options.all ? splits : listed.slice(0, SPLITS_SHOWN);
  const more = listed.length - shown.length;
  return [
    paragraph(`${title}:`, '', options.columns, options.style.bold),
    ...shown.map((split) => renderSplit(split, report, options)),
    ...(more > 0 ? [`  ... and ${more} more; --all shows them\n`] : []),
  ].join('');
}

function renderSplit(split: Split, report: GroupReport, options: GroupsTextOptions): string {
  const { columns, style, all } = options;
  const { facts } = split;
  const shown = all ? facts : facts.slice(0, FACTS_SHOWN);
  const more = facts.length - shown.length;
  const lines = shown.map((fact) =>
    renderCitedLine(
      { head: `    ${fact.sort.padEnd(8)}`, text: printable(factText(fact)), cite: citeOf(fact, report) },
      columns,
      { text: (text) => text, cite: style.dim },
    ),
  );
  const rest =
    more > 0 ? [`    ... and ${counted(more, 'fact')} more in the same boots; --all shows them\n`] : [];
  return [paragraph(`${shareLine(split, report)}`, '  ', columns), ...lines, ...rest].join('');
}

/** `bad 8 of 8 (68-100 %), ok 0 of 8 (0-32 %); at least 55 % apart, p 0.00016`. */
export function shareLine(split: Split, { names, members }: GroupReport): string {
  const one = (group: 'a' | 'b') => {
    const share = group === 'a' ? split.a : split.b;
    const { low, high } = share;
    const unknown = members.filter((member) => member.group === group).length - share.n;
    const without = unknown === 0 ? '' : `, ${unknown} unknown`;
    return `${names[group]} ${share.k} of ${share.n} (${percent(low)}-${percent(high)} %${without})`;
  };
  const { atLeast } = split;
  const apart = atLeast > 0 ? `at least ${percent(atLeast)} % apart` : 'perhaps no difference';
  return `${one('b')}, ${one('a')}; ${apart}, p ${renderP(split.p)}`;
}

function percent(share: number): string {
  return String(Math.round(share * 100));
}

export function renderP(p: number): string {
  return p >= 0.01 ? p.toFixed(2) : p.toPrecision(1);
}

/** `bad/03.db#2403 dmesg.txt:881`, of the first boot that shows it. */
export function citeOf({ example }: Fact, { members }: GroupReport): string {
  const name = members[example.boot]?.shortName ?? '';
  const event = example.seq === null ? name : `${name}#${example.seq}`;
  return printable(example.place === null ? event : `${event} ${example.place}`);
}

function renderMethod({ separation }: GroupReport, { columns, style }: GroupsTextOptions): string {
  const { comparisonCount, countedComparisons } = separation;
  return paragraph(
    `In brackets: 95 % confidence (Wilson). Apart: lower bound of the difference (Newcombe). p: Fisher's exact test; it is more than chance up to 0.05 divided by the comparisons that could have got there (${countedComparisons} of ${comparisonCount}; Tarone).`,
    '',
    columns,
    style.dim,
  );
}
