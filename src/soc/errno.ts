/** Linux error numbers that drivers return (include/uapi/asm-generic/errno-base.h, errno.h, include/linux/errno.h). */
const ERRNO_NAMES: Readonly<Record<number, string>> = {
  1: 'EPERM',
  2: 'ENOENT',
  3: 'ESRCH',
  4: 'EINTR',
  5: 'EIO',
  6: 'ENXIO',
  7: 'E2BIG',
  11: 'EAGAIN',
  12: 'ENOMEM',
  13: 'EACCES',
  14: 'EFAULT',
  16: 'EBUSY',
  17: 'EEXIST',
  19: 'ENODEV',
  20: 'ENOTDIR',
  21: 'EISDIR',
  22: 'EINVAL',
  28: 'ENOSPC',
  33: 'EDOM',
  34: 'ERANGE',
  38: 'ENOSYS',
  61: 'ENODATA',
  62: 'ETIME',
  71: 'EPROTO',
  74: 'EBADMSG',
  75: 'EOVERFLOW',
  90: 'EMSGSIZE',
  95: 'EOPNOTSUPP',
  103: 'ECONNABORTED',
  104: 'ECONNRESET',
  107: 'ENOTCONN',
  108: 'ESHUTDOWN',
  110: 'ETIMEDOUT',
  111: 'ECONNREFUSED',
  114: 'EALREADY',
  115: 'EINPROGRESS',
  116: 'ESTALE',
  121: 'EREMOTEIO',
  125: 'ECANCELED',
  517: 'EPROBE_DEFER',
  524: 'ENOTSUPP',
};

/** `EINVAL` for -22; undefined for a number that is no error, or that nobody named here. */
export function errnoName(errno: number): string | undefined {
  return errno < 0 ? ERRNO_NAMES[-errno] : undefined;
}

const NUMBERS: ReadonlyMap<string, number> = new Map(
  Object.entries(ERRNO_NAMES).map(([number, name]) => [name, Number(number)]),
);

/** -22 for `EINVAL` or `-EINVAL`, as dev_err_probe prints it; undefined for a name that is not listed here. */
export function errnoOf(name: string): number | undefined {
  const number = NUMBERS.get(name.replace(/^-/, ''));
  return number === undefined ? undefined : -number;
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
