import { PAGE_SIZE } from '../../base/page.ts';
import { hex } from '../../base/word.ts';
import { splitBridgeAddress, splitBridgeSize } from '../../soc/smc-command.ts';
import type { BootFacts } from '../boot-facts.ts';
import {
  callRuledOut,
  callSeqs,
  failuresFrom,
  firmwareRuledOut,
  isBridgedByLinux,
  modeRuledOut,
  qseecomRuledOut,
  rangeText,
  wasUpBefore,
} from '../evidence.ts';
import { ruleFamily } from '../finding.ts';
import { failedAuth, initCalls } from '../pas-calls.ts';
import type { Attempt, Failure } from '../processor-facts.ts';
import type { Call, Region } from '../told-things.ts';

/** A start in which no bridge could be made over the carveout. */
interface RefusedBridge {
  readonly attempt: Attempt;
  readonly call: Call | undefined;
  readonly failure: Failure | undefined;
  readonly region: Region | undefined;
}

function* refusedBridges(boot: BootFacts): Generator<RefusedBridge> {
  for (const attempt of boot.attempts) {
    const regions = [boot.carveoutOf(attempt.processor), boot.carveoutOf(attempt.processor, 'dtb')].filter(
      (region) => region !== undefined,
    );
    const call = boot
      .callsIn(attempt, 'SHM_BRIDGE_CREATE')
      .find(({ returned }) => returned !== null && returned.errno !== 0);
    const failure = boot
      .failuresDuring(attempt, 'shm-bridge-create')
      .find(
        ({ detail }) => boot.soc === undefined || regions.some(({ pa }) => pa === bridgedAddress(detail)),
      );
    const isOurs = boot.failuresIn(attempt, 'authenticate', 'authenticate-dtb').length > 0;
    if (call === undefined && (failure === undefined || !isOurs)) continue;
    const address = failure === undefined ? undefined : bridgedAddress(failure.detail);
    const region = regions.find(({ pa }) => pa === address) ?? regions[0] ?? regionOfCall(call);
    yield { attempt, call, failure, region };
  }
}

/** Whether the trace shows the starts before one too. */
function isTracedBefore(boot: BootFacts, { processor }: Attempt): boolean {
  const first = boot.processors.get(processor)?.attempts[0];
  return first !== undefined && boot.sight.isOnBefore(first.seq);
}

/** The range that a bridge was asked for, where nothing else tells what is the carveout. */
function regionOfCall(call: Call | undefined): Region | undefined {
  const [address, , size] = call?.args ?? [];
  if (call === undefined || typeof address !== 'bigint' || typeof size !== 'bigint') return undefined;
  const { address: pa } = splitBridgeAddress(address);
  return { name: '', pa, size: splitBridgeSize(size).size, seq: call.seq };
}

/** Address of `paddr 0x0x0000000095900000, size …`: the kernel prints the 0x twice. */
function bridgedAddress(detail: string | null): number {
  return Number.parseInt(/0x([0-9a-f]+),/.exec(detail ?? '')?.[1] ?? '', 16);
}

function explained({ attempt, call, failure }: RefusedBridge, boot: BootFacts): number[] {
  return [...callSeqs(call), ...(failure === undefined ? [] : [failure.seq]), ...failuresFrom(boot, attempt)];
}

/** A line that says that the regions of two processors overlap. */
function overlapLine(boot: BootFacts, processor: string): Failure | undefined {
  return boot.failures.find(
    ({ step, subject, detail }) =>
      step === 'region-overlap' &&
      detail !== null &&
      (subject === processor ||
        boot.regions.some(
          ({ name }) =>
            detail.includes(name) && boot.ownerOfRegion({ name, pa: 0, size: 0, seq: null }) === processor,
        )),
  );
}

/** Bridges that stand over a region when it is to be bridged. */
function standingOver(boot: BootFacts, region: Region | undefined, call: Call | undefined) {
  return region === undefined || call === undefined ? [] : boot.bridgesOver(region.pa, region.size, call.seq);
}

