import type { BootOutcome } from './boot-outcome.ts';
import { commandOf, type FaultExample } from './fault-examples.ts';

/** A fault with what one sees of it. */
export interface ShownFault {
  readonly example: FaultExample;
  readonly outcome: BootOutcome;
}

/** All that is seen of a fault, for people to compare with what boards do. */
export function renderFault({ example, outcome }: ShownFault): string {
  const { calls, firstFailure, lines, hiddenLines, end } = outcome;
  return [
    `${example.id}: ${example.title}`,
    `  $ ${commandOf(example)}`,
    `  calls: ${calls.join(', ') || 'none'}`,
    `  first failing call: ${firstFailure ?? 'none'}`,
    ...lines.map((line) => `  | ${line}`),
    ...(hiddenLines > 0 ? [`  | … ${hiddenLines} more like these`] : []),
    `  end: ${end}`,
    '',
  ].join('\n');
}

/** docs/failure-modes.md. */
export function renderFailureModes(faults: readonly ShownFault[]): string {
  const rows = faults.map(({ example, outcome }) => {
    const { firstFailure, lines, end } = outcome;
    const cells = [
      `\`${example.id}\``,
      example.title,
      firstFailure === null ? 'none' : `\`${firstFailure.split(' -> ')[0]}\`: ${shortStatus(firstFailure)}`,
      lines.length === 0 ? 'none' : `\`${withoutDevice(lines[0] ?? '')}\``,
      end,
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return `# Failure modes

Made from simulated boots by \`npm run golden:update\`; do not edit. For each fault that \`trace record --fault\` takes: the
first call to the secure world that fails, the first line of a warning or worse that Linux prints, and what became of
the processors. The ADSP of Lemans boots at EL2, unless the fault needs another boot to be seen; the boots, all their
calls and lines are in [test/golden/expected/failure-modes.txt](../test/golden/expected/failure-modes.txt), and what is
not modelled in [model.md](model.md).

| fault | what goes wrong | first failing call | first line | end |
| ----- | --------------- | ------------------ | ---------- | --- |
${rows.join('\n')}
`;
}

/** `status -3 EINVAL_ADDR, errno -22 EINVAL` without results. */
function shortStatus(failure: string): string {
  return (failure.split(' -> ')[1] ?? '').replace(/ (?:result\d|reason|handle|table_size)=.*$/, '');
}

/** The line from its text on. */
function withoutDevice(line: string): string {
  return line.replace(/^(?:qcom|remoteproc|arm-smmu|adreno|platform)\S* \S+: /, '').trim();
}
