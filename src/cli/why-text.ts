import type { EventReasons, WhyLine } from '../app/why-event.ts';
import { counted } from '../base/count.ts';
import { EventLines, type LinesOutput } from './event-lines.ts';
import type { Style } from './style.ts';

/** Blanks for each level; a chain that is deeper than this is not moved further to the right. */
const INDENT = 2;
const DEEPEST_INDENT = 10;

/** Prints causes, the event, and what it brought about, each below what brought it about. */
export function printReasons(
  { lines, furtherCause }: EventReasons,
  terminal: LinesOutput,
  style: Style,
): void {
  const printed = new EventLines(terminal, style);
  if (furtherCause !== null) terminal.out(`(caused by #${furtherCause}, which is not shown)\n`);
  for (const line of lines) {
    const { listed } = line;
    if (!printed.add({ ...listed, text: indented(line) })) return;
  }
  printed.flush();
}

function indented({ listed, depth, relation, moreCount, lastSeq, hiddenCount }: WhyLine): string {
  const margin = ' '.repeat(Math.min(depth, DEEPEST_INDENT) * INDENT);
  const mark = relation === 'event' ? '* ' : '';
  const more = moreCount === 0 ? '' : ` (and ${moreCount} more like it, to #${lastSeq})`;
  const hidden = hiddenCount === 0 ? '' : ` (${counted(hiddenCount, 'event')} below not shown)`;
  return `${margin}${mark}${listed.text}${more}${hidden}`;
}
