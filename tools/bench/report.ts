import { type Aim, isMet, type Quantity, type Row, type Spread, type Unit } from './row.ts';

const WIDTH = 100;
const GAP = '  ';
const HEADINGS = ['work', 'ours', 'peer', 'ratio (min..max)', 'aim', ''] as const;

export function renderTable(rows: readonly Row[]): string {
  const notes = [...new Set(rows.flatMap((row) => row.note ?? []))];
  const cells = rows.map((row) => [
    row.work,
    renderQuantity(row.ours),
    row.peer === undefined ? '-' : `${row.peer.name} ${renderQuantity(row.peer.quantity)}`,
    (row.ratio === undefined ? '-' : renderSpread(row.ratio)) + mark(notes, row.note),
    row.aim === undefined ? '-' : renderAim(row.aim, row.ours.unit),
    { true: 'met', false: 'MISSED', undefined: '' }[String(isMet(row))] ?? '',
  ]);
  const table = [[...HEADINGS], ...cells];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...table.map((line) => (line[column] as string).length)),
  );
  const lines = table.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] as number))
      .join(GAP)
      .trimEnd(),
  );
  lines.splice(
    1,
    0,
    widths
      .map((width) => '-'.repeat(width))
      .join(GAP)
      .slice(0, WIDTH),
  );
  const footnotes = notes.map((note) => `${mark(notes, note).trim()} ${note}`);
  return [...lines, ...footnotes.flatMap((note) => wrap(note))].join('\n');
}

export function rowData(row: Row): Record<string, unknown> {
  const { work, ours, peer, ratio, aim, note } = row;
  return {
    work,
    ours,
    peer: peer === undefined ? null : { name: peer.name, ...peer.quantity },
    ratio: ratio ?? null,
    aim: aim ?? null,
    met: isMet(row) ?? null,
    note: note ?? null,
  };
}

function mark(notes: readonly string[], note: string | undefined): string {
  return note === undefined ? '' : ` ${'*'.repeat(notes.indexOf(note) + 1)}`;
}

function wrap(line: string): string[] {
  const lines = [''];
  for (const word of line.split(' ')) {
    const last = lines[lines.length - 1] as string;
    if (last.length + 1 + word.length > WIDTH) lines.push(`  ${word}`);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

const UNITS: Readonly<Record<Unit, (value: number) => string>> = {
  'per second': (value) => (value >= 999_500 ? `${digits(value / 1e6)}M/s` : `${digits(value / 1e3)}k/s`),
  bytes: (value) => `${digits(value / 1e6)} MB`,
  'bytes each': (value) => `${digits(value)} B`,
  ms: (value) => `${digits(value)} ms`,
  us: (value) => `${digits(value)} us`,
  share: (value) => `${digits(value * 100)} %`,
};

function renderQuantity({ value, unit }: Quantity): string {
  return UNITS[unit](value);
}

function renderAim(aim: Aim, unit: Unit): string {
  const value = aim.of === 'ratio' ? digits(aim.value, true) : renderQuantity({ value: aim.value, unit });
  return `${aim.bound === 'at least' ? '>=' : '<='} ${value}`;
}

function renderSpread({ median, min, max }: Spread): string {
  return `${digits(median)} (${digits(min)}..${digits(max)})`;
}

/** Three digits that mean something. */
function digits(value: number, trimmed = false): string {
  if (value >= 99.95 || Number.isInteger(value)) return value.toFixed(0);
  const text = value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
  return trimmed ? String(Number(text)) : text;
}
