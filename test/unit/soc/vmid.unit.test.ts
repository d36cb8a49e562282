import { expect, it } from 'vitest';
import { renderVmids } from '../../../src/soc/vmid.ts';

it('names the VMs that have a name, and leaves numbers to the others', () => {
  expect(renderVmids('0x3')).toBe('0x3 HLOS');
  expect(renderVmids('0x16 0x25 0x3f')).toBe('0x16 LPASS, 0x25 ADSP_HEAP, 0x3f');
  expect(renderVmids('?')).toBe('?');
});
