import { type BootToHold, type HoldRequest, holdToModel, modelEvents } from '../../src/app/hold-to-model.ts';
import { USE_KINDS, usesOf } from '../../src/app/model-of-boot.ts';
import type { PlanRequest } from '../../src/app/plan-boot.ts';
import { bootOfEvents } from '../../src/diff/boot-source.ts';
import { collectItems } from '../../src/diff/collect-items.ts';
import type { ComparedBoot } from '../../src/diff/items.ts';
import type { BootEvent } from '../../src/events/catalog.ts';
import type { KernelTextFormat } from '../../src/export/carriage.ts';
import { carriedPart } from '../../src/export/carried-part.ts';
import { findSoc } from '../../src/soc/find-soc.ts';
import { printEvents } from './carried-events.ts';
import { parseText } from './parse-text.ts';

/** By what a boot is looked at: all events, or what is left of it in the kernel's formats. */
export const VIEWS: Readonly<Record<string, ReadonlySet<KernelTextFormat> | null>> = {
  'all events': null,
  'kernel log': new Set(['dmesg'] as const),
  trace: new Set(['ftrace'] as const),
  'kernel log and trace': new Set(['dmesg', 'ftrace'] as const),
};

/** What a view leaves of a simulated boot: the events of its text, or, of two formats at once, those that they carry. */
export function seen(
  events: readonly BootEvent[],
  formats: ReadonlySet<KernelTextFormat> | null,
): readonly BootEvent[] {
  if (formats === null) return events;
  const [format, second] = formats;
  return format === undefined || second !== undefined
    ? [...carriedPart(events, formats)].map(({ event }) => event)
    : parseText(format, printEvents(format, events));
}

/** The lanes of a boot in memory. */
export function lanesOf(events: readonly BootEvent[]): ComparedBoot {
  return collectItems(bootOfEvents(events)).boot;
}

const models = new Map<string, ReturnType<typeof modelEvents>>();

/** Models are simulated once. */
function remembered(plan: PlanRequest, formats: ReadonlySet<KernelTextFormat> | null) {
  const key = JSON.stringify([plan, formats === null ? null : [...formats]]);
  const known = models.get(key) ?? modelEvents(plan, formats);
  models.set(key, known);
  return known;
}

/** Holds what a view shows of a simulated boot to the model. */
export function held(
  shown: readonly BootEvent[],
  formats: ReadonlySet<KernelTextFormat> | null,
  request: Omit<HoldRequest, 'soc' | 'kernel'> & {
    readonly soc: string;
    readonly kernel?: string | undefined;
  },
) {
  const soc = findSoc(request.soc);
  if (soc === undefined) throw new Error(`${request.soc} is a SoC`);
  const lastTime = shown.at(-1)?.t_ns ?? null;
  const boot: BootToHold = {
    name: 'a boot in memory',
    lanes: lanesOf(shown),
    formats,
    witnesses: new Map(
      [...(formats ?? [])].map((format) => [
        format,
        {
          lastTime,
          hasLost: false,
          isFromStart: format === 'dmesg',
          mayBeExcerpt: format === 'dmesg',
          sources: null,
        },
      ]),
    ),
    uses: usesOf(
      shown.filter(({ kind }) => USE_KINDS.has(kind)),
      soc,
    ),
  };
  return holdToModel(boot, { ...request, soc, kernel: request.kernel ?? '7.2' }, remembered);
}

/** What is wrong with a verdict, in one line; undefined where the boot conforms. */
export function departureOf({ conformance: { first } }: ReturnType<typeof held>): string | undefined {
  if (first === null) return undefined;
  const { type, expected, found } = first.departure;
  return `${first.lane} ${type}: ${expected?.text ?? 'nothing'} / ${found?.text ?? 'nothing'}`;
}
