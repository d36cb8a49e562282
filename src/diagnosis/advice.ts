import type { BootFacts } from './boot-facts.ts';
import { EL2_SERIES, hasEl2Series } from './kernel-release.ts';

const LACKS_PART = /^the kernel lacks (".*") of the EL2 series/;

/** Of no use to a kernel without the series. */
const NEEDS_SERIES = /^boot the -el2 device tree|^or write an overlay/;

const RECORD_TRACE = /record a trace with `trace_event=([^`]+)`/;

/**
 * What to try, as it fits a boot: rules say it for any. Nothing is to be recorded that the history shows already, and
 * what a kernel lacks goes by its release.
 */
export function fittingAdvice(tries: readonly string[], boot: BootFacts): string[] {
  return tries.flatMap((text) => {
    if (NEEDS_SERIES.test(text) && hasEl2Series(boot.kernel?.value) === false)
      return [
        text,
        `use Linux ${EL2_SERIES.name} or newer with it: ${boot.kernel?.value} lacks the EL2 series`,
      ];
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
  const hasSeries = hasEl2Series(kernel?.value);
  if (hasSeries === undefined) return undefined;
  return hasSeries
    ? `Linux has ${part} of the EL2 series since ${EL2_SERIES.name}: check that this build, ${kernel?.value}, has it`
    : `Linux ${kernel?.value} lacks ${part} of the EL2 series: use ${EL2_SERIES.name} or newer, or apply it`;
}
