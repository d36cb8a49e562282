import { displayWidth } from './table.ts';

/** A line of a report: what it begins with, a text that may take several lines, and what it stands on. */
export interface CitedLine {
  readonly head: string;
  readonly text: string;
  readonly cite: string;
}

/** How the parts of a line are marked up. */
export interface CitedLineStyle {
  readonly text: (text: string) => string;
  readonly cite: (text: string) => string;
}

/** Columns that the second and later lines of a text get, where the terminal has them. */
const ROOM_BELOW = 50;

/**
 * The text is broken below itself, or further to the left where that leaves too little room; the citation stands at
 * the right edge, or on lines of its own where it does not fit.
 */
export function renderCitedLine(
  { head, text, cite }: CitedLine,
  columns: number,
  style: CitedLineStyle,
): string {
  const indent = displayWidth(head);
  const below = Math.min(indent, Math.max(8, columns - ROOM_BELOW));
  const lines = wrap(text, columns - below, columns - indent).map((line, index) =>
    index === 0 ? `${head}${line}`.trimEnd() : ' '.repeat(below) + line,
  );
  const body = lines.map(style.text).join('\n');
  if (cite === '') return `${body}\n`;
  const room = columns - displayWidth(lines.at(-1) ?? '') - displayWidth(cite);
  if (room >= 2) return `${body}${' '.repeat(room)}${style.cite(cite)}\n`;
  const cites = wrap(cite, columns).map(
    (line) => ' '.repeat(Math.max(0, columns - displayWidth(line))) + style.cite(line),
  );
  return `${body}\n${cites.join('\n')}\n`;
}

/**
 * Breaks a text at blanks so that no line is longer than `width`, and the first no longer than `firstWidth`; a word
 * that is longer stands alone, below an empty first line where there is more room. Blanks in a row stay as they are.
 */
export function wrap(text: string, width: number, firstWidth = width): string[] {
  // No text takes more columns than it has units.
  if (text.length <= firstWidth) return [text];
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(' ')) {
    const room = lines.length === 0 ? firstWidth : width;
    if (line === undefined) {
      if (displayWidth(word) > room && room < width) lines.push('');
      line = word;
    } else if (displayWidth(line) + 1 + displayWidth(word) <= room) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  lines.push(line ?? '');
  return lines;
}

/** A text as lines below one another, each behind an indent. */
export function paragraph(
  text: string,
  indent: string,
  columns: number,
  mark: (line: string) => string = (line) => line,
): string {
  return wrap(text, columns - indent.length)
    .map((line) => `${indent}${mark(line)}\n`)
    .join('');
}
