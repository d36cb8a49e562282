import type { BootFacts } from '../boot-facts.ts';
import { failuresFrom, firstFailure, modeRuledOut, rangeText, wasUpBefore } from '../evidence.ts';
import { type FoundCause, ruleFamily } from '../finding.ts';
import type { Attempt, Failure } from '../processor-facts.ts';
import { CHANGE_TABLE, tableCalls, tableFault } from '../resource-table-start.ts';
import type { MappingLife, Region } from '../told-things.ts';

/** Warnings of io-pgtable while a processor is started: it would not map, or had nothing to unmap. */
function tableWarnings(boot: BootFacts, attempt: Attempt): number[] {
  return boot.warnings
    .filter(
      ({ seq, payload }) =>
        seq > attempt.seq && seq < attempt.end && payload.file?.includes('io-pgtable') === true,
    )
    .map(({ seq }) => seq);
}

/** A live mapping of a processor that shares addresses with a range. */
function mappedOver(
  boot: BootFacts,
  subject: string,
  iova: number,
  size: number,
  seq: number,
): MappingLife | undefined {
  return boot.mappingLives.all.find(
    (mapping) =>
      mapping.subject === subject &&
      mapping.seq < seq &&
      mapping.size > 0 &&
      (mapping.ended === null || mapping.ended > seq) &&
      mapping.iova < iova + size &&
      iova < mapping.iova + mapping.size,
  );
}

/** A start that could not map the carveout because something is mapped there. */
interface TakenCarveout {
  readonly attempt: Attempt;
  readonly failure: Failure;
  readonly region: Region | undefined;
  /** What is mapped over it; undefined where the history does not tell. */
  readonly taken: MappingLife | undefined;
}

function* carveoutTaken(boot: BootFacts): Generator<TakenCarveout> {
  for (const attempt of boot.attempts) {
    const failure = boot.failuresIn(attempt, 'start', 'load').find(({ errno }) => errno === -17);
    if (failure === undefined) continue;
    const region = boot.carveoutOf(attempt.processor);
    const taken =
      region === undefined
        ? undefined
        : mappedOver(boot, attempt.processor, region.pa, region.size, failure.seq);
    yield { attempt, failure, region, taken };
  }
}

/** Whether what a start maps is told from its beginning on. */
function tellsStart(boot: BootFacts, attempt: Attempt): boolean {
  return boot.told.mappings && boot.sight.isOnBefore(attempt.seq);
}

/** A start that ends where something cannot be mapped: io-pgtable warns of it, and the start fails. */
function notMapped(
  boot: BootFacts,
  attempt: Attempt,
  failure: Failure,
  because: number | null | undefined,
  rest: Pick<FoundCause, 'sentence' | 'certainty'>,
): FoundCause {
  const warnings = tableWarnings(boot, attempt);
  return tableFault(boot, attempt, failure, [], {
    evidence: [because, ...warnings.slice(0, 1), failure.seq],
    explains: [...warnings, ...failuresFrom(boot, attempt)],
    ...rest,
  });
}

