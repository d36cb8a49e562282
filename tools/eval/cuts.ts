import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BootEvent } from '../../src/events/catalog.ts';
import type { KernelTextFormat } from '../../src/export/carriage.ts';
import { findSoc, SOC_NAMES } from '../../src/soc/find-soc.ts';
import { printEvents } from '../../test/support/carried-events.ts';
import { boot } from './cases.ts';

/** Which sources there are of a boot, and which of them show a part only. */
export const SOURCES = {
  'kernel log': { dmesg: 'part' },
  trace: { ftrace: 'part' },
  'both, cut alike': { dmesg: 'part', ftrace: 'part' },
  'log, part of trace': { dmesg: 'whole', ftrace: 'part' },
  'trace, part of log': { dmesg: 'part', ftrace: 'whole' },
} as const satisfies Readonly<Record<string, Partial<Record<KernelTextFormat, 'whole' | 'part'>>>>;

export type SourcesName = keyof typeof SOURCES;

export const SOURCES_NAMES = Object.keys(SOURCES) as SourcesName[];

/** From which share of its lines to which a source is kept. */
const WINDOWS: readonly (readonly [from: number, to: number])[] = [
  [0, 1],
  [0, 0.33],
  [0, 0.66],
  [0.1, 1],
  [0.25, 1],
  [0.33, 1],
  [0.5, 1],
  [0.75, 1],
  [0.25, 0.75],
  [0.1, 0.5],
];

const MODES = ['el2', 'qhee', 'gunyah'] as const;
const SCENARIOS = ['boot', 'stop', 'stop-start', 'all-processors-stop', 'probe-deferral'] as const;
const SEED = 5;

/** Of so many cuts one is looked at unless all are wanted; prime, so that none of what they vary in is left out. */
const SAMPLE = 31;

/** A healthy boot of which the sources show a part. */
export interface CutBoot {
  readonly name: string;
  readonly sources: SourcesName;
  readonly soc: string;
  readonly mode: string;
  /** Folders with the sources as they are cut, and whole. */
  readonly cut: string;
  readonly whole: string;
}

/** Calls back with healthy boots of which the sources are cut, each in a folder that is there until the next. */
export function eachCutBoot(
  wanted: { readonly socs: readonly string[]; readonly isEveryCut?: boolean },
  take: (cut: CutBoot) => void,
): void {
  const step = wanted.isEveryCut === true ? 1 : SAMPLE;
  let index = 0;
  for (const { soc, mode, scenario } of plans(wanted.socs)) {
    let text: Readonly<Record<KernelTextFormat, readonly string[]>> | undefined;
    for (const [from, to] of WINDOWS) {
      for (const sources of SOURCES_NAMES) {
        if (index++ % step !== 0) continue;
        text ??= linesOf(boot({ soc, mode, scenario, seed: SEED }) ?? []);
        const folder = mkdtempSync(join(tmpdir(), 'trace-eval-'));
        try {
          const [cut, whole] = [join(folder, 'cut'), join(folder, 'whole')];
          writeSources(cut, sources, text, [from, to]);
          writeSources(whole, sources, text, [0, 1]);
          take({ name: `${soc} ${mode} ${scenario} ${from}-${to}`, sources, soc, mode, cut, whole });
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      }
    }
  }
}

function* plans(socs: readonly string[]): Generator<{ soc: string; mode: string; scenario: string }> {
  for (const soc of SOC_NAMES) {
    if (socs.length > 0 && !socs.includes(soc)) continue;
    for (const mode of MODES) {
      if (mode === 'el2' && findSoc(soc)?.el2Overlay === null) continue;
      for (const scenario of SCENARIOS) yield { soc, mode, scenario };
    }
  }
}

function linesOf(events: readonly BootEvent[]): Readonly<Record<KernelTextFormat, readonly string[]>> {
  const lines = (format: KernelTextFormat) => printEvents(format, events).trimEnd().split('\n');
  return { dmesg: lines('dmesg'), ftrace: lines('ftrace') };
}

function writeSources(
  folder: string,
  sources: SourcesName,
  text: Readonly<Record<KernelTextFormat, readonly string[]>>,
  [from, to]: readonly [number, number],
): void {
  mkdirSync(folder);
  for (const [format, extent] of Object.entries(SOURCES[sources]) as [KernelTextFormat, string][]) {
    const isHeader = (line: string) => format === 'ftrace' && line.startsWith('#');
    const header = text[format].filter((line) => isHeader(line));
    const lines = text[format].filter((line) => !isHeader(line));
    const kept =
      extent === 'whole' ? lines : lines.slice(Math.floor(lines.length * from), Math.ceil(lines.length * to));
    writeFileSync(join(folder, `boot.${format}`), `${[...header, ...kept].join('\n')}\n`);
  }
}
