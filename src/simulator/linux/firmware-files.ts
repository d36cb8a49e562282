import type { FirmwareDescription } from '../../soc/description.ts';
import { buildImage, type ImageDefect } from '../../soc/mbn-image.ts';
import type { World } from '../world.ts';

/** Where images are linked to: relocatable ones do not care. */
const LINK_ADDRESS = 0x4000_0000;

/** The firmware folder of the root file system: images that were really built, broken where a fault says so. */
export class FirmwareFiles {
  private readonly world: World;
  private readonly built = new Map<string, Uint8Array>();

  constructor(world: World) {
    this.world = world;
  }

  /** The file that a driver asks for on behalf of `subject`; undefined where it is missing. */
  find(
    firmware: FirmwareDescription,
    subject: string,
    part: 'main' | 'dtb' = 'main',
  ): Uint8Array | undefined {
    const { faults, plan } = this.world;
    if (part === 'main' && faults.hits('F-80', subject)) return undefined;
    const defect = this.defectOf(subject, part);
    const isRelocatable = part !== 'main' || !faults.hits('F-72', subject);
    const key = `${firmware.path} ${defect ?? ''} ${isRelocatable}`;
    let image = this.built.get(key);
    if (image === undefined) {
      image = buildImage({
        firmware,
        loadAddress: isRelocatable ? LINK_ADDRESS : this.carveoutOf(subject),
        soc: plan.soc.name,
        // The same file at each boot, whatever else varies.
        seed: 0,
        sha384: this.world.sha384,
        isRelocatable,
        defect,
      });
      this.built.set(key, image);
    }
    return image;
  }

  private defectOf(subject: string, part: 'main' | 'dtb'): ImageDefect | undefined {
    const { faults } = this.world;
    const attempt = faults.attemptOf(subject);
    if (part === 'dtb') {
      const isRefused = faults.hits('F-77', subject) || (attempt >= 2 && faults.hits('F-113', subject));
      return isRefused ? 'wrong-segment-hash' : undefined;
    }
    if (faults.hits('F-70', subject)) return 'signed-for-another-soc';
    if (faults.hits('F-73', subject)) return 'segment-outside-region';
    if (faults.hits('F-81', subject)) return 'no-hash-segment';
    if (faults.hits('F-74', subject) || faults.hitsEarly('F-78', subject, 1)) return 'wrong-segment-hash';
    // A recovery is a start of its own, so "the second time" needs no state here.
    if (attempt >= 2 && faults.hits('F-107', subject)) return 'signed-for-another-soc';
    return undefined;
  }

  private carveoutOf(subject: string): number {
    const { soc } = this.world.plan;
    const name = soc.remoteprocs.find((processor) => processor.name === subject)?.carveout;
    return soc.reservedMemory.find((region) => region.name === name)?.pa ?? LINK_ADDRESS;
  }
}
