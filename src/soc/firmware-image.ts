import type { FirmwareDescription } from './description.ts';

/**
 * An image of which nothing but path and sizes is known. Model assumption: its entry point lies 0x100 into the
 * image, as in the recorded machine's, and its metadata follow from the number of its segments.
 */
export function firmwareImage(path: string, fileSize: number, memorySize: number): FirmwareDescription {
  return { path, fileSize, memorySize, entryOffset: 0x100, metadataSize: null };
}

/**
 * The zap shader of a GPU. Model assumption: it fills the 8 KiB region that device trees reserve for it, which
 * the driver checks (`memory region is too small to load the MDT`).
 */
export function zapImage(path: string): FirmwareDescription {
  return firmwareImage(path, 7168, 0x2000);
}
