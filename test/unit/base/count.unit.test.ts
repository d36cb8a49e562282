import { expect, it } from 'vitest';
import { counted } from '../../../src/base/count.ts';

it('says one thing in the singular, and any other number in the plural', () => {
  expect([0, 1, 2].map((count) => counted(count, 'boot'))).toEqual(['0 boots', '1 boot', '2 boots']);
  expect([1, 2].map((count) => counted(count, 'entry', 'entries'))).toEqual(['1 entry', '2 entries']);
});
