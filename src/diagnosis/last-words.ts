import type { ProcessorFacts } from './processor-facts.ts';

/** Why a processor died, in its own words. */
export function lastWords(processor: ProcessorFacts, seq: number): string | null {
  const told = processor.interrupts.findLast(
    (event) =>
      event.seq <= seq && (event.payload.interrupt === 'fatal' || event.payload.interrupt === 'watchdog'),
  );
  return told?.payload.message ?? null;
}

export function quoted(words: string | null): string {
  return words === null ? '' : `: "${words}"`;
}
