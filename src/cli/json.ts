/** JSON with 64-bit words: always a hexadecimal string, since a JSON number could not hold each of them exactly. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_key, entry: unknown) => (typeof entry === 'bigint' ? `0x${entry.toString(16)}` : entry),
    indent,
  );
}
