import { expect, it } from 'vitest';
import { closestNames } from '../../../src/base/closest.ts';

it('puts the likest names first', () => {
  const names = ['scm', 'cdsp', 'adsp', '30000000.remoteproc', 'gpdsp0'];
  expect(closestNames('asdp', names, 2)).toEqual(['adsp', 'cdsp']);
  expect(closestNames('remoteproc', names, 1)).toEqual(['30000000.remoteproc']);
  expect(closestNames('ADSP', names, 1)).toEqual(['adsp']);
  expect(closestNames('x', [], 3)).toEqual([]);
});
