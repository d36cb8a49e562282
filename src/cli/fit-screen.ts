import { displayWidth } from './table.ts';

const CUT = '...';

/** A text of one line, cut where it is longer than the width. */
export function cutText(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  return [...text].slice(0, Math.max(0, width - CUT.length)).join('') + CUT;
}

/** A line of markup and text, cut at the width: what would be broken by the terminal spoils the count of lines. */
export function cutMarkedLine(line: string, width: number): string {
  let column = 0;
  return line.replace(MARK_OR_CHARACTER, (part) => {
    if (part.length > 1 && part.startsWith('\x1b')) return part;
    return column++ < width ? part : '';
  });
}

/** Markup as {@link makeStyle} makes it, or one character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: markup begins with an escape character.
const MARK_OR_CHARACTER = /\x1b\[\d+m|./gsu;

/**
 * Blocks of lines in no more lines than there are. The first block is shown as it is, as far as it can be; the others are cut
 * at one length, and what room is left goes to the first of them. `more` says how many lines are missing.
 */
export function fitBlocks(
  blocks: readonly (readonly string[])[],
  room: number,
  more: (hidden: number) => string,
): string[] {
  const lengths = blocks.map((block, index) => (index === 0 ? block.length : 1));
  const used = () => lengths.reduce((sum, length) => sum + length, 0);
  // A block of a title and how many lines it has is not worth two lines.
  for (const cap of [
    3,
    ...blocks.flatMap(({ length }) => (length > 3 ? [length] : [])).sort((a, b) => a - b),
  ]) {
    const wanted = blocks.map(({ length }, index) => (index === 0 ? length : Math.min(length, cap)));
    if (wanted.reduce((sum, length) => sum + length, 0) > room) break;
    lengths.splice(0, lengths.length, ...wanted);
  }
  for (const [index, block] of blocks.entries()) {
    const length = lengths[index] as number;
    const extra = Math.max(0, Math.min(block.length - length, room - used()));
    lengths[index] = length + extra === 2 && block.length > 2 ? 1 : length + extra;
  }
  return blocks
    .flatMap((block, index) => cutBlock(block, lengths[index] as number, more))
    .slice(0, Math.max(0, room));
}

/** At most `cap` lines, the last of which says what is missing. */
function cutBlock(
  block: readonly string[],
  cap: number,
  more: (hidden: number) => string,
): readonly string[] {
  if (block.length <= cap) return block;
  const shown = block.slice(0, Math.max(1, cap - 1));
  const hidden = more(block.length - shown.length);
  return cap === 1 ? [`${shown[0] ?? ''}${hidden}`] : [...shown, hidden];
}
