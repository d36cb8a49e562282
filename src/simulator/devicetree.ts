import { hex } from '../base/word.ts';
import type { PasClientDescription, RemoteprocDescription, StreamDescription } from '../soc/description.ts';
import type { World } from './world.ts';

/** The device tree that Linux gets: the SoC's own, with the EL2 overlay where the boot has it. */
export class DeviceTree {
  readonly remoteprocs: readonly RemoteprocDescription[];
  readonly clients: readonly PasClientDescription[];
  /** `model` of the root node. */
  readonly model: string;
  readonly hasOverlay: boolean;
  private readonly streams = new Map<string, StreamDescription>();

  constructor(world: World) {
    const { soc, mode, parts, processors } = world.plan;
    this.remoteprocs = soc.remoteprocs.filter(({ name }) => processors === null || processors.includes(name));
    const overlay = mode.hasOverlay && parts.has('el2-overlay') ? soc.el2Overlay : null;
    this.clients = soc.clients.filter(({ name }) => overlay === null || !overlay.disables.includes(name));
    this.hasOverlay = overlay !== null;
    this.model = overlay?.model ?? soc.board.model;
    if (overlay === null) return;
    const { recording, faults } = world;
    const applied = recording.emit(
      'devicetree.overlay_applied',
      { agent: 'bootloader' },
      { overlay: overlay.name },
    );
    for (const { name } of this.remoteprocs) {
      const iommus = overlay.iommus[name];
      if (iommus === undefined || !parts.has('iommus-binding') || faults.hits('F-05', name)) continue;
      const stream = faults.hits('F-31', name)
        ? { ...iommus, streamId: iommus.streamId ^ 0x7 }
        : this.maskOf(world, name, iommus);
      this.streams.set(name, stream);
      recording.emit(
        'devicetree.property_set',
        { agent: 'bootloader', subject: name, cause: applied },
        { node: name, property: 'iommus', value: `<&smmu ${hex(stream.streamId)} ${hex(stream.mask)}>` },
      );
    }
  }

  /** `iommus` of a remote processor's node: with it, Linux does everything itself. */
  iommusOf(processor: string): StreamDescription | undefined {
    return this.streams.get(processor);
  }

  private maskOf(world: World, name: string, iommus: StreamDescription): StreamDescription {
    const compute = world.plan.soc.remoteprocs.find((processor) => processor.name === name)
      ?.computeStreams[0];
    if (compute === undefined) return iommus;
    // One more bit ignored than needed: the entry overlaps the compute stream without containing it.
    if (world.faults.hits('F-33', name))
      return { ...iommus, mask: iommus.mask | (iommus.streamId ^ compute.streamId) };
    return iommus;
  }
}
