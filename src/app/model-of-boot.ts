import { InputError } from '../base/input-error.ts';
import type { BootEvent } from '../events/catalog.ts';
import { KERNELS, MODES } from '../simulator/boot-plan.ts';
import { SCENARIOS } from '../simulator/scenarios.ts';
import type { RemoteprocDescription, SocDescription } from '../soc/description.ts';
import { findSoc, SOC_NAMES } from '../soc/find-soc.ts';
import type { BootDescription } from './describe-history.ts';
import { factOf, kernelOf, socOf } from './model-pair.ts';

/** What a user says of a boot that does not say it itself, or what it is to be held to instead. */
export interface ModelOverrides {
  readonly soc?: string | undefined;
  readonly mode?: string | undefined;
  readonly kernel?: string | undefined;
  readonly scenario?: string | undefined;
  readonly policies?: readonly string[] | undefined;
  readonly without?: readonly string[] | undefined;
}

/** The model of one boot. */
export interface BootModel {
  readonly soc: SocDescription;
  readonly mode: string;
  readonly kernel: string;
  /** What is assumed, as against told by the boot or by the user. */
  readonly assumptions: readonly string[];
}

/** The SoC, mode and kernel of a boot. @throws {InputError} that names what is not known and how to give it. */
export function modelOfBoot(file: string, boot: BootDescription, overrides: ModelOverrides): BootModel {
  const soc = overrides.soc === undefined ? socOf(boot) : findSoc(overrides.soc);
  const mode = overrides.mode ?? modeOf(boot);
  const kernel = overrides.kernel ?? kernelOf(boot);
  if (overrides.soc !== undefined && soc === undefined)
    throw new InputError(`no SoC is called ${overrides.soc}; there is ${SOC_NAMES.join(', ')}`);
  if (soc === undefined || mode === undefined || kernel === undefined)
    throw new InputError(unknownOf(boot, { soc: soc?.name, mode, kernel }), { file });
  const told = factOf(boot, 'mode');
  const assumptions =
    told === 'hypervisor' && overrides.mode === undefined ? ['the hypervisor below Linux is QHEE'] : [];
  return { soc, mode, kernel, assumptions };
}

/** The mode that a boot tells; which hypervisor it is a log of Linux does not tell, that of these SoCs is QHEE. */
function modeOf(boot: BootDescription): string | undefined {
  const told = factOf(boot, 'mode');
  return told === 'hypervisor' ? 'qhee' : MODES.find(({ name }) => name === told)?.name;
}

/** `cannot be held to a model: the SoC is not known (--soc lemans, monaco …)`. */
function unknownOf(
  boot: BootDescription,
  known: { readonly [What in 'soc' | 'mode' | 'kernel']: string | undefined },
): string {
  const socTold = factOf(boot, 'soc') ?? factOf(boot, 'machine');
  const kernelTold = factOf(boot, 'kernel');
  const missing: string[] = [];
  if (known.soc === undefined) {
    const what = socTold === undefined ? 'its SoC is not told' : `its SoC, ${socTold}, is not modelled`;
    missing.push(`${what} (--soc ${SOC_NAMES.join('|')})`);
  }
  if (known.kernel === undefined) {
    const what = kernelTold === undefined ? 'its kernel is not told' : `Linux ${kernelTold} is not modelled`;
    missing.push(`${what} (--kernel ${KERNELS.map(({ release }) => release).join('|')})`);
  }
  if (known.mode === undefined)
    missing.push(`its mode is not told (--mode ${MODES.map(({ name }) => name).join('|')})`);
  return `cannot be held to a model: ${missing.join('; ')}`;
}

/** What user space did with one remote processor, as far as a boot shows it. */
export interface ProcessorUse {
  readonly starts: number;
  readonly stops: number;
  /** Where its third start begins; the scenarios have no more than two. */
  readonly thirdStart: number;
}

/** Kinds that {@link usesOf} wants. */
export const USE_KINDS: ReadonlySet<string> = new Set([
  'remoteproc.state_changed',
  'pas.authenticated',
  'pas.shut_down',
]);

