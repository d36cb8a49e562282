/** JSON with 64-bit words: always a hexadecimal string, since a JSON number could not hold each of them exactly. */
export function toJson(value: unknown, indent?: number): string {
  try {
    // Most of what is printed has no such word, and to ask for each entry takes several times as long.
    return JSON.stringify(value, undefined, indent);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, wordAsText, indent);
  }
}

function wordAsText(_key: string, entry: unknown): unknown {
  return typeof entry === 'bigint' ? `0x${entry.toString(16)}` : entry;
}

/** Longer lists are written entry by entry. */
const LONG_LIST = 256;

/**
 * The same with an indent, and a newline behind it, in pieces: entry by entry where a list is long, so that no text of all
 * of it has to be held. Only lists within plain objects, and within one another, are looked for.
 */
export function* jsonInPieces(value: unknown, indent: number): Generator<string> {
  yield* piecesOf(value, indent, '\n');
  yield '\n';
}

function* piecesOf(value: unknown, indent: number, newline: string): Generator<string> {
  if (!hasLongList(value)) {
    // What is no JSON is null in a list, and was left out of an object before.
    yield isJson(value) ? toJson(value, indent).replaceAll('\n', newline) : 'null';
    return;
  }
  const inner = newline + ' '.repeat(indent);
  if (Array.isArray(value)) {
    let separator = '[';
    for (const entry of value as readonly unknown[]) {
      yield separator + inner;
      yield* piecesOf(entry, indent, inner);
      separator = ',';
    }
    yield `${newline}]`;
    return;
  }
  let separator = '{';
  for (const [name, entry] of Object.entries(value)) {
    if (!isJson(entry)) continue;
    yield `${separator}${inner}${JSON.stringify(name)}: `;
    yield* piecesOf(entry, indent, inner);
    separator = ',';
  }
  yield `${newline}}`;
}

function isJson(value: unknown): boolean {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
}

function hasLongList(value: unknown): value is object {
  if (Array.isArray(value)) return value.length > LONG_LIST || value.some(hasLongList);
  return isPlain(value) && Object.values(value).some(hasLongList);
}

function isPlain(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !('toJSON' in value)
  );
}
