import { listed } from '../base/listed.ts';
import { renderErrno } from '../soc/errno.ts';
import type { BootFacts } from './boot-facts.ts';
import { qseecomRuledOut } from './evidence.ts';
import type { FoundCause } from './finding.ts';
import type { Attempt, Failure } from './processor-facts.ts';

/** A processor whose file cannot be read. */
interface Missing {
  readonly processor: string;
  readonly file: Failure;
  readonly files: readonly Failure[];
  /** Failures of the start that asked for it. */
  readonly failed: readonly Failure[];
  /** A later start that came up. */
  readonly came: Attempt | undefined;
}

/** Firmware that cannot be read. Where the files of several processors are missing from one folder, that is one cause. */
export function* missingFirmware(boot: BootFacts): Generator<FoundCause> {
  const byPlace = new Map<string, Missing[]>();
  for (const [processor, files] of missingFiles(boot)) {
    for (const missing of missingOf(boot, processor, files)) {
      const folder = folderOf(missing.file);
      const isAlone = missing.came !== undefined || folder === null;
      const place = isAlone ? processor : `${folder} ${missing.file.errno}`;
      byPlace.set(place, [...(byPlace.get(place) ?? []), missing]);
    }
  }
  for (const [place, group] of byPlace) {
    const isAlone = group.length === 1;
    const names = listed(group.map(({ processor }) => processor));
    for (const missing of group) {
      const { files, failed, came } = missing;
      yield {
        subject: missing.processor,
        ...(isAlone ? {} : { cause: place }),
        certainty: 'certain',
        severity: came === undefined ? 'fatal' : 'degraded',
        sentence: isAlone ? sentenceOf(missing) : sentenceOfFolder(names, missing),
        evidence: isAlone
          ? [...files.slice(0, 2), ...failed.slice(0, 2)].map(({ seq }) => seq).concat(came?.outcomeSeq ?? [])
          : [missing.file.seq],
        explains: [...files, ...failed].map(({ seq }) => seq),
        ruledOut: [
          qseecomRuledOut(boot),
          {
            what: `TrustZone: nothing of ${names} had been given to it`,
            seq: missing.file.seq,
            modes: ['F-70', 'F-74'],
          },
        ],
      };
    }
  }
}

function missingOf(boot: BootFacts, processor: string, files: readonly Failure[]): Missing[] {
  const [file] = files;
  if (file === undefined) return [];
  const facts = boot.processors.get(processor);
  const attempt = facts?.attempts.findLast(({ seq }) => seq < file.seq);
  const failed = boot.failures.filter(
    ({ subject, step, seq }) =>
      subject === processor &&
      ['request-firmware', 'start', 'load', 'boot'].includes(step) &&
      (attempt === undefined || seq >= attempt.seq),
  );
  const came = facts?.attempts.find(({ seq, outcome }) => seq > file.seq && outcome === 'up');
  return [{ processor, file, files, failed, came }];
}

function folderOf({ detail }: Failure): string | null {
  const end = detail?.lastIndexOf('/') ?? -1;
  return end < 0 ? null : (detail as string).slice(0, end);
}

function sentenceOf({ processor, file: { detail, errno }, came }: Missing): string {
  return came === undefined
    ? `${processor} has no firmware: ${detail ?? 'its file'} cannot be read (${renderErrno(errno ?? -2)})`
    : `${processor} had no firmware at first${detail === null ? '' : ` (${detail})`}, and came up later: it was asked for too early`;
}

function sentenceOfFolder(names: string, { file }: Missing): string {
  return `${names} have no firmware: no file of theirs in ${folderOf(file)} can be read (${renderErrno(file.errno ?? -2)})`;
}

/** Files of remote processors that could not be read, by processor. */
function missingFiles(boot: BootFacts): Map<string, Failure[]> {
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
