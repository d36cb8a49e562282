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

/** Columns that a text gets at least, however narrow the terminal is. */
const NARROWEST_TEXT = 20;

/** The text is broken below itself; the citation stands at the right edge, or on lines of its own where it does not fit. */
export function renderCitedLine(
  { head, text, cite }: CitedLine,
  columns: number,
  style: CitedLineStyle,
): string {
  const indent = displayWidth(head);
  const lines = wrap(text, Math.max(NARROWEST_TEXT, columns - indent));
  const body = lines
    .map((line, index) => style.text((index === 0 ? head : ' '.repeat(indent)) + line))
    .join('\n');
  if (cite === '') return `${body}\n`;
  const room = columns - indent - displayWidth(lines.at(-1) ?? '') - displayWidth(cite);
  if (room >= 2) return `${body}${' '.repeat(room)}${style.cite(cite)}\n`;
  const cites = wrap(cite, columns).map(
    (line) => ' '.repeat(Math.max(0, columns - displayWidth(line))) + style.cite(line),
  );
  return `${body}\n${cites.join('\n')}\n`;
}

/**
 * Breaks a text at blanks so that no line is longer than `width`; a word that is longer stands alone. Blanks in a
 * row stay as they are within a line.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(' ')) {
    if (line === undefined) line = word;
    else if (displayWidth(line) + 1 + displayWidth(word) <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  lines.push(line ?? '');
  return lines;
}
