import { InvalidArgumentError, Option } from 'commander';
import { IMPORT_FORMATS } from '../app/import-logs.ts';

/** For an option that may be given several times: collects its values. */
export function oneMore(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/** An address, stream ID or other number that people write in hexadecimal; decimal is taken too. */
export function addressNumber(text: string): number {
  if (!/^(?:0x[0-9a-f]+|\d+)$/i.test(text)) {
    throw new InvalidArgumentError('expected a number such as 0x95900000.');
  }
  const value = Number(text);
  if (value > ADDRESS_MAX) {
    throw new InvalidArgumentError(
      'expected a number below 2^51: addresses of Arm SoCs have 48 bits, or 52 at most.',
    );
  }
  return value;
}

/** 51 bits, as in events. */
const ADDRESS_MAX = 2 ** 51 - 1;

/** A 64-bit word, exact. */
export function wordNumber(text: string): bigint {
  const value = /^(?:0x[0-9a-f]+|\d+)$/i.test(text) ? BigInt(text) : -1n;
  if (value < 0n || value >= 1n << 64n) throw new InvalidArgumentError('expected a number such as 0x1003.');
  return value;
}

/** Says what logs are, for every command that takes some. */
export function inputFormatOption(what: string): Option {
  return new Option('--input-format <format>', `format of ${what}, when it is not found out rightly`).choices(
    IMPORT_FORMATS,
  );
}
