import type { BootEvent } from '../events/catalog.ts';
import type { BridgeLife } from './told-things.ts';

type BridgeEvent = Extract<BootEvent, { kind: 'shm_bridge.created' | 'shm_bridge.deleted' }>;

/** Which SHM bridges stood from when to when. */
export class BridgeLives {
  readonly all: BridgeLife[] = [];
  /** Those that stand, by handle. A handle that is given again while one stands is of both, the later first. */
  private readonly standing = new Map<bigint, BridgeLife[]>();

  apply(event: BridgeEvent): void {
    const { handle } = event.payload;
    const ofHandle = this.standing.get(handle);
    if (event.kind === 'shm_bridge.created') {
      const { pa, size } = event.payload;
      const bridge: BridgeLife = { handle, pa, size, seq: event.seq, ended: null };
      this.all.push(bridge);
      if (ofHandle === undefined) this.standing.set(handle, [bridge]);
      else ofHandle.push(bridge);
      return;
    }
    const bridge = ofHandle?.pop();
    if (bridge !== undefined) bridge.ended = event.seq;
    if (ofHandle?.length === 0) this.standing.delete(handle);
  }

  /** Bridges over a range that stand before an event. */
  over(pa: number, size: number, seq: number): BridgeLife[] {
    return this.all.filter(
      (bridge) =>
        bridge.seq < seq &&
        (bridge.ended === null || bridge.ended > seq) &&
        bridge.pa < pa + size &&
        pa < bridge.pa + bridge.size,
    );
  }
}
