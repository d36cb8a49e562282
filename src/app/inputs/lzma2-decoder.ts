/** Probabilities begin in the middle. Source: LZMA specification (Igor Pavlov), "Range Decoder". */
const HALF = 1024;
const TOP = 2 ** 24;

const STATES = 12;
const POSITION_STATES = 16;
const LENGTH_STATES = 4;
const END_POSITION = 14;
const SHORTEST_MATCH = 2;
/** What is unpacked at once before it is given away. */
const PIECE_BYTES = 64 * 1024;
/** A dictionary larger than any `xz` preset asks for is taken for damage. */
const LARGEST_DICTIONARY = 2 ** 28;

function probabilities(count: number): Uint16Array {
  return new Uint16Array(count).fill(HALF);
}

/** The two ways in which lengths are coded: for matches, and for repetitions of an earlier distance. */
class LengthModel {
  readonly choice = probabilities(2);
  readonly low = probabilities(POSITION_STATES << 3);
  readonly middle = probabilities(POSITION_STATES << 3);
  readonly high = probabilities(256);
}

/** Everything that is learnt while decoding; LZMA2 begins it anew where a chunk says so. */
class Model {
  readonly isMatch = probabilities(STATES * POSITION_STATES);
  readonly isRepeat = probabilities(STATES);
  readonly isRepeat0 = probabilities(STATES);
  readonly isRepeat1 = probabilities(STATES);
  readonly isRepeat2 = probabilities(STATES);
  readonly isRepeat0Long = probabilities(STATES * POSITION_STATES);
  readonly slot = probabilities(LENGTH_STATES * 64);
  readonly special = probabilities(115);
  readonly align = probabilities(16);
  readonly matchLength = new LengthModel();
  readonly repeatLength = new LengthModel();
  readonly literal: Uint16Array;

  constructor(literalBits: number) {
    this.literal = probabilities(0x300 << literalBits);
  }
}

/**
 * Decodes the chunks of LZMA2. The result goes through a window as large as the dictionary, in pieces.
 * Source: LZMA specification (Igor Pavlov, 2015).
 */
export class Lzma2Decoder {
  private readonly give: (bytes: Uint8Array) => void;
  private readonly window: Uint8Array;
  private position = 0;
  private given = 0;
  private filled = 0;
  /** Bytes decoded since the dictionary began: their low bits choose probabilities. */
  private total = 0;

  private model = new Model(0);
  private literalContextBits = 0;
  private literalPositionMask = 0;
  private positionMask = 0;
  private state = 0;
  private rep0 = 0;
  private rep1 = 0;
  private rep2 = 0;
  private rep3 = 0;

  private input: Uint8Array = new Uint8Array(0);
  private at = 0;
  private range = 0;
  private code = 0;

  constructor(dictionaryBytes: number, give: (bytes: Uint8Array) => void) {
    if (dictionaryBytes > LARGEST_DICTIONARY) throw new Error('a dictionary of more than 256 MiB');
    this.window = new Uint8Array(Math.max(dictionaryBytes, 4096));
    this.give = give;
  }

  resetDictionary(): void {
    this.filled = 0;
    this.total = 0;
  }

  /** `lc`, `lp` and `pb` in one byte; the state begins anew. */
  setProperties(byte: number): void {
    if (byte > 224) throw new Error('damaged LZMA2 properties');
    const positionBits = Math.floor(byte / 45);
    const rest = byte % 45;
    const literalPositionBits = Math.floor(rest / 9);
    this.literalContextBits = rest % 9;
    if (this.literalContextBits + literalPositionBits > 4) throw new Error('damaged LZMA2 properties');
    this.literalPositionMask = (1 << literalPositionBits) - 1;
    this.positionMask = (1 << positionBits) - 1;
    this.model = new Model(this.literalContextBits + literalPositionBits);
    this.resetRegisters();
  }

  resetState(): void {
    this.model = new Model(Math.log2(this.model.literal.length / 0x300));
    this.resetRegisters();
  }

  private resetRegisters(): void {
    this.state = this.rep0 = this.rep1 = this.rep2 = this.rep3 = 0;
  }

  /** A chunk that is stored as it is. */
  copy(bytes: Uint8Array): void {
    for (const byte of bytes) this.put(byte);
    this.total += bytes.length;
  }

  /** A chunk that is compressed; of one that is cut off, as much as there is. */
  decode(packed: Uint8Array, unpackedBytes: number, isCut = false): void {
    this.input = packed;
    this.at = 5;
    this.range = 0xffffffff;
    this.code = 0;
    for (let i = 1; i < 5; i++) this.code = ((this.code << 8) | (packed[i] ?? 0)) >>> 0;
    for (let left = unpackedBytes; left > 0 && !(isCut && this.at >= packed.length); ) {
      left -= this.symbol(left);
    }
    if (this.at > packed.length && !isCut) throw new Error('damaged LZMA2 chunk');
  }

  /** Gives away what is unpacked and not given yet. */
  flush(): void {
    if (this.position > this.given) this.give(this.window.subarray(this.given, this.position));
    if (this.position === this.window.length) this.position = 0;
    this.given = this.position;
  }

  private put(byte: number): void {
    this.window[this.position++] = byte;
    if (this.filled < this.window.length) this.filled++;
    if (this.position === this.window.length || this.position - this.given >= PIECE_BYTES) this.flush();
  }

