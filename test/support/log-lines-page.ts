import { renderEvent } from '../../src/events/catalog.ts';
import { RECOGNISERS } from '../../src/kernel-logs/dmesg/all-recognisers.ts';
import { parseText } from './parse-text.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\t', ' ');

/** What a line alone comes to: a report of several lines is told with what its first one says. */
function meaningsOf(example: string): string {
  return parseText('dmesg', `[    1.000000] ${example}\n`)
    .filter(({ kind }) => kind !== 'log.printed')
    .map((event) => `\`${event.kind}\` ${cell(renderEvent(event))}`)
    .join('<br>');
}

/** docs/log-lines.md: every line of the kernel log that means something, by an example of our own. */
export function renderLogLines(): string {
  const rows = RECOGNISERS.map(
    ({ example, where }) => `| \`${cell(example)}\` | ${meaningsOf(example)} | ${cell(where)} |`,
  );
  return `# Lines of the kernel log

Generated from src/kernel-logs/dmesg and src/events/kernel-messages by \`npm run docs\`; do not edit.

Each line that means something to an import, by an example, with what becomes of it and who prints it. Lines that
differ in names and numbers only, or in a word of a few, are known too. A fault of an SMMU, a warning, an oops and a stall
go on in further lines, which become part of the same event.

| line | means | printed by |
| --- | --- | --- |
${rows.join('\n')}
`;
}
