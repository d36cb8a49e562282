import { describe, expect, it } from 'vitest';
import { BridgeLives } from '../../../src/diagnosis/bridge-lives.ts';

describe('bridges', () => {
  const lives = () => {
    const bridges = new BridgeLives();
    const told = (kind: 'shm_bridge.created' | 'shm_bridge.deleted', seq: number, handle: bigint) =>
      bridges.apply({ kind, seq, payload: { handle, pa: 0x1000 * seq, size: 0x1000 } } as never);
    told('shm_bridge.created', 1, 7n);
    told('shm_bridge.created', 2, 8n);
    told('shm_bridge.created', 3, 7n);
    told('shm_bridge.deleted', 4, 7n);
    told('shm_bridge.deleted', 5, 9n);
    told('shm_bridge.deleted', 6, 7n);
    told('shm_bridge.deleted', 7, 7n);
    return bridges;
  };

  it('end by handle, the latest that stands first', () => {
    expect(lives().all.map(({ seq, ended }) => [seq, ended])).toEqual([
      [1, 6],
      [2, null],
      [3, 4],
    ]);
  });

  it('stand over a range from the event that made them until the one that ends them', () => {
    const over = (seq: number) =>
      lives()
        .over(0x1000, 0x3000, seq)
        .map((bridge) => bridge.seq);
    expect([1, 2, 5, 7].map(over)).toEqual([[], [1], [1, 2], [2]]);
  });
});