/** Counts starts and stops of each processor, by what the kernel log says or by the calls, whichever shows more. */
export function usesOf(events: Iterable<BootEvent>, soc: SocDescription): ReadonlyMap<string, ProcessorUse> {
  const counts = new Map<string, { log: Counter; calls: Counter }>();
  for (const event of events) {
    const description = soc.remoteprocs.find(({ name }) => name === event.subject);
    if (description === undefined) continue;
    const { name, pasId } = description;
    const count = counts.get(name) ?? { log: new Counter(), calls: new Counter() };
    counts.set(name, count);
    if (event.kind === 'remoteproc.state_changed') {
      const { state } = event.payload;
      if (state === 'starting') count.log.start(event.seq);
      if (state === 'running') count.log.run(event.seq);
      if (state === 'offline') count.log.stop(event.seq);
      if (state === 'failed') count.log.end();
    }
    if (event.kind === 'pas.authenticated' && event.payload.pas_id === pasId) {
      count.calls.start(event.seq);
      count.calls.run(event.seq);
    }
    if (event.kind === 'pas.shut_down' && event.payload.pas_id === pasId) count.calls.stop(event.seq);
  }
  return new Map(
    [...counts].map(([name, { log, calls }]) => {
      // Of two sources either may end first.
      const isMore = calls.starts - log.starts || calls.stops - log.stops;
      const { starts, stops, thirdStart } = isMore > 0 ? calls : log;
      return [name, { starts, stops, thirdStart }];
    }),
  );
}

class Counter {
  starts = 0;
  stops = 0;
  thirdStart = Number.POSITIVE_INFINITY;
  private phase: 'down' | 'starting' | 'up' = 'down';

  start(seq: number): void {
    // Two logs of one boot tell of each start twice.
    if (this.phase !== 'starting' && ++this.starts === 3) this.thirdStart = seq;
    this.phase = 'starting';
  }

  /** A log that begins after the start shows that it ended well. */
  run(seq: number): void {
    if (this.phase === 'down') this.start(seq);
    this.phase = 'up';
  }

  /** Only a core that was up is stopped: a source that begins with the stop shows that it was. */
  stop(seq: number): void {
    if (this.starts === 0) this.run(seq);
    this.end();
  }

  end(): void {
    if (this.phase === 'up') this.stops++;
    this.phase = 'down';
  }
}

/**
 * The scenario that comes closest to what user space did with a processor. Starts and stops are what user space
 * decides, so the model takes them from the boot. Nobody decides on a crash, and no SoC of Linux 7.2 attaches to a
 * core that runs: those are expected only by a scenario that was asked for.
 */
function scenarioOfUse(use: ProcessorUse | undefined, { autoBoot }: RemoteprocDescription): string {
  if (use === undefined) return 'boot';
  if (use.starts > 1) return 'stop-start';
  if (use.stops > 0) return autoBoot ? 'stop' : 'all-processors-stop';
  return autoBoot || use.starts === 0 ? 'boot' : 'all-processors';
}

const AUTO_BOOT: readonly string[] = ['boot', 'stop', 'stop-start'];
const BY_HAND: readonly string[] = ['boot', 'all-processors', 'all-processors-stop'];

/**
 * That scenario first, and then those that go on from it: of a start or a stop of which a source shows the begin only, or
 * the end only, it need not show what it is counted by.
 */
export function scenariosOfUse(
  use: ProcessorUse | undefined,
  description: RemoteprocDescription,
): readonly string[] {
  const closest = scenarioOfUse(use, description);
  const all = description.autoBoot ? AUTO_BOOT : BY_HAND;
  return all.includes(closest) ? all.slice(all.indexOf(closest)) : [closest];
}

/** The scenario that a simulated boot says it is. */
export function scenarioToldBy(boot: BootDescription): string | undefined {
  const told = factOf(boot, 'scenario');
  return SCENARIOS.find(({ name }) => name === told)?.name;
}
