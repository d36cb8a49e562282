/** A broken assumption of our own: never the user's fault, never caught except where the process ends. */
export class BugError extends Error {
  override readonly name = 'BugError';
}

/** Throws a {@link BugError} when `condition` does not hold. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new BugError(message);
}

/** Returns `value`, or throws a {@link BugError} when it is absent. */
export function present<T>(value: T | undefined | null, message: string): T {
  if (value === undefined || value === null) throw new BugError(message);
  return value;
}
