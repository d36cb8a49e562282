import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describe, expect, it } from 'vitest';
import { present } from '../../src/base/assert.ts';
import { checkInvariants } from '../../src/replay/invariants.ts';
import { runCli } from '../support/run-cli.ts';
import { simulated } from '../support/simulated-boot.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

interface Finding {
  readonly heading: string;
  /** Ids after `Breaks`. */
  readonly invariants: readonly string[];
  /** Arguments of `trace record`. */
  readonly args: readonly string[];
  /** Lines of `trace log` that it shows. */
  readonly excerpt: readonly string[];
}

/** Sections of docs/findings.md that show a boot. */
function readFindings(): Finding[] {
  const document = readFileSync(new URL('../../docs/findings.md', import.meta.url), 'utf8');
  return document.split(/^## /m).flatMap((section) => {
    const command = /^trace record (.*)$/m.exec(section)?.[1];
    if (command === undefined) return [];
    const blocks = [...section.matchAll(/^```\n(.*?)^```/gms)].map((match) => match[1] ?? '');
    const breaks = /^Breaks (.*?)\. /m.exec(section)?.[1] ?? '';
    return {
      heading: section.slice(0, section.indexOf('\n')),
      invariants: breaks.match(/I\d+(?:\.\w+)?/g) ?? [],
      args: command.split(' '),
      excerpt: present(blocks[1], 'an excerpt').trimEnd().split('\n'),
    };
  });
}

function brokenBy(args: readonly string[]): string[] {
  const { values } = parseArgs({
    args: [...args],
    options: {
      soc: { type: 'string', default: 'lemans' },
      mode: { type: 'string', default: 'qhee' },
      scenario: { type: 'string' },
      seed: { type: 'string' },
      processor: { type: 'string', multiple: true },
      fault: { type: 'string', multiple: true },
    },
  });
  const { soc, mode, scenario, processor: processors, fault: faults } = values;
  const { events } = simulated({ soc, mode, scenario, seed: Number(values.seed ?? 1), processors, faults });
  return [...new Set(checkInvariants(events).map(({ invariant }) => invariant))];
}

describe.each(readFindings())('finding: $heading', ({ invariants, args, excerpt }) => {
  it('breaks what the document says', () => {
    expect(brokenBy(args).sort()).toEqual([...invariants].sort());
  });

  it('prints what the document shows', async () => {
    const history = join(temporaryFolder(), 'finding.trace');
    await runCli(['record', ...args, '--output', history, '--no-tables']);
    const { out } = await runCli(['log', history]);
    const lines = new Set(out.split('\n').map((line) => line.trimEnd()));
    expect(excerpt.filter((line) => !lines.has(line))).toEqual([]);
  });
});
