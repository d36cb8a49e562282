/**
 * What is wrong with something the user gave us: a file, a line, an option.
 * Printed as one line, without a stack trace; the process then exits with 2.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
  /** File that the problem is in, when it is in one. */
  readonly file: string | undefined;
  /** Line in that file, counted from 1. */
  readonly line: number | undefined;

  constructor(message: string, where: { file?: string | undefined; line?: number | undefined } = {}) {
    super(message);
    this.file = where.file;
    this.line = where.line;
  }

  /** `file:line: message`, with the parts that are known. */
  oneLine(): string {
    const place = [this.file, this.line].filter((part) => part !== undefined).join(':');
    return place === '' ? this.message : `${place}: ${this.message}`;
  }
}

/** Another process changed what this one was about to extend; nothing was written. */
export class ConflictError extends InputError {}

/** A file that cannot be read because a part of it was changed or lost. */
export class DamageError extends InputError {}
