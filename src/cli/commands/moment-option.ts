import { Option } from 'commander';

/** `--at`, alike in all commands that have it. */
export function momentOption(): Option {
  return new Option(
    '--at <moment>',
    'after this event: a seq, -N from the end, a time in seconds (2.86 or 2s), or a name such as adsp:authenticated; the end when left out',
  );
}
