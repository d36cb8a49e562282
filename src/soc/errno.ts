/** Linux error numbers that the boot path returns (include/uapi/asm-generic/errno-base.h, errno.h). */
const ERRNO_NAMES: Readonly<Record<number, string>> = {
  1: 'EPERM',
  2: 'ENOENT',
  5: 'EIO',
  6: 'ENXIO',
  7: 'E2BIG',
  11: 'EAGAIN',
  12: 'ENOMEM',
  14: 'EFAULT',
  16: 'EBUSY',
  17: 'EEXIST',
  19: 'ENODEV',
  22: 'EINVAL',
  28: 'ENOSPC',
  34: 'ERANGE',
  75: 'EOVERFLOW',
  95: 'EOPNOTSUPP',
  110: 'ETIMEDOUT',
  517: 'EPROBE_DEFER',
};

/** `EINVAL` for -22; undefined for a number that is no error, or that nobody named here. */
export function errnoName(errno: number): string | undefined {
  return errno < 0 ? ERRNO_NAMES[-errno] : undefined;
}

/**
 * `-22 EINVAL` for a negative error number we know, else the bare number.
 * A positive value is a result of the firmware that a driver passed on as if it were an error
 * (drivers/firmware/qcom/qcom_scm.c returns `ret ? : res.result[0]`), so it gets no name.
 */
export function renderErrno(errno: number): string {
  const name = errnoName(errno);
  return name === undefined ? String(errno) : `${errno} ${name}`;
}