/** SHM bridges, metadata and the owners of memory. */
export const BRIDGE_RULES = ruleFamily('memory', [
  {
    id: 'metadata-not-bridged',
    title: 'the metadata lies outside any bridge',
    severity: 'fatal',
    modes: ['F-50'],
    doc: 'At EL2 with `iommus` TrustZone gets metadata that no live bridge covers, and refuses it.',
    source: 'domain/07 F-50; qcom_scm_pas_init_image',
    disprovedBy: 'a SHM_BRIDGE_CREATE over the metadata before PAS_INIT_IMAGE',
    tries: ['the kernel lacks "PAS context" and "metadata in bridged memory" of the EL2 series (Linux 7.0)'],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        // Bridges of before the trace are not known; where none was made at all, it has to be known that they are on.
        const isFromFirst = boot.sight.isFromProbe && boot.bridges.length > 0;
        const isTold = isFromFirst || (boot.bridgesEnabled !== null && boot.told.calls);
        if (!isBridgedByLinux(boot, attempt) || !isTold) continue;
        const call = initCalls(boot, attempt).find(
          ({ returned }) => returned !== null && returned.errno !== 0,
        );
        const metadata = Number(call?.args[1] ?? 0n);
        if (call === undefined || boot.bridgesOver(metadata, 1, call.seq).length > 0) continue;
        yield {
          subject: attempt.processor,
          certainty: 'certain',
          sentence: `the metadata of ${attempt.processor} at ${hex(metadata)} lies outside every SHM bridge, and TrustZone refuses it`,
          evidence: [...callSeqs(call), ...failuresFrom(boot, attempt)],
          explains: failuresFrom(boot, attempt),
          ruledOut: [
            qseecomRuledOut(boot),
            modeRuledOut(boot, attempt.processor),
            firmwareRuledOut(boot, attempt),
          ],
        };
      }
    },
  },
  {
    id: 'metadata-bridged-at-el1',
    title: 'Linux bridges metadata that the hypervisor bridges too',
    severity: 'fatal',
    modes: ['F-51'],
    doc: 'At EL1 the metadata lies in a bridge already when PAS_INIT_IMAGE is called, so that the hypervisor cannot make its own.',
    source: 'domain/07 F-51',
    disprovedBy: 'no bridge over the metadata stands when the call is made',
    tries: [
      'take metadata from ordinary DMA memory where a hypervisor is resident (no `iommus` on the node)',
    ],
    *examine(boot) {
      if (boot.exceptionLevel?.value !== 1) return;
      for (const attempt of boot.attempts) {
        // With the EL2 device tree that is what follows, not the cause.
        if (boot.hasIommus(attempt.processor) === true) continue;
        const call = initCalls(boot, attempt).find(
          ({ returned }) => returned !== null && returned.errno !== 0,
        );
        if (call === undefined) continue;
        const [bridge] = boot.bridgesOver(Number(call.args[1] ?? 0n), 1, call.seq);
        if (bridge === undefined) continue;
        yield {
          subject: attempt.processor,
          certainty: 'certain',
          sentence: `the metadata of ${attempt.processor} lies in a bridge of Linux (${rangeText(bridge)}) under a hypervisor that makes its own`,
          evidence: [bridge.seq, ...callSeqs(call), ...failuresFrom(boot, attempt)],
          explains: failuresFrom(boot, attempt),
          ruledOut: [
            qseecomRuledOut(boot),
            modeRuledOut(boot, attempt.processor),
            firmwareRuledOut(boot, attempt),
          ],
        };
      }
    },
  },
  {
    id: 'metadata-freed-early',
    title: 'the metadata is freed or overwritten before the core is ready',
    severity: 'fatal',
    modes: ['F-52'],
    doc: 'TrustZone goes on reading the metadata until the image is authenticated, and finds something else there.',
    source: 'domain/07 F-52; qcom_scm_pas_metadata_release',
    disprovedBy: 'the buffer is freed only after PAS_AUTH_AND_RESET returned',
    tries: ['release the metadata only when the core is ready or its start has failed'],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const auth = failedAuth(boot, attempt);
        const init = initCalls(boot, attempt).findLast(({ seq }) => auth !== undefined && seq < auth.seq);
        if (auth === undefined || init === undefined) continue;
        const metadata = Number(init.args[1] ?? 0n);
        const freed = boot.frees.find(
          ({ seq, payload }) =>
            payload.purpose === 'metadata' && payload.pa === metadata && seq > init.seq && seq < auth.seq,
        );
        const written = boot.writes.find(
          ({ seq, payload }) =>
            seq > (init.returned?.seq ?? init.seq) &&
            seq < (auth.returned?.seq ?? auth.seq) &&
            payload.pa <= metadata &&
            metadata < payload.pa + payload.size,
        );
        const early = freed ?? written;
        if (early === undefined) continue;
        yield {
          subject: attempt.processor,
          certainty: 'certain',
          sentence: `the metadata of ${attempt.processor} at ${hex(metadata)} is ${freed === undefined ? 'overwritten' : 'freed'} before TrustZone authenticates the image`,
          evidence: [...callSeqs(init), early.seq, ...callSeqs(auth)],
          explains: failuresFrom(boot, attempt),
          ruledOut: [
            modeRuledOut(boot, attempt.processor),
            callRuledOut(init, 'the signature: TrustZone accepted the metadata', ['F-70', 'F-82']),
          ],
        };
      }
    },
  },
  {
    id: 'carveout-overlap',
    title: 'the carveouts of two processors overlap',
    severity: 'fatal',
    modes: ['F-54'],
    doc: 'The bridge over a carveout cannot be made because one over another processor’s carveout stands there.',
    source: 'domain/07 F-54',
    disprovedBy: 'the two regions share no address',
    tries: ['correct the reserved-memory nodes of the device tree: they must not overlap'],
    *examine(boot) {
      for (const refused of refusedBridges(boot)) {
        const { attempt, call, failure, region } = refused;
        const line = overlapLine(boot, attempt.processor);
        const other = standingOver(boot, region, call).find(({ pa }) => pa !== region?.pa);
        const regions = boot.regions.filter(
          (candidate) =>
            region !== undefined &&
            candidate.name !== region.name &&
            candidate.pa < region.pa + region.size &&
            region.pa < candidate.pa + candidate.size,
        );
        if (line === undefined && other === undefined && regions.length === 0) continue;
        yield {
          subject: attempt.processor,
          certainty: other === undefined ? 'likely' : 'certain',
          sentence: `the carveout of ${attempt.processor}${region === undefined ? '' : ` (${rangeText(region)})`} overlaps ${regions[0]?.name ?? 'another region'}: no bridge can be made over it`,
          evidence: [line?.seq, region?.seq, other?.seq, ...callSeqs(call), failure?.seq],
          explains: [
            ...explained(refused, boot),
            ...boot.failures.filter(({ step }) => step === 'region-overlap').map(({ seq }) => seq),
          ],
          ruledOut: [modeRuledOut(boot, attempt.processor)],
        };
      }
    },
  },
  {
    id: 'carveout-bridge-leaked',
    title: 'the bridge over the carveout was never deleted',
    severity: 'fatal',
    modes: ['F-55'],
    doc: 'An earlier start left its bridge over the carveout, and TrustZone refuses another one over it.',
    source: 'domain/07 F-55; qcom_scm_pas_prepare_and_auth_reset',
    disprovedBy: 'a SHM_BRIDGE_DELETE of that bridge before this start',
    tries: ['delete the bridge after PAS_AUTH_AND_RESET, whatever that returned'],
    *examine(boot) {
      for (const refused of refusedBridges(boot)) {
        const { attempt, call, failure, region } = refused;
        const left = standingOver(boot, region, call).find(
          ({ pa, seq }) => pa === region?.pa && seq < attempt.seq,
        );
        const isGuess =
          (call === undefined || !isTracedBefore(boot, attempt)) &&
          wasUpBefore(boot, attempt) &&
          overlapLine(boot, attempt.processor) === undefined;
        if (left === undefined && !isGuess) continue;
        yield {
          subject: attempt.processor,
          certainty: left === undefined ? 'likely' : 'certain',
          sentence: `the bridge over the carveout of ${attempt.processor} still stands from an earlier start: TrustZone refuses another`,
          evidence: [left?.seq, ...callSeqs(call), failure?.seq],
          explains: explained(refused, boot),
          ruledOut: [modeRuledOut(boot, attempt.processor)],
        };
      }
    },
  },
  {
    id: 'carveout-bridge-refused',
    title: 'TrustZone refuses the bridge over the carveout',
    severity: 'fatal',
    stage: 'general',
    modes: ['F-53'],
    doc: 'SHM_BRIDGE_CREATE over the carveout fails, so the image is not authenticated.',
    source: 'domain/07 F-53; qcom_scm_pas_prepare_and_auth_reset',
    disprovedBy: 'a later bridge over the same range that is made',
    tries: [
      'check that the region is the one that the firmware of the SoC expects (memory map of TrustZone)',
      'check who owns the memory: MP_ASSIGN calls before it, with `trace sql DB "select * from memory_owner"`',
    ],
    *examine(boot) {
      for (const refused of refusedBridges(boot)) {
        const { attempt, call, failure, region } = refused;
        const seqs = explained(refused, boot);
        if (seqs.some((seq) => boot.isExplained(seq))) continue;
        // A bridge may be left of before the trace, and the first lines of a log tell whether regions overlap.
        const isWhole =
          call === undefined
            ? boot.kernel !== null
            : boot.sight.isFromProbe ||
              (boot.sight.isOnBefore(attempt.seq) && attempt.number === 1 && !attempt.isByCalls);
        yield {
          subject: attempt.processor,
          ...(isWhole
            ? { certainty: call === undefined ? ('likely' as const) : ('certain' as const) }
            : { certainty: 'narrowed' as const, modes: ['F-53', 'F-54', 'F-55'] }),
          sentence: `TrustZone refuses an SHM bridge over the carveout of ${attempt.processor}${region === undefined ? '' : ` (${rangeText(region)})`}`,
          evidence: [...callSeqs(call), failure?.seq, ...failuresFrom(boot, attempt)],
          explains: seqs,
          ruledOut: [
            qseecomRuledOut(boot),
            modeRuledOut(boot, attempt.processor),
            call === undefined || region === undefined || !isWhole
              ? null
              : {
                  what: 'a bridge that was left there: none stands over the carveout',
                  seq: call.seq,
                  modes: ['F-54', 'F-55'],
                },
          ],
        };
      }
    },
  },
  {
    id: 'carveout-bridge-deleted-early',
    title: 'the bridge over the carveout is deleted before authentication',
    severity: 'fatal',
    modes: ['F-56'],
    doc: 'The bridge is made and taken down again before PAS_AUTH_AND_RESET, which then cannot read the image.',
    source: 'domain/07 F-56',
    disprovedBy: 'the bridge stands when PAS_AUTH_AND_RESET is called',
    tries: ['delete the bridge after PAS_AUTH_AND_RESET has returned'],
    *examine(boot) {
      for (const [attempt, auth, region] of unbridgedAuths(boot)) {
        const deleted = boot.bridges.find(
          ({ pa, size, seq, ended }) =>
            pa < region.pa + region.size &&
            region.pa < pa + size &&
            seq > attempt.seq &&
            ended !== null &&
            ended < auth.seq,
        );
        if (deleted === undefined) continue;
        yield {
          subject: attempt.processor,
          certainty: 'certain',
          sentence: `the bridge over the carveout of ${attempt.processor} is deleted before TrustZone authenticates the image`,
          evidence: [deleted.seq, deleted.ended, ...callSeqs(auth)],
          explains: failuresFrom(boot, attempt),
          ruledOut: [modeRuledOut(boot, attempt.processor)],
        };
      }
    },
  },
  {
    id: 'carveout-not-bridged',
    title: 'authentication without a bridge over the carveout',
    severity: 'fatal',
    modes: ['F-57'],
    doc: 'At EL2 PAS_AUTH_AND_RESET is called with no bridge over the carveout.',
    source: 'domain/07 F-57; qcom_scm_pas_prepare_and_auth_reset',
    disprovedBy: 'a SHM_BRIDGE_CREATE over the carveout in the same start',
    tries: [
      'the kernel lacks "prepare and authenticate, with a bridge over the carveout" of the EL2 series (Linux 7.0)',
    ],
    *examine(boot) {
      for (const [attempt, auth, region] of unbridgedAuths(boot)) {
        const wasBridged = boot.bridges.some(
          ({ pa, size, seq }) =>
            pa < region.pa + region.size && region.pa < pa + size && seq > attempt.seq && seq < auth.seq,
        );
        if (wasBridged) continue;
        yield {
          subject: attempt.processor,
          certainty: 'certain',
          sentence: `TrustZone is to authenticate ${attempt.processor} with no bridge over its carveout ${rangeText(region)}`,
          evidence: [region.seq, ...callSeqs(auth), ...failuresFrom(boot, attempt)],
          explains: failuresFrom(boot, attempt),
          ruledOut: [modeRuledOut(boot, attempt.processor), firmwareRuledOut(boot, attempt)],
        };
      }
    },
  },
]);

