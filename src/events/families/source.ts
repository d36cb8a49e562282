import { defineEvent } from '../define-event.ts';
import { integer, optional, symbol, text } from '../field.ts';

export const sourceTaken = defineEvent({
  kind: 'source.taken',
  doc: 'A source of this boot is not a file as it was given: it was unpacked from one, or is what one boot of several left in it.',
  fields: {
    file: text('volatile', 'Name of the file that was given'),
    file_content_id: optional(symbol('volatile', 'SHA-256 of that file, where it could be read twice')),
    compression: optional(
      symbol('volatile', 'How it was packed: `gzip`, `xz`, `zstd`, `bzip2`, `zip`; `utf-16le` or `utf-16be`'),
    ),
    first_boot: integer('volatile', 'The boot that the file begins with'),
    container: optional(integer('volatile', 'Number of the source of that boot that keeps the packed file')),
    part: integer('volatile', 'Which of the boots in the file this is, from 1'),
  },
  render: (e) =>
    `source taken from ${e.file}${e.compression === null ? '' : ` (${e.compression})`}${e.part > 1 || e.container === null ? `, boot ${e.part} of the file` : ''}`,
});

export const sourceRepeated = defineEvent({
  kind: 'source.repeated',
  doc: 'A line that another source of this boot has too, as a console and `dmesg` do, or a trace and its report, or that two consoles print into one source: it is told once, by the event that is the cause.',
  fields: { text: text('volatile', 'What the line says, or the name of its trace event') },
  render: (e) => `again: ${e.text}`,
});
