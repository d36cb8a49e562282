import type { BootEvent } from '../events/catalog.ts';
import type { BootFacts } from './boot-facts.ts';
import type { ProcessorFacts } from './processor-facts.ts';

type Crash = ProcessorFacts['crashes'][number];

/** A remote processor that died. */
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
  return interrupts.find((event) => isOfThis(event) && event.payload.interrupt !== 'handover') ?? crash;
}
