import type { SocDescription } from '../soc/description.ts';
import { remoteProcessorOfRegion } from '../soc/remote-processor.ts';
import type { Region } from './told-things.ts';

/** Reserved regions of a boot. */
export class RegionList {
  /** The log goes back to the entry of the kernel, which lists all of them after that. */
  isWhole = false;
  private readonly told: Region[] = [];
  private known: { readonly count: number; readonly soc: SocDescription; readonly all: Region[] } | undefined;

  tell(region: Region): void {
    this.told.push(region);
  }

  /** As events tell them; of a log that begins among them or later, the others as the device tree of its SoC has them. */
  all(soc: SocDescription | undefined): readonly Region[] {
    if (soc === undefined || (this.isWhole && this.told.length > 0)) return this.told;
    if (this.known?.count !== this.told.length || this.known.soc !== soc)
      this.known = { count: this.told.length, soc, all: [...this.told, ...this.untold(soc)] };
    return this.known.all;
  }

  at(address: number, soc: SocDescription | undefined): Region | undefined {
    return this.all(soc).find(({ pa, size }) => pa <= address && address < pa + size);
  }

  /** The processor that a region is the carveout of, its main or its dtb one. */
  ownerOf({ name }: Region, soc: SocDescription | undefined): string | undefined {
    const described = soc?.remoteprocs.find(
      ({ carveout, dtbCarveout }) => carveout === name || dtbCarveout === name,
    );
    return described?.name ?? remoteProcessorOfRegion(name);
  }

  /**
   * The carveout of a processor by the names of regions. Firmware of the boot loader has regions of the same processor
   * (`adsp-boot@86b00000`), which are smaller.
   */
  carveoutByName(processor: string, part: 'main' | 'dtb'): Region | undefined {
    const ofProcessor = this.told.filter(
      ({ name }) =>
        remoteProcessorOfRegion(name) === processor &&
        !name.includes('boot') &&
        name.includes('dtb') === (part === 'dtb'),
    );
    return ofProcessor.toSorted((a, b) => b.size - a.size)[0];
  }

  private untold(soc: SocDescription): Region[] {
    return soc.reservedMemory
      .filter(
        ({ name, pa, size }) =>
          !this.told.some(
            (region) => region.name === name || (region.pa < pa + size && pa < region.pa + region.size),
          ),
      )
      .map(({ name, pa, size }) => ({ name, pa, size, seq: null }));
  }
}
