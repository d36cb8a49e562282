import type { BootEvent } from '../events/catalog.ts';
import type { BootFacts } from './boot-facts.ts';
import type { ProcessorFacts } from './processor-facts.ts';

type Crash = ProcessorFacts['crashes'][number];
type Interrupt = ProcessorFacts['interrupts'][number];

/** A remote processor that died, as the remoteproc core tells it. */
export interface Death {
  readonly crash: Crash;
  /** What was heard of it first. */
  readonly sign: BootEvent;
}

/** The deaths of a boot, in the order in which they were heard of. */
export function deathsOf(boot: BootFacts): Death[] {
  return [...boot.processors.values()]
    .flatMap((processor) => processor.crashes.map((crash) => ({ crash, sign: signOf(processor, crash) })))
    .sort((a, b) => a.sign.seq - b.sign.seq);
}

/**
 * The interrupt by which the processor says it. The crash is told later, by a work item (rproc_report_crash): those of
 * two processors need not come in the order of the interrupts.
 */
function signOf({ crashes, interrupts }: ProcessorFacts, crash: Crash): BootEvent {
  const before = crashes.findLast(({ seq }) => seq < crash.seq)?.seq ?? 0;
  const isOfThis = ({ seq }: BootEvent): boolean => before < seq && seq < crash.seq;
  return interrupts.find((event) => isOfThis(event) && saysDeath(event)) ?? crash;
}

/** The last words of a processor whose crash nobody tells: an excerpt, or a core that was not running yet. */
export function untoldDeath({ crashes, interrupts }: ProcessorFacts): Interrupt | undefined {
  const last = crashes.at(-1)?.seq ?? 0;
  return interrupts.find((event) => event.seq > last && saysDeath(event));
}

function saysDeath({ payload }: Interrupt): boolean {
  return payload.interrupt === 'fatal' || payload.interrupt === 'watchdog';
}
