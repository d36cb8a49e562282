import { deserialize, serialize } from 'node:v8';
import type { SnapshotKeeper, SnapshotSource } from '../../src/replay/snapshot/snapshot.ts';

/** Parts of snapshots, kept in memory. */
export class PartsInMemory implements SnapshotKeeper, SnapshotSource {
  private readonly parts: Uint8Array[] = [];
  /** How often a part was fetched. */
  fetchCount = 0;

  get count(): number {
    return this.parts.length;
  }

  keep(part: Uint8Array): number {
    return this.parts.push(part.slice()) - 1;
  }

  pack(section: unknown): Uint8Array {
    return serialize(section);
  }

  part(number: number): Uint8Array {
    this.fetchCount++;
    const part = this.parts[number];
    if (part === undefined) throw new Error(`there is no part ${number}`);
    return part;
  }

  unpack(section: Uint8Array): unknown {
    return deserialize(section);
  }
}
