import { hex } from '../base/word.ts';
import type { PasClientDescription, RemoteprocDescription, StreamDescription } from '../soc/description.ts';
import type { World } from './world.ts';

/** A device behind the SMMU that is no remote processor. */
export interface OtherDevice {
  readonly device: string;
  readonly streams: readonly StreamDescription[];
  /** Comes before the remote processors on the bus. */
  readonly isFirst: boolean;
}

/** The device tree that Linux gets: the SoC's own, with the EL2 overlay where the boot has it. */
export class DeviceTree {
  readonly remoteprocs: readonly RemoteprocDescription[];
  readonly clients: readonly PasClientDescription[];
  /** `model` of the root node. */
  readonly model: string;
  readonly hasOverlay: boolean;
  /** Further devices behind the SMMU, where a fault is about them: the others are none of the model's business. */
  readonly others: OtherDevice[] = [];
  private readonly streams = new Map<string, StreamDescription>();

  constructor(world: World) {
    const { soc, mode, parts, processors } = world.plan;
    this.remoteprocs = soc.remoteprocs.filter(({ name }) => processors === null || processors.includes(name));
    const overlay = mode.hasOverlay && parts.has('el2-overlay') ? soc.el2Overlay : null;
    this.clients = soc.clients.filter(
      ({ name, driver }) =>
        overlay === null ||
        !overlay.disables.includes(name) ||
        world.faults.hits(driver === 'zap' ? 'F-84' : 'F-83'),
    );
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
      if (iommus === undefined || !parts.has('iommus-binding')) continue;
      if (faults.hits('F-05', name) || faults.hits('F-64', name)) continue;
      const stream = this.streamOf(world, name, iommus);
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

  /** `iommus` as the device tree has it, right or wrong. */
  private streamOf(world: World, name: string, iommus: StreamDescription): StreamDescription {
    const { faults, plan } = world;
    const [client] = plan.soc.clients;
    const [taken] = client?.streams ?? [];
    if (client !== undefined && taken !== undefined && faults.hits('F-32', name)) {
      // Each of the two nodes has what belongs to the other.
      const [, device = client.name] = client.device.split(' ');
      this.others.push({ device, streams: [iommus], isFirst: true });
      return taken;
    }
    if (faults.hits('F-31', name)) return { ...iommus, streamId: iommus.streamId ^ 0x7 };
    const processor = plan.soc.remoteprocs.find((candidate) => candidate.name === name);
    const compute = processor?.computeStreams[0];
    if (processor === undefined || compute === undefined) return iommus;
    const bank = { device: `${processor.unitAddress}.remoteproc:glink-edge:fastrpc:compute-cb@1` };
    const mask = iommus.mask | (iommus.streamId ^ compute.streamId);
    if (faults.hits('F-33', name)) {
      // The bank ignores a bit that the node's mask compares: neither contains the other.
      const bit = mask & 0x800 ? 0x4000 : 0x800;
      this.others.push({ ...bank, streams: [{ ...compute, mask: compute.mask | bit }], isFirst: true });
      return { ...iommus, mask };
    }
    if (faults.hits('F-34', name)) {
      const covering = mask | compute.mask;
      this.others.push({ ...bank, streams: [compute], isFirst: false });
      return { ...iommus, mask: covering };
    }
    return iommus;
  }
}
