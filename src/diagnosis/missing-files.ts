import type { BootFacts } from './boot-facts.ts';
import type { Failure } from './processor-facts.ts';

/** Files of remote processors that could not be read, by processor. */
export function missingFiles(boot: BootFacts): Map<string, Failure[]> {
  const byProcessor = new Map<string, Failure[]>();
  for (const failure of boot.failures) {
    const isMissing = failure.step === 'request-firmware' && failure.errno === -2;
    if ((failure.step !== 'firmware-request' && !isMissing) || failure.subject === null) continue;
    if (!boot.processors.has(failure.subject) && !isProcessorFile(failure)) continue;
    // What was read after all was found in another folder, or by another name.
    const processor = boot.processors.get(failure.subject);
    const loaded = processor?.firmware.find(
      ({ seq, payload }) => seq > failure.seq && payload.name === failure.detail,
    );
    const isFatal = boot.failures.some(
      ({ subject, step, seq }) =>
        subject === failure.subject &&
        seq >= failure.seq &&
        (step === 'request-firmware' || step === 'load' || step === 'boot'),
    );
    if (loaded !== undefined && !isFatal) continue;
    const files = byProcessor.get(failure.subject) ?? [];
    files.push(failure);
    byProcessor.set(failure.subject, files);
  }
  return byProcessor;
}

function isProcessorFile({ subject, detail }: Failure): boolean {
  return (
    /remoteproc/.test(subject ?? '') ||
    /(?:adsp|cdsp|gpdsp|slpi|mpss|modem|wpss)\w*\.(?:mbn|mdt|elf)$/.test(detail ?? '')
  );
}
