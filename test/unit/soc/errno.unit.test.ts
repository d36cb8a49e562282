import { describe, expect, it } from 'vitest';
import { errnoName, errnoOf } from '../../../src/soc/errno.ts';

describe('error numbers', () => {
  it('are found by the name that dev_err_probe prints, and back', () => {
    expect(errnoOf('-EINVAL')).toBe(-22);
    expect(errnoOf('EPROBE_DEFER')).toBe(-517);
    expect(errnoOf('-EWHATEVER')).toBeUndefined();
    expect(errnoName(-110)).toBe('ETIMEDOUT');
  });
});
