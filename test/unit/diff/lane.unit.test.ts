import { describe, expect, it } from 'vitest';
import { isBackground, laneOf } from '../../../src/diff/lane.ts';
import type { NewEvent } from '../../../src/events/catalog.ts';
import { buildEvent, numbered } from '../../support/build-event.ts';

const failed = (subject: string, step: string) =>
  buildEvent('device.failed', { device: subject, driver: null, step, errno: -22, detail: null }, { subject });
const noted = (subject: string, note: string) =>
  buildEvent('device.noted', { device: subject, driver: null, note, detail: null }, { subject });
const probed = (errno: number) =>
  buildEvent(
    'device.probed',
    { device: '1234.x', driver: null, errno, duration_us: null },
    { subject: '1234.x' },
  );

const lane = (event: NewEvent) => laneOf(numbered([event])[0] ?? expect.unreachable());

describe('what drivers say', () => {
  it('stands with the processor that it is about, or with all devices', () => {
    expect(lane(failed('adsp', 'other'))).toBe('adsp');
    expect(lane(failed('scm', 'assign-memory'))).toBe('scm');
    expect(lane(failed('15000000.iommu', 'tlb-sync'))).toBe('devices');
    expect(lane(probed(-22))).toBe('devices');
  });

  it('is in the background where it says nothing of the boot of a processor', () => {
    for (const event of [
      failed('1234.x', 'other'),
      noted('1234.x', 'sync-state-pending'),
      noted('adsp', 'firmware-searched'),
      probed(0),
      probed(-517),
    ])
      expect(isBackground(lane(event) ?? '')).toBe(true);
    expect(lane(noted('scm', 'shm-bridge-unsupported'))).toBe('scm');
  });
});

describe('what the kernel says of itself', () => {
  it('has a lane of its own', () => {
    expect(lane(buildEvent('kernel.panicked', { reason: 'Oops' }))).toBe('kernel');
  });
});