/** Authentications at EL2 that fail, of cores whose bridges Linux has to make, with no bridge over the carveout. */
function* unbridgedAuths(boot: BootFacts): Generator<[Attempt, Call, Region]> {
  if (boot.bridges.length === 0) return;
  for (const attempt of boot.attempts) {
    const auth = failedAuth(boot, attempt);
    if (auth === undefined || !isBridgedByLinux(boot, attempt)) continue;
    // Bridges are made between the two calls: a trace that begins later does not show them.
    if (!initCalls(boot, attempt).some(({ seq }) => seq < auth.seq) && !boot.sight.isFromProbe) continue;
    const setUp = boot.memorySetUps.findLast(
      ({ subject, seq, payload }) =>
        subject === attempt.processor && payload.pas_id === auth.pasId && seq > attempt.seq && seq < auth.seq,
    );
    const told =
      setUp === undefined ? undefined : { name: '', pa: setUp.payload.pa, size: PAGE_SIZE, seq: setUp.seq };
    const named = boot.carveoutOf(attempt.processor, auth.part);
    // By its name alone a region may be another than the one that TrustZone was told of.
    const region = boot.soc === undefined ? (told ?? named) : (named ?? told);
    if (region === undefined || boot.bridgesOver(region.pa, region.size, auth.seq).length > 0) continue;
    yield [attempt, auth, region];
  }
}