/** What Linux maps for a processor by its resource table, and its carveout beside it. */
export const DEVMEM_RULES = ruleFamily('devmem', [
  {
    id: 'devmem-unaligned',
    title: 'a devmem entry is not aligned to a page',
    severity: 'fatal',
    modes: ['F-17'],
    doc: 'An address or a length of an entry is no multiple of 4 KiB, which iommu_map refuses.',
    source: 'domain/07 F-17; iommu_map_nosync',
    disprovedBy: 'addresses and size of the "unaligned" line are multiples of min_pagesz',
    tries: CHANGE_TABLE,
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const failure = firstFailure(boot, attempt, 'map-devmem');
        const unaligned = boot
          .failuresDuring(attempt, 'map')
          .find(({ detail }) => detail?.includes('unaligned') === true);
        if (failure === undefined || unaligned === undefined) continue;
        yield tableFault(boot, attempt, failure, tableCalls(boot, attempt), {
          certainty: 'certain',
          sentence: `a devmem entry of ${attempt.processor} is not aligned: ${unaligned.detail?.replace('unaligned: ', '')}`,
          evidence: [unaligned.seq, failure.seq],
          explains: [unaligned.seq, ...failuresFrom(boot, attempt), attempt.seq],
        });
      }
    },
  },
  {
    id: 'devmem-overlap',
    title: 'a devmem entry overlaps another',
    severity: 'fatal',
    modes: ['F-18'],
    doc: 'An entry maps what is mapped already: -17 EEXIST.',
    source: 'domain/07 F-18; __arm_lpae_map: WARN and -EEXIST',
    disprovedBy: 'no other mapping of the processor at that address',
    tries: CHANGE_TABLE,
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const failure = boot.failuresIn(attempt, 'map-devmem').find(({ errno }) => errno === -17);
        if (failure === undefined) continue;
        yield tableFault(boot, attempt, failure, tableCalls(boot, attempt), {
          certainty: 'certain',
          sentence: `a devmem entry of ${attempt.processor} overlaps one before it`,
          evidence: [...tableWarnings(boot, attempt).slice(0, 1), failure.seq],
          explains: [...tableWarnings(boot, attempt), ...failuresFrom(boot, attempt)],
        });
      }
    },
  },
  {
    id: 'devmem-without-access',
    title: 'a devmem entry may neither be read nor written',
    severity: 'fatal',
    modes: ['F-20'],
    doc: 'An entry has neither READ nor WRITE: iommu_map refuses it with -22, with no word about alignment.',
    source: 'domain/07 F-20; arm_lpae_map_pages',
    disprovedBy: 'an "unaligned" line right before it',
    tries: CHANGE_TABLE,
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const failure = boot.failuresIn(attempt, 'map-devmem').find(({ errno }) => errno === -22);
        if (failure === undefined || boot.failuresDuring(attempt, 'map').length > 0) continue;
        yield tableFault(boot, attempt, failure, tableCalls(boot, attempt), {
          certainty: 'likely',
          sentence: `a devmem entry of ${attempt.processor} has neither READ nor WRITE`,
          ruledOut: [
            modeRuledOut(boot, attempt.processor),
            {
              what: 'an entry that is not aligned: the IOMMU core says so, and did not',
              seq: failure.seq,
              modes: ['F-17'],
            },
          ],
        });
      }
    },
  },
  {
    id: 'devmem-over-carveout',
    title: 'a devmem entry overlaps the carveout',
    severity: 'fatal',
    modes: ['F-19'],
    doc: 'The entry was mapped first, so mapping the carveout fails with -17 before TrustZone is asked to authenticate.',
    source: 'domain/07 F-19; qcom_pas_map_carveout',
    disprovedBy: 'what is mapped there was mapped in an earlier start',
    tries: CHANGE_TABLE,
    *examine(boot) {
      for (const { attempt, failure, region, taken } of carveoutTaken(boot)) {
        const isFirst = !wasUpBefore(boot, attempt);
        if (taken === undefined ? !isFirst || tellsStart(boot, attempt) : taken.seq < attempt.seq) continue;
        yield notMapped(boot, attempt, failure, taken?.seq, {
          certainty: taken === undefined ? 'likely' : 'certain',
          sentence: `a devmem entry of ${attempt.processor} overlaps its carveout${region === undefined ? '' : ` ${rangeText(region)}`}, which cannot be mapped any more`,
        });
      }
    },
  },
  {
    id: 'carveout-still-mapped',
    title: 'the carveout is still mapped from before',
    severity: 'fatal',
    modes: ['F-39'],
    doc: 'A stop did not unmap the carveout, so that the next start cannot map it: -17.',
    source: 'domain/07 F-39; qcom_pas_unmap_carveout',
    disprovedBy: 'the carveout is unmapped between the stop and this start',
    tries: ['look at the stop before it: an error between shutdown and unmap leaves the mapping'],
    *examine(boot) {
      for (const { attempt, failure, taken } of carveoutTaken(boot)) {
        if (
          taken === undefined
            ? !wasUpBefore(boot, attempt) || tellsStart(boot, attempt)
            : taken.seq > attempt.seq
        )
          continue;
        yield notMapped(boot, attempt, failure, taken?.seq, {
          certainty: taken === undefined ? 'likely' : 'certain',
          sentence: `the carveout of ${attempt.processor} is still mapped from an earlier start and cannot be mapped again`,
        });
      }
      for (const attempt of boot.attempts) {
        if (attempt.outcome === 'failed') continue;
        const [left, carveout] = mappedTwice(boot, attempt) ?? [];
        if (left === undefined || carveout === undefined || !isSameRange(left, carveout)) continue;
        yield {
          subject: attempt.processor,
          certainty: 'certain',
          severity: 'degraded',
          sentence: `the carveout of ${attempt.processor} was not unmapped by the stop before, and is mapped again`,
          evidence: [left.seq, carveout.seq],
        };
      }
    },
  },
  {
    id: 'attached-core-mapped-already',
    title: 'a core that Linux attaches to has its memory mapped already',
    severity: 'fatal',
    modes: ['F-40'],
    doc: 'A core that the boot firmware started lives in mappings that were taken over; mapping its memory once more fails with -17, and unmapping it would stop live traffic.',
    source: 'domain/07 F-40; __rproc_attach',
    disprovedBy: 'the attach succeeds',
    tries: ['map nothing for a core that is attached to (needs_tzmem of the driver instead of `iommus`)'],
    *examine(boot) {
      for (const { subject, step, errno, seq } of boot.failures) {
        if (step !== 'attach' || errno !== -17) continue;
        const warnings = boot.warnings.filter(
          (event) => event.seq < seq && event.payload.file?.includes('io-pgtable') === true,
        );
        yield {
          subject,
          certainty: 'likely',
          sentence: `Linux cannot attach to ${subject}: what it wants to map for the running core is mapped already`,
          evidence: [warnings.at(-1)?.seq, seq],
          explains: [seq, ...warnings.map((event) => event.seq)],
        };
      }
    },
  },
  {
    id: 'carveout-beyond-smmu',
    title: 'the carveout lies above what the SMMU can address',
    severity: 'fatal',
    modes: ['F-22'],
    doc: 'Mapping the carveout fails with -34 ERANGE.',
    source: 'domain/07 F-22; arm_lpae_map_pages',
    disprovedBy: 'the carveout ends below 2^36',
    tries: [
      'move the carveout in the device tree (reserved-memory) below 64 GiB, with firmware that is linked there',
    ],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const failure = boot.failuresIn(attempt, 'start').find(({ errno }) => errno === -34);
        if (failure === undefined) continue;
        const region = boot.carveoutOf(attempt.processor);
        yield notMapped(boot, attempt, failure, region?.seq, {
          certainty: tableWarnings(boot, attempt).length > 0 ? 'certain' : 'likely',
          sentence: `the carveout of ${attempt.processor} lies above what its SMMU can address${region === undefined ? '' : `: ${rangeText(region)}`}`,
        });
      }
    },
  },
  {
    id: 'devmem-over-linux-memory',
    title: 'a devmem entry opens memory of Linux to the core',
    severity: 'degraded',
    modes: ['F-23'],
    doc: 'A mapping of the processor covers RAM that no region reserves: a hole that nothing tells of.',
    source: 'domain/07 F-23',
    disprovedBy: 'a reserved region that covers the range',
    tries: CHANGE_TABLE,
    *examine(boot) {
      const { soc } = boot;
      if (soc === undefined || boot.regions.length === 0) return;
      for (const mapping of boot.mappingLives.all) {
        if (mapping.subject === null || !boot.processors.has(mapping.subject) || mapping.pa !== mapping.iova)
          continue;
        const isMemory = soc.board.memory.some(
          ({ pa, size }) => pa <= mapping.pa && mapping.pa + mapping.size <= pa + size,
        );
        const isReserved = boot.regions.some(
          ({ pa, size }) => pa < mapping.pa + mapping.size && mapping.pa < pa + size,
        );
        if (!isMemory || isReserved) continue;
        yield {
          subject: mapping.subject,
          cause: `${mapping.subject} ${mapping.iova}`,
          certainty: 'likely',
          sentence: `${mapping.subject} may reach ${rangeText(mapping)}, which is memory of Linux that no region reserves`,
          evidence: [mapping.seq],
        };
      }
    },
  },
  {
    id: 'devmem-inside-carveout',
    title: 'two mappings of a core lie over each other',
    severity: 'degraded',
    modes: ['F-121'],
    doc: 'A page of a devmem entry lies where the carveout is mapped by a block: the page-table code neither refuses it nor tells.',
    source: 'docs/findings.md; __arm_lpae_map',
    disprovedBy: 'the first of the two is unmapped before the second is mapped',
    tries: CHANGE_TABLE,
    *examine(boot) {
      for (const attempt of boot.attempts) {
        if (attempt.outcome === 'failed') continue;
        const [inner, carveout] = mappedTwice(boot, attempt) ?? [];
        if (inner === undefined || carveout === undefined || isSameRange(inner, carveout)) continue;
        yield {
          subject: attempt.processor,
          certainty: 'certain',
          sentence: `a devmem entry of ${attempt.processor} at ${rangeText(inner)} lies inside its carveout ${rangeText(carveout)}, and both were mapped`,
          evidence: [inner.seq, carveout.seq],
        };
      }
    },
  },
]);

/** The carveout as a start maps it, and before it what was mapped over it and still stands. */
function mappedTwice(boot: BootFacts, attempt: Attempt) {
  const region = boot.carveoutOf(attempt.processor);
  if (region === undefined) return undefined;
  const carveout = boot.mappingLives.all.find(
    ({ subject, iova, size, seq }) =>
      subject === attempt.processor &&
      iova === region.pa &&
      size === region.size &&
      seq > attempt.seq &&
      seq < attempt.end,
  );
  if (carveout === undefined) return undefined;
  const inner = mappedOver(boot, attempt.processor, carveout.iova, carveout.size, carveout.seq);
  return inner === undefined || inner.seq === carveout.seq ? undefined : ([inner, carveout] as const);
}

function isSameRange(x: { iova: number; size: number }, y: { iova: number; size: number }): boolean {
  return x.iova === y.iova && x.size === y.size;
}
