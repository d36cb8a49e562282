import type { CheckedBoot, CitedFinding } from '../app/check-boot.ts';
import type { ListedEvent } from '../app/list-events.ts';
import { nameOfFile } from '../app/source-file.ts';
import { counted } from '../base/count.ts';
import { renderTime } from '../base/time.ts';
import { paragraph, renderCitedLine, wrap } from './cited-line.ts';
import type { Style } from './style.ts';
import { printable } from './table.ts';

type Severity = CitedFinding['finding']['severity'];

/** Events that stand below a finding; `--format json` has them all. */
const EVIDENCE_SHOWN = 5;
/** Findings of noise that are shown, a line each. */
const NOISE_SHOWN = 5;
/** Errors that no rule is about, a line each. */
const OTHERS_SHOWN = 5;

/** `el2.db#1234 dmesg.txt:881`, of a log that is no history `dmesg.txt:881`: alike wherever a finding stands on an event. */
export function citation(file: string, { event, place }: ListedEvent): string {
  if (place?.startsWith(`${nameOfFile(file)}:`) === true) return place;
  return `${nameOfFile(file)}#${event.seq}${place === null ? '' : ` ${place}`}`;
}

/** What is wrong with a boot, for people: it can be pasted into a mail. */
export function renderCheck(checked: CheckedBoot, columns: number, style: Style): string {
  const { findings } = checked;
  const open = findings.filter(({ accepted }) => accepted === null);
  const shown = open.filter(({ finding }) => finding.severity !== 'noise');
  const noise = open.filter(({ finding }) => finding.severity === 'noise');
  const parts = [`${wrap(headline(checked), columns).join('\n')}\n`];
  for (const found of shown) parts.push(`\n${renderFinding(found, checked.file, columns, style)}`);
  if (noise.length > 0) parts.push(`\n${renderNoise(noise, checked.file, columns, style)}`);
  if (checked.otherErrors.length > 0) parts.push(`\n${renderOtherErrors(checked, columns, style)}`);
  const accepted = findings.filter((found) => found.accepted !== null);
  for (const { finding, accepted: entry } of accepted)
    parts.push(
      `\n${paragraph(`accepted until ${entry?.expires}: ${finding.title} (${finding.rule}): ${entry?.reason}`, '', columns)}`,
    );
  parts.push(`\n${summary(checked)}\n`);
  return parts.join('');
}

function headline({ file, soc, kernel, exceptionLevel, eventCount, processors }: CheckedBoot): string {
  const known = [
    soc,
    kernel === null ? null : `Linux ${kernel}`,
    exceptionLevel === null ? 'exception level unknown' : `EL${exceptionLevel}`,
    counted(eventCount, 'event'),
    processors.length === 0 ? 'no remote processor' : processors.join(' '),
  ];
  return `${nameOfFile(file)}: ${known.filter((part) => part !== null).join(', ')}`;
}

function renderFinding(
  { finding, evidence, ruledOut }: CitedFinding,
  file: string,
  columns: number,
  style: Style,
): string {
  const mark = severityMark(finding.severity, style);
  const [first = '', ...rest] = wrap(`${finding.severity}: ${finding.title}`, columns);
  const lines = [`${first.replace(finding.severity, mark)}\n`, ...rest.map((line) => `${line}\n`)];
  const about = [
    ...(finding.subjects.length === 0 ? [] : [finding.subjects.join(', ')]),
    certaintyText(finding),
    finding.rule,
    ...(finding.modes.length === 0 ? [] : [finding.modes.join(' or ')]),
  ];
  lines.push(paragraph(about.join(' · '), '  ', columns, style.dim));
  lines.push(paragraph(sentenceCase(printable(finding.sentence)), '  ', columns));
  lines.push('  Evidence:\n');
  for (const listed of evidence.slice(0, EVIDENCE_SHOWN)) lines.push(eventLine(listed, file, columns, style));
  if (evidence.length > EVIDENCE_SHOWN)
    lines.push(`    … ${counted(evidence.length - EVIDENCE_SHOWN, 'more event')}\n`);
  if (ruledOut.length > 0) lines.push('  Ruled out:\n');
  for (const { what, event, alike } of oncePerSubject(ruledOut)) {
    const cite = event === null ? '' : citation(file, event);
    const text = printable(alike === 0 ? what : `${what} (${alike} more alike)`);
    lines.push(renderCitedLine({ head: '    - ', text, cite }, columns, plain(style)));
  }
  lines.push(paragraph(`Disproved by: ${finding.disprovedBy}`, '  ', columns));
  if (finding.tries.length > 0) lines.push('  Try:\n');
  for (const text of finding.tries) lines.push(bullet(text, columns));
  return lines.join('');
}

