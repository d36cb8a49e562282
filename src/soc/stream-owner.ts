import type { SocDescription } from './description.ts';

/** The remote processor that a stream belongs to by the SoC's EL2 device tree; undefined for any other stream. */
export function processorOfStream(soc: SocDescription, streamId: number): string | undefined {
  const iommus = Object.entries(soc.el2Overlay?.iommus ?? {});
  return iommus.find(([, { streamId: own, mask }]) => ((streamId ^ own) & ~mask) === 0)?.[0];
}

/** Subject of what happens to a stream: its owner, or `sid-0x3000` where nobody is known to own it. */
export function subjectOfStream(owner: string | undefined, streamId: number): string {
  return owner ?? `sid-0x${streamId.toString(16)}`;
}