  private byteAt(distance: number): number {
    const at = this.position - distance - 1;
    return this.window[at < 0 ? at + this.window.length : at] as number;
  }

  /** Decodes a literal or a match of at most `left` bytes; returns how many bytes came of it. */
  private symbol(left: number): number {
    const { model, state } = this;
    const positionState = this.total & this.positionMask;
    if (this.bit(model.isMatch, state * POSITION_STATES + positionState) === 0) {
      this.putLiteral();
      return 1;
    }
    let length: number;
    if (this.bit(model.isRepeat, state) === 0) {
      this.rep3 = this.rep2;
      this.rep2 = this.rep1;
      this.rep1 = this.rep0;
      length = this.length(model.matchLength, positionState);
      this.state = state < 7 ? 7 : 10;
      this.rep0 = this.distance(length);
    } else {
      if (this.repeatIsShort(positionState)) {
        this.state = state < 7 ? 9 : 11;
        this.checkDistance();
        this.put(this.byteAt(this.rep0));
        this.total++;
        return 1;
      }
      length = this.length(model.repeatLength, positionState);
      this.state = state < 7 ? 8 : 11;
    }
    this.checkDistance();
    if (length > left) throw new Error('damaged LZMA2 chunk');
    for (let i = 0; i < length; i++) this.put(this.byteAt(this.rep0));
    this.total += length;
    return length;
  }

  private checkDistance(): void {
    if (this.rep0 >= this.filled) throw new Error('damaged LZMA2 chunk');
  }

  private putLiteral(): void {
    const { model, literalContextBits } = this;
    const previous = this.filled > 0 ? this.byteAt(0) : 0;
    const context =
      ((this.total & this.literalPositionMask) << literalContextBits) +
      (previous >> (8 - literalContextBits));
    const base = 0x300 * context;
    let symbol = 1;
    if (this.state >= 7) {
      let match = this.byteAt(this.rep0);
      while (symbol < 0x100) {
        const matchBit = (match >> 7) & 1;
        match <<= 1;
        const bit = this.bit(model.literal, base + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (matchBit !== bit) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.bit(model.literal, base + symbol);
    this.put(symbol & 0xff);
    this.total++;
    this.state = this.state < 4 ? 0 : this.state < 10 ? this.state - 3 : this.state - 6;
  }

  /** Chooses which of the last distances is repeated; true for a single byte at the last one. */
  private repeatIsShort(positionState: number): boolean {
    const { model, state } = this;
    if (this.bit(model.isRepeat0, state) === 0) {
      return this.bit(model.isRepeat0Long, state * POSITION_STATES + positionState) === 0;
    }
    let distance: number;
    if (this.bit(model.isRepeat1, state) === 0) distance = this.rep1;
    else {
      if (this.bit(model.isRepeat2, state) === 0) distance = this.rep2;
      else {
        distance = this.rep3;
        this.rep3 = this.rep2;
      }
      this.rep2 = this.rep1;
    }
    this.rep1 = this.rep0;
    this.rep0 = distance;
    return false;
  }

  private length(model: LengthModel, positionState: number): number {
    if (this.bit(model.choice, 0) === 0) {
      return SHORTEST_MATCH + this.tree(model.low, positionState << 3, 3);
    }
    if (this.bit(model.choice, 1) === 0) {
      return SHORTEST_MATCH + 8 + this.tree(model.middle, positionState << 3, 3);
    }
    return SHORTEST_MATCH + 16 + this.tree(model.high, 0, 8);
  }

  private distance(length: number): number {
    const lengthState = Math.min(length - SHORTEST_MATCH, LENGTH_STATES - 1);
    const slot = this.tree(this.model.slot, lengthState << 6, 6);
    if (slot < 4) return slot;
    const directBits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** directBits;
    if (slot < END_POSITION) return base + this.reverse(this.model.special, base - slot, directBits);
    return base + this.direct(directBits - 4) * 16 + this.reverse(this.model.align, 0, 4);
  }

  private tree(model: Uint16Array, base: number, bits: number): number {
    let node = 1;
    for (let i = 0; i < bits; i++) node = (node << 1) | this.bit(model, base + node);
    return node - (1 << bits);
  }

  private reverse(model: Uint16Array, base: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.bit(model, base + node);
      node = (node << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  private direct(bits: number): number {
    let value = 0;
    for (let i = 0; i < bits; i++) {
      this.range >>>= 1;
      const isOne = this.code >= this.range;
      if (isOne) this.code -= this.range;
      this.normalise();
      value = value * 2 + (isOne ? 1 : 0);
    }
    return value;
  }

  private bit(model: Uint16Array, index: number): number {
    const probability = model[index] as number;
    const bound = (this.range >>> 11) * probability;
    let bit: number;
    if (this.code < bound) {
      this.range = bound;
      model[index] = probability + ((2048 - probability) >> 5);
      bit = 0;
    } else {
      this.range -= bound;
      this.code -= bound;
      model[index] = probability - (probability >> 5);
      bit = 1;
    }
    this.normalise();
    return bit;
  }

  private normalise(): void {
    if (this.range >= TOP) return;
    this.range = (this.range << 8) >>> 0;
    this.code = ((this.code << 8) | (this.input[this.at++] ?? 0)) >>> 0;
  }
}
