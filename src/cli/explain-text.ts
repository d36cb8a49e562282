import { citedEventData } from '../app/cite-event.ts';
import type { ExplainedLine, ExplainedMeaning, LineInHistory } from '../app/explain-line.ts';
import { nameOfFile } from '../app/source-file.ts';
import { citation } from './check-text.ts';
import { paragraph, renderCitedLine, wrap } from './cited-line.ts';
import type { Style } from './style.ts';
import { displayWidth, printable } from './table.ts';

const RELATIONS: Readonly<Record<LineInHistory['mappings'][number]['relation'], string>> = {
  over: 'over it',
  before: 'over it before, and unmapped again',
  below: 'next below',
  above: 'next above',
};

/** What the first character of a line says, where it is quoted from a diff of two logs. */
const DIFF_MARKS = {
  '-': 'If it is quoted from a diff of two logs, the - says that the first has the line, and the second has not.',
  '+': 'If it is quoted from a diff of two logs, the + says that the second has the line, and the first has not.',
} as const;

/** What a line says, for people. */
export function renderExplanation(explained: ExplainedLine, columns: number, style: Style): string {
  const { text, diffMark, meanings, history } = explained;
  const parts = text
    .split('\n')
    .flatMap((line) => wrap(printable(line), columns))
    .map((line) => `${style.bold(line)}\n`);
  if (diffMark !== null) parts.push('\n', paragraph(DIFF_MARKS[diffMark], '', columns));
  if (meanings.length === 0)
    parts.push(
      '\n',
      paragraph('No recogniser knows this line: trace keeps it, and says nothing of it.', '', columns),
    );
  for (const meaning of meanings) parts.push('\n', renderMeaning(meaning, columns, style));
  if (history !== null) parts.push('\n', renderHistory(history, columns, style));
  for (const meaning of meanings) parts.push(renderCauses(meaning, columns, style));
  return parts.join('');
}

function renderMeaning(
  { text, doc, harmless, fields }: ExplainedMeaning,
  columns: number,
  style: Style,
): string {
  const nameWidth = Math.max(...fields.map(({ name }) => displayWidth(name)), 0);
  const valueWidth = Math.min(Math.max(...fields.map(({ value }) => displayWidth(value)), 0), 24);
  const lines = [paragraph(printable(text), '', columns), paragraph(doc, '  ', columns, style.dim)];
  if (harmless !== null) lines.push(paragraph(`Harmless: ${harmless}.`, '  ', columns));
  for (const { name, value, meaning } of fields) {
    const head = `  ${name.padEnd(nameWidth)}  ${printable(value).padEnd(valueWidth)}  `;
    lines.push(
      renderCitedLine({ head, text: printable(meaning), cite: '' }, columns, {
        text: (line) => line,
        cite: style.dim,
      }),
    );
  }
  return lines.join('');
}

function renderHistory(history: LineInHistory, columns: number, style: Style): string {
  const name = nameOfFile(history.file);
  const lines: string[] = [];
  const isMoreTold = history.mappings.length + history.findings.length > 0;
  if (history.event === null)
    lines.push(
      paragraph(
        `${name} does not have this line${isMoreTold ? '; what follows is as it was at its end' : ''}.`,
        '',
        columns,
      ),
    );
  else lines.push(paragraph(`In ${name} it is ${citation(history.file, history.event)}.`, '', columns));
  if (!history.tellsMappings)
    lines.push(paragraph('No event there tells of mappings: import a trace beside the log.', '', columns));
  for (const { relation, listed } of history.mappings)
    lines.push(
      renderCitedLine(
        {
          head: '  ',
          text: `${RELATIONS[relation]}: ${printable(listed.text)}`,
          cite: citation(history.file, listed),
        },
        columns,
        { text: (line) => line, cite: style.dim },
      ),
    );
  for (const { severity, sentence, rule } of history.findings)
    lines.push(paragraph(`trace check: ${severity}: ${printable(sentence)} (${rule})`, '  ', columns));
  return lines.join('');
}

function renderCauses({ causes }: ExplainedMeaning, columns: number, style: Style): string {
  if (causes === null || causes.length === 0) return '';
  const lines = ['\nLikely causes, the likeliest first:\n'];
  for (const [index, { id, title, disprovedBy }] of causes.entries()) {
    const head = `  ${index + 1}. `;
    lines.push(
      renderCitedLine({ head, text: title, cite: id }, columns, { text: (line) => line, cite: style.dim }),
    );
    lines.push(paragraph(`not so when: ${disprovedBy}`, '     ', columns));
  }
  return lines.join('');
}

/** The same for `--format json`. */
export function explanationToData({ text, diffMark, soc, meanings, history }: ExplainedLine): unknown {
  return {
    text,
    diff_mark: diffMark,
    soc,
    meanings: meanings.map(({ event, text: rendered, doc, harmless, fields, causes }) => ({
      kind: event.kind,
      subject: event.subject,
      text: rendered,
      doc,
      harmless,
      fields,
      causes:
        causes?.map(({ id, title, severity, disprovedBy, tries, modes }) => ({
          rule: id,
          title,
          severity,
          failure_modes: modes,
          disproved_by: disprovedBy,
          try: tries,
        })) ?? null,
    })),
    history:
      history === null
        ? null
        : {
            file: history.file,
            event: history.event === null ? null : citedEventData(history.event),
            tells_mappings: history.tellsMappings,
            mappings: history.mappings.map(({ relation, listed }) => ({
              relation,
              ...citedEventData(listed),
            })),
            findings: history.findings.map(({ rule, severity, certainty, sentence }) => ({
              rule,
              severity,
              certainty,
              sentence,
            })),
          },
  };
}
