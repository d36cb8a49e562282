import type { SocDescription } from './description.ts';

/** The remote processor that a stream belongs to by the SoC's EL2 device tree; undefined for any other stream. */
export function processorOfStream(soc: SocDescription, streamId: number): string | undefined {
  const iommus = Object.entries(soc.el2Overlay?.iommus ?? {});
  return iommus.find(([, { streamId: own, mask }]) => ((streamId ^ own) & ~mask) === 0)?.[0];
}

/** The remote processor below whose node a FastRPC compute context bank has a stream; undefined for any other. */
export function computeProcessorOfStream(soc: SocDescription, streamId: number): string | undefined {
  return soc.remoteprocs.find(({ computeStreams }) =>
    computeStreams.some((stream) => ((streamId ^ stream.streamId) & ~stream.mask) === 0),
  )?.name;
}

/** Subject of what happens to a stream: its owner, or `sid-0x3000` where nobody is known to own it. */
export function subjectOfStream(owner: string | undefined, streamId: number): string {
  return owner ?? `sid-0x${streamId.toString(16)}`;
}

/** The stream that a subject of {@link subjectOfStream} is, where it is not named after its owner. */
export function streamOfSubject(subject: string): number | undefined {
  const id = /^sid-0x([0-9a-f]+)$/.exec(subject)?.[1];
  return id === undefined ? undefined : Number.parseInt(id, 16);
}
