import type { RegionDescription } from '../../soc/description.ts';
import { loadSegments } from '../../soc/mdt-file.ts';
import type { Steps } from '../scheduler.ts';
import type { World } from '../world.ts';
import { type KernelLog, LEVEL } from './kernel-log.ts';

/** Whose image it is, and how long its device takes to open one segment. */
interface SegmentOwner {
  readonly subject: string;
  /** Prefix of its lines in the log: driver and device. */
  readonly device: string;
  /** Model assumption. */
  readonly openNs: number;
}

/**
 * Copies an image's segments to its carveout, and zeroes what is in no file (qcom_mdt_load_no_init).
 * Returns 0 or a negative error number, of which the log tells.
 */
export function* copySegments(
  world: World,
  log: KernelLog,
  file: { readonly name: string; readonly bytes: Uint8Array },
  region: RegionDescription,
  { subject, device, openNs }: SegmentOwner,
): Steps<number> {
  const loaded = loadSegments(file, region);
  const about = { agent: 'linux', subject, cause: null };
  for (const { index, pa, bytes, zeroFill } of loaded.segments) {
    yield* world.spend(openNs + bytes.length / 8);
    if (bytes.length > 0) world.write(about, 'segment', pa, bytes);
    world.memory.fill(pa + bytes.length, zeroFill, 0);
    world.recording.emit('firmware.segment_loaded', about, {
      name: file.name,
      segment: index,
      pa,
      size: bytes.length + zeroFill,
    });
  }
  if (loaded.ok) return 0;
  for (const line of loaded.logLines) log.print(`${device}: ${line}`, LEVEL.error);
  return loaded.errno;
}
