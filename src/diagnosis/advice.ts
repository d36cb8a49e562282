import type { BootFacts } from './boot-facts.ts';

/** First release with the series that makes PAS work without a hypervisor (domain/02 §1). */
const SERIES_RELEASE = { major: 7, minor: 0 };

const LACKS_PART = /^the kernel lacks (".*") of the EL2 series/;

const RECORD_TRACE = /record a trace with `trace_event=([^`]+)`/;

/**
 * What to try, as it fits a boot: rules say it for any. Nothing is to be recorded that the history shows already, and
 * what a kernel lacks goes by its release.
 */
export function fittingAdvice(tries: readonly string[], boot: BootFacts): string[] {
  return tries.flatMap((text) => {
    const part = LACKS_PART.exec(text)?.[1];
    if (part !== undefined) return [aboutPart(part, boot) ?? text];
    const events = RECORD_TRACE.exec(text)?.[1];
    if (events === undefined) return [text];
    const missing = events.split(',').filter((event) => !isTold(event, boot));
    return missing.length === 0 ? [] : [text.replace(events, missing.join(','))];
  });
}

function isTold(events: string, { told }: BootFacts): boolean {
  if (events.startsWith('qcom_scm:')) return told.calls;
  return events.startsWith('iommu:') && told.mappings;
}

function aboutPart(part: string, { kernel }: BootFacts): string | undefined {
  const [, major = '', minor = ''] = /^(\d+)\.(\d+)/.exec(kernel?.value ?? '') ?? [];
  if (kernel === null || major === '') return undefined;
  const { major: since, minor: sinceMinor } = SERIES_RELEASE;
  const hasSeries = Number(major) > since || (Number(major) === since && Number(minor) >= sinceMinor);
  return hasSeries
    ? `Linux has ${part} of the EL2 series since ${since}.${sinceMinor}: check that this build, ${kernel.value}, has it`
    : `Linux ${kernel.value} lacks ${part} of the EL2 series: use ${since}.${sinceMinor} or newer, or apply it`;
}
