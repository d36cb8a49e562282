import type { Failure, ProcessorFacts } from './processor-facts.ts';

/** Whether a subject is a remote processor by its name: what fails may be all that is heard of it. */
export function isProcessorName(subject: string): boolean {
  return /^(?:adsp|cdsp1?|gpdsp[01]|slpi|modem|wpss|lpaicp)$/.test(subject);
}

/** Remote processors that a history speaks of, be it only of what fails before their driver is there. */
export function processorNamesIn(facts: {
  readonly processors: ReadonlyMap<string, ProcessorFacts>;
  readonly failures: readonly Failure[];
}): string[] {
  const { processors, failures } = facts;
  const failing = failures.flatMap(({ subject }) =>
    subject !== null && isProcessorName(subject) ? [subject] : [],
  );
  return [...new Set([...processors.keys(), ...failing])];
}
