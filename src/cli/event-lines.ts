import type { ListedEvent } from '../app/list-events.ts';
import { renderTime } from '../base/time.ts';
import { renderCitedLine } from './cited-line.ts';
import type { Style } from './style.ts';
import { displayWidth, printable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Lines that are held to find the widths of the columns; a longer listing is aligned block by block. */
const LINES_TO_ALIGN = 1000;

/** A column is never wider than this; a longer name pushes the rest of its line to the right. */
const WIDEST_NAME = 24;

interface Line {
  readonly seq: string;
  readonly time: string;
  readonly agent: string;
  readonly subject: string;
  readonly text: string;
  readonly place: string;
}

/** Where lines go, and how wide it is. */
export type LinesOutput = Pick<Terminal, 'out' | 'columns' | 'isWidthKnown'>;

/**
 * Prints events in columns. On a pipe each is one line, to be searched; where the width is known, a text that does
 * not fit is broken below itself.
 */
export class EventLines {
  private readonly terminal: LinesOutput;
  private readonly style: Style;
  private lines: Line[] = [];
  private widths = { seq: 6, agent: 9, subject: 7 };

  constructor(terminal: LinesOutput, style: Style) {
    this.terminal = terminal;
    this.style = style;
  }

  /** Returns false when nobody reads any more. */
  add({ event, text, place }: ListedEvent): boolean {
    this.lines.push({
      seq: String(event.seq),
      time: renderTime(event.t_ns),
      agent: printable(event.agent),
      subject: printable(event.subject ?? '-'),
      text: printable(text),
      place: printable(place ?? ''),
    });
    return this.lines.length < LINES_TO_ALIGN || this.flush();
  }

  /** Prints what is held; columns only ever get wider from block to block. */
  flush(): boolean {
    for (const name of ['seq', 'agent', 'subject'] as const) {
      const widest = this.lines.reduce((width, line) => Math.max(width, displayWidth(line[name])), 0);
      this.widths[name] = Math.max(this.widths[name], Math.min(widest, WIDEST_NAME));
    }
    const { lines } = this;
    this.lines = [];
    return lines.every((line) => this.terminal.out(this.render(line)));
  }

  private render({ seq, time, agent, subject, text, place }: Line): string {
    const { widths, terminal, style } = this;
    const head = `${seq.padStart(widths.seq)} ${time} ${padded(agent, widths.agent)} ${padded(subject, widths.subject)} `;
    if (!terminal.isWidthKnown) return `${head}${text}${place === '' ? '' : `  ${style.dim(place)}`}\n`;
    const plain = (part: string) => part;
    return renderCitedLine({ head, text, cite: place }, terminal.columns, { text: plain, cite: style.dim });
  }
}

function padded(name: string, width: number): string {
  return name + ' '.repeat(Math.max(0, width - displayWidth(name)));
}
