type Path = readonly PropertyKey[];

/** Strings, numbers and words of JSON (RFC 8259), as far as it takes to find where they end. */
const SCALAR = /"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const SPACE = /[ \t\r\n]*/y;

/** Where the values of a JSON text stand, and where it stops being JSON: a parser tells neither by line. */
export class JsonPlaces {
  /** Offset of the first character that no JSON text has there; null for JSON. */
  readonly error: number | null;
  private readonly text: string;
  private readonly offsets = new Map<string, number>();
  private at = 0;

  constructor(text: string) {
    this.text = text;
    const isWhole = this.value([]) && this.isAtEnd();
    this.error = isWhole ? null : this.at;
  }

  /** Line of the value at a path, from 1; of what it is in, where it is not there. */
  lineOf(path: Path): number {
    for (let length = path.length; length > 0; length--) {
      const offset = this.offsets.get(keyOf(path.slice(0, length)));
      if (offset !== undefined) return this.lineAt(offset);
    }
    return this.lineAt(this.offsets.get(keyOf([])) ?? 0);
  }

  lineAt(offset: number): number {
    return this.text.slice(0, offset).split('\n').length;
  }

  /** Whether a value stands here; the position moves behind it, or stays at what is wrong. */
  private value(path: Path): boolean {
    this.take(SPACE);
    this.offsets.set(keyOf(path), this.at);
    if (this.takeSign('{')) return this.members('}', () => this.member(path));
    let index = 0;
    if (this.takeSign('[')) return this.members(']', () => this.value([...path, index++]));
    return this.take(SCALAR) !== undefined;
  }

  private members(end: string, member: () => boolean): boolean {
    this.take(SPACE);
    if (this.takeSign(end)) return true;
    do {
      if (!member()) return false;
      this.take(SPACE);
    } while (this.takeSign(','));
    return this.takeSign(end);
  }

  private member(path: Path): boolean {
    this.take(SPACE);
    const start = this.at;
    const name = this.text[start] === '"' ? this.take(SCALAR) : undefined;
    if (name === undefined) return false;
    this.take(SPACE);
    return this.takeSign(':') && this.value([...path, name.slice(1, -1)]);
  }

  private isAtEnd(): boolean {
    this.take(SPACE);
    return this.at === this.text.length;
  }

  private takeSign(sign: string): boolean {
    if (this.text[this.at] !== sign) return false;
    this.at++;
    return true;
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }
}

function keyOf(path: Path): string {
  return JSON.stringify(path.map(String));
}
