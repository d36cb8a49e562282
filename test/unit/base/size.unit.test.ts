import { describe, expect, it } from 'vitest';
import { renderFileSize, renderSize } from '../../../src/base/size.ts';

describe('sizes', () => {
  it('of memory are hexadecimal, whatever they are divisible by', () => {
    expect([0, 16, 136, 4096, 1 << 19, 30 << 20, 2 ** 40].map(renderSize)).toEqual([
      '0x0',
      '0x10',
      '0x88',
      '0x1000',
      '0x80000',
      '0x1e00000',
      '0x10000000000',
    ]);
  });

  it('of files are bytes', () => {
    expect([0, 1, 1024, 434_176].map(renderFileSize)).toEqual([
      '0 bytes',
      '1 byte',
      '1024 bytes',
      '434176 bytes',
    ]);
  });
});