/** What is ruled out of several processors alike stands there once, with how often. */
function oncePerSubject(ruledOut: CitedFinding['ruledOut']) {
  const shown: { what: string; event: ListedEvent | null; about: string | null; alike: number }[] = [];
  for (const entry of ruledOut) {
    const same = entry.about === null ? undefined : shown.find(({ about }) => about === entry.about);
    if (same === undefined) shown.push({ ...entry, alike: 0 });
    else same.alike++;
  }
  return shown;
}

function certaintyText({ certainty, modes }: CitedFinding['finding']): string {
  if (certainty === 'narrowed') return `one of ${modes.length} causes`;
  return certainty === 'unknown' ? 'cause unknown' : certainty;
}

function eventLine(listed: ListedEvent, file: string, columns: number, style: Style): string {
  const head = `    ${renderTime(listed.event.t_ns)} `;
  return renderCitedLine(
    { head, text: printable(listed.text), cite: printable(citation(file, listed)) },
    columns,
    plain(style),
  );
}

function renderNoise(noise: readonly CitedFinding[], file: string, columns: number, style: Style): string {
  const lines = ['Harmless, or of other devices:\n'];
  for (const { finding, evidence } of noise.slice(0, NOISE_SHOWN)) {
    const [first] = evidence;
    const cite = first === undefined ? '' : printable(citation(file, first));
    const count = finding.count > 1 ? ` (${finding.count} times)` : '';
    lines.push(
      renderCitedLine(
        { head: '  - ', text: `${printable(finding.sentence)}${count}`, cite },
        columns,
        plain(style),
      ),
    );
  }
  if (noise.length > NOISE_SHOWN)
    lines.push(`  … ${noise.length - NOISE_SHOWN} more; --format json shows all\n`);
  return lines.join('');
}

function renderOtherErrors({ otherErrors, file }: CheckedBoot, columns: number, style: Style): string {
  const lines = ['The log speaks of errors that no rule is about:\n'];
  for (const { first, count } of otherErrors.slice(0, OTHERS_SHOWN)) {
    const text = `${printable(first.text)}${count > 1 ? ` (${count} times)` : ''}`;
    const cite = printable(citation(file, first));
    lines.push(renderCitedLine({ head: '  - ', text, cite }, columns, plain(style)));
  }
  if (otherErrors.length > OTHERS_SHOWN)
    lines.push(`  … ${otherErrors.length - OTHERS_SHOWN} more; --format json shows all\n`);
  return lines.join('');
}

function summary({ findings, processors }: CheckedBoot): string {
  const counts = (['system', 'fatal', 'degraded', 'noise'] as const).flatMap((severity) => {
    const count = findings.filter(
      ({ finding, accepted }) => finding.severity === severity && accepted === null,
    ).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  const accepted = findings.filter((found) => found.accepted !== null).length;
  if (accepted > 0) counts.push(`${accepted} accepted`);
  if (counts.length > 0) return `Findings: ${counts.join(', ')}`;
  return processors.length === 0 ? 'No findings; no remote processor is in this history' : 'No findings';
}

function bullet(text: string, columns: number): string {
  return wrap(text, columns - 6)
    .map((line, index) => `${index === 0 ? '    - ' : '      '}${line}\n`)
    .join('');
}

function sentenceCase(text: string): string {
  // Names of processors and devices stay as they are.
  return text.endsWith('.') ? text : `${text}.`;
}

function severityMark(severity: Severity, style: Style): string {
  if (severity === 'degraded') return style.yellow(severity);
  return severity === 'noise' ? style.dim(severity) : style.red(severity);
}

function plain(style: Style) {
  return { text: (text: string) => text, cite: style.dim };
}
