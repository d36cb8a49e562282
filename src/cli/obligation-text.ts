import type { ObligationAccount, ObligationRow, Performance } from '../app/diff-boots.ts';
import { describeDeviceMemory } from '../app/unmet-duty.ts';
import { wrap } from './cited-line.ts';
import type { Style } from './style.ts';
import { displayWidth, printable } from './table.ts';

export interface ObligationTextOptions {
  /** Only these processors; empty means all. */
  readonly lanes: readonly string[];
  readonly all: boolean;
  readonly columns: number;
  readonly style: Style;
}

/** As long as the longest title. */
const TITLE_WIDTH = 20;
/** A cell holds who it was and the event: `hypervisor (94) A#1234567`. */
const CELL_WIDTH = 26;

/** The obligation ledger: duty by duty who met it in either boot; starts that are alike share a table. */
export function renderObligations(
  accounts: readonly ObligationAccount[],
  options: ObligationTextOptions,
): string {
  const wanted = accounts.filter(
    ({ processor }) => options.lanes.length === 0 || options.lanes.includes(processor),
  );
  if (wanted.length === 0) return '';
  const { style } = options;
  const groups = groupAlike(wanted);
  const shown = groups.filter(([first]) => options.all || !isMetAlike(first));
  const lines: string[] = [];
  const head = `Who met which duty`.padEnd(TITLE_WIDTH + 4);
  if (shown.length > 0) lines.push(`${style.bold(`${head}${'A'.padEnd(CELL_WIDTH)}B`)}\n`);
  for (const group of shown) {
    const [first] = group;
    const names = wrap(`${namesOf(group)}:`, options.columns).map((line) => `${line}\n`);
    lines.push(...names, renderAccount(first, options));
  }
  const same = groups.filter((group) => !shown.includes(group));
  if (same.length > 0) {
    const text = `Every duty met alike on both sides: ${same.map(namesOf).join('; ')}`;
    lines.push(...wrap(text, options.columns).map((line) => `${line}\n`));
  }
  return lines.join('');
}

/** `adsp start 2 (events are its own), cdsp`: the first is the one whose events are cited. */
function namesOf(group: Group): string {
  const named = group.map(({ processor, start }) => `${processor}${start === 1 ? '' : ` start ${start}`}`);
  return named.length === 1 ? named.join() : `${named.join(', ')} (events of ${named[0]})`;
}

type Group = readonly [ObligationAccount, ...ObligationAccount[]];

/** Starts in which each duty was met by the same, or missed for the same reason. */
function groupAlike(accounts: readonly ObligationAccount[]): Group[] {
  const groups = new Map<string, [ObligationAccount, ...ObligationAccount[]]>();
  for (const account of accounts) {
    const key = account.rows
      .map((row) => `${row.duty} ${alike(row.a)} ${alike(row.b)} ${unevenOf(row).join()}`)
      .join('\n');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [account]);
    else group.push(account);
  }
  return [...groups.values()];
}

function alike(performance: Performance | null): string {
  if (performance === null) return '-';
  return isReasoned(performance) ? `${performance.by} ${performance.note}` : performance.by;
}

function isReasoned({ by }: Performance): boolean {
  return by === 'nobody' || by === 'unknown';
}

/** Nothing to tell: the same did the same on both sides, and nothing was left undone. */
export function isMetAlike({ rows }: ObligationAccount): boolean {
  return rows.every((row) => !isMarked(row) && cell(row.a, '') === cell(row.b, ''));
}

/** Nobody met it on some side, or it was met for more memory on one. */
function isMarked({ unmetIn, onlyIn }: ObligationRow): boolean {
  return unmetIn !== null || onlyIn.a.length + onlyIn.b.length > 0;
}

/** Memory that is named where only one side has it mapped; the rest is counted. */
const MEMORY_SHOWN = 3;

/** What was mapped on one side only: `only in A: smem@90900000 (0x90900000 + 2 MiB)`. */
export function unevenOf({ onlyIn }: ObligationRow): string[] {
  return [['A', onlyIn.a] as const, ['B', onlyIn.b] as const].flatMap(([letter, memory]) => {
    if (memory.length === 0) return [];
    // Reserved regions have a name that says what is missing.
    const inOrder = [...memory].sort((x, y) => Number(x.region === null) - Number(y.region === null));
    const more = memory.length > MEMORY_SHOWN ? `, ${memory.length - MEMORY_SHOWN} more` : '';
    return [
      `only in ${letter}: ${inOrder.slice(0, MEMORY_SHOWN).map(describeDeviceMemory).join(', ')}${more}`,
    ];
  });
}

function renderAccount({ rows }: ObligationAccount, { columns, style }: ObligationTextOptions): string {
  const lines: string[] = [];
  const reasons: string[] = [];
  for (const row of rows) {
    const head = `${isMarked(row) ? '!' : ' '} ${row.title.padEnd(TITLE_WIDTH + 2)}`;
    const left = cell(row.a, 'A');
    const text = `${head}${left}${' '.repeat(Math.max(1, CELL_WIDTH - displayWidth(left)))}${cell(row.b, 'B')}`;
    lines.push(isMarked(row) ? style.red(text) : text);
    reasons.push(...unevenOf(row).map((uneven) => `  ${row.title} ${uneven}`));
    for (const [letter, performance] of [['A', row.a] as const, ['B', row.b] as const]) {
      if (performance?.by !== 'nobody' || performance.note === null) continue;
      reasons.push(`  ${letter}, ${row.title}: ${performance.note}`);
    }
  }
  for (const letter of ['A', 'B'] as const) {
    const notes = rows.map((row) => (letter === 'A' ? row.a : row.b)).filter((one) => one?.by === 'unknown');
    const why = [...new Set(notes.map((one) => one?.note ?? ''))].filter((note) => note !== '');
    if (why.length > 0) reasons.push(`  unknown in ${letter}: ${why.join('; ')}`);
  }
  for (const reason of reasons) lines.push(...wrap(printable(reason), columns).map(style.dim));
  return lines.map((line) => `${line}\n`).join('');
}

/** Who it was and how often; with a letter of a side, the event too. */
function cell(performance: Performance | null, letter: 'A' | 'B' | ''): string {
  if (performance === null) return '-';
  const { by, note, seq } = performance;
  const count =
    by !== 'nobody' && note !== null && /^\d/.test(note)
      ? ` ${note.replace(/^(\d+( of \d+)?).*$/, '($1)')}`
      : '';
  return `${by}${count}${seq === null || letter === '' ? '' : ` ${letter}#${seq}`}`;
}
