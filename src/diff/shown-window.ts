import type { LaneItems } from './lane-items.ts';

/** What one source tells of a lane of a model and of the same lane of a boot, each by index, in order. */
export interface ToldBySource {
  readonly model: readonly number[];
  readonly boot: readonly number[];
  /** It begins later than what it could tell of the model; it may end earlier in any case. */
  readonly isLate: boolean;
}

/** A step of a model and one of a boot that are taken for the same, by index. */
export interface AnchorPair {
  readonly x: number;
  readonly y: number;
}

export interface ShownWindow {
  /** Steps of the model that the source would tell, and that lie outside of what it shows. */
  readonly outside: readonly number[];
  readonly pairs: readonly AnchorPair[];
}

/** Comparisons that are worth the time: of a lane of 3000 steps with one of 3000. */
const MOST_CELLS = 9_000_000;

// What a boot does is a step of the model wherever it can be: so one too many is dearer than one too few, and one that
// ended otherwise is still that step.
const MISSING = 80;
const UNEXPECTED = 200;
const CHANGED = 20;
/** Of two steps alike the one that stands elsewhere among what other sources tell. */
const ELSEWHERE = 30;
/** A step that names nobody may be another's, and stand in its lane. */
const NAMELESS = 0;

/** A source shows nothing yet, what happens, or nothing any more. */
const BEFORE = 0;
const WITHIN = 1;
const PHASES = 3;

const SKIP = 1;
const EXTRA = 2;
const PAIR = 3;
const NEXT_PHASE = 4;

/**
 * What a source shows of a boot has one begin and one end: of the steps of a model that it would tell it shows those between
 * the two, and none outside. Of all such windows this finds the one in which the boot has least too few and too many, the
 * earliest where several are as good: of two starts alike, what stands around them tells which is meant, in the source and
 * in others, whose steps in common are handed in. Undefined where lanes are too long for that.
 */
export function findWindow(
  model: LaneItems,
  boot: LaneItems,
  told: ToldBySource,
  others: readonly AnchorPair[],
  isNameless: (items: LaneItems, index: number) => boolean,
): ShownWindow | undefined {
  if ((told.model.length + 1) * (told.boot.length + 1) > MOST_CELLS) return undefined;
  const search = new WindowSearch(model, boot, told, others, isNameless);
  for (let row = 0; row <= told.model.length; row++) search.fillRow(row);
  return search.window();
}

/**
 * The cheapest way to explain the first steps of the boot by the first ones of the model, for each number of both and each
 * phase of the source. Of the costs only two rows are kept, of the choices all.
 */
class WindowSearch {
  private readonly model: LaneItems;
  private readonly boot: LaneItems;
  private readonly told: ToldBySource;
  private readonly choices: Uint8Array;
  private previous: Float64Array;
  private current: Float64Array;
  private readonly skipCosts: Uint8Array;
  private readonly extraCosts: Uint8Array;
  /** How many steps that both have by other sources stand before a step. */
  private readonly placesInModel: Uint32Array;
  private readonly placesInBoot: Uint32Array;

  constructor(
    model: LaneItems,
    boot: LaneItems,
    told: ToldBySource,
    others: readonly AnchorPair[],
    isNameless: (items: LaneItems, index: number) => boolean,
  ) {
    this.model = model;
    this.boot = boot;
    this.told = told;
    const width = (told.boot.length + 1) * PHASES;
    this.choices = new Uint8Array((told.model.length + 1) * width);
    this.previous = new Float64Array(width);
    this.current = new Float64Array(width);
    this.skipCosts = Uint8Array.from(told.model, (x) => (isNameless(model, x) ? NAMELESS : MISSING));
    this.extraCosts = Uint8Array.from(told.boot, (y) => (isNameless(boot, y) ? NAMELESS : UNEXPECTED));
    this.placesInModel = placesAmong(
      told.model,
      others.map(({ x }) => x),
    );
    this.placesInBoot = placesAmong(
      told.boot,
      others.map(({ y }) => y),
    );
  }

  fillRow(row: number): void {
    [this.previous, this.current] = [this.current, this.previous];
    const { previous, current, choices, skipCosts, extraCosts, told } = this;
    const width = (told.boot.length + 1) * PHASES;
    const start = told.isLate ? BEFORE : WITHIN;
    for (let column = 0; column <= told.boot.length; column++) {
      const pairCost =
        row > 0 && column > 0 ? this.costOfPair(row - 1, column - 1) : Number.POSITIVE_INFINITY;
      for (let phase = 0; phase < PHASES; phase++) {
        const at = column * PHASES + phase;
        let cost = row === 0 && column === 0 && phase === start ? 0 : Number.POSITIVE_INFINITY;
        let choice = 0;
        // Where either may be the one too many, the later is: a boot does what the model does until it parts from it.
        if (column > 0) {
          const added = (current[at - PHASES] as number) + (extraCosts[column - 1] as number);
          if (added < cost) [cost, choice] = [added, EXTRA];
        }
        if (row > 0) {
          const skipped = (previous[at] as number) + (phase === WITHIN ? (skipCosts[row - 1] as number) : 0);
          if (skipped < cost) [cost, choice] = [skipped, SKIP];
        }
        if (phase === WITHIN && pairCost < Number.POSITIVE_INFINITY) {
          const paired = (previous[at - PHASES] as number) + pairCost;
          if (paired < cost) [cost, choice] = [paired, PAIR];
        }
        if (phase > BEFORE && (current[at - 1] as number) < cost)
          [cost, choice] = [current[at - 1] as number, NEXT_PHASE];
        current[at] = cost;
        choices[row * width + at] = choice;
      }
    }
  }

  /** Goes back from the end along what was cheapest. */
  window(): ShownWindow {
    const { choices, told } = this;
    const width = (told.boot.length + 1) * PHASES;
    const outside: number[] = [];
    const pairs: AnchorPair[] = [];
    let row = told.model.length;
    let column = told.boot.length;
    let phase = PHASES - 1;
    while (row > 0 || column > 0) {
      const choice = choices[row * width + column * PHASES + phase];
      if (choice === NEXT_PHASE) phase--;
      else if (choice === EXTRA) column--;
      else if (choice === SKIP) {
        row--;
        if (phase !== WITHIN) outside.push(told.model[row] as number);
      } else if (choice === PAIR) {
        row--;
        column--;
        pairs.push({ x: told.model[row] as number, y: told.boot[column] as number });
      } else break;
    }
    return { outside, pairs: pairs.reverse() };
  }

  private costOfPair(row: number, column: number): number {
    const { model, boot, told } = this;
    const [x, y] = [told.model[row] as number, told.boot[column] as number];
    if (!model.isSameThing(x, boot, y)) return Number.POSITIVE_INFINITY;
    const isSame = model.lows[x] === boot.lows[y] && model.highs[x] === boot.highs[y];
    // Sources have clocks of their own: a step or its neighbour may come first.
    const apart = Math.abs((this.placesInModel[row] as number) - (this.placesInBoot[column] as number));
    return (isSame ? 0 : CHANGED) + (apart > 1 ? ELSEWHERE : 0);
  }
}

/** How many of some places, which rise, lie before each of others. */
function placesAmong(indexes: readonly number[], places: readonly number[]): Uint32Array {
  let count = 0;
  return Uint32Array.from(indexes, (index) => {
    while (count < places.length && (places[count] as number) < index) count++;
    return count;
  });
}
