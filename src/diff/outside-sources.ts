import { isLate, type Telling, type Witness } from './conformance-sight.ts';
import type { ComparedBoot } from './items.ts';
import { kindOfNumber } from './kind-number.ts';
import type { LaneItems } from './lane-items.ts';
import { type AnchorPair, findWindow } from './shown-window.ts';

/** Which steps of a lane of the model lie outside what the sources of a boot show of it; undefined where they show all. */
export function outsideSources(
  lane: string,
  model: ComparedBoot,
  tellings: readonly Telling[],
  boot: ComparedBoot,
  witnesses: ReadonlyMap<string, Witness>,
): Uint8Array | undefined {
  const ofModel = model.lanes.get(lane);
  const ofBoot = boot.lanes.get(lane);
  if (ofModel === undefined || ofBoot === undefined) return undefined;
  if (![...witnesses.values()].some((witness) => isLate(witness))) return undefined;
  const places = Array.from({ length: ofBoot.count }, (_, y) => boot.itemAt(ofBoot, y).places);
  const outside = new Uint8Array(ofModel.count);
  let pairs: readonly AnchorPair[] = [];
  // What begins with the boot tells where it stands, and a kernel log says of which start and stop it speaks.
  const inTurn = [...witnesses].sort(
    ([x, ofX], [y, ofY]) => Number(isLate(ofX)) - Number(isLate(ofY)) || (x < y ? -1 : 1),
  );
  for (const [name, witness] of inTurn) {
    const { sources } = witness;
    const isTold = (y: number) =>
      sources === null ||
      places[y]?.length === 0 ||
      places[y]?.some(({ source }) => sources.has(source)) === true;
    const told = {
      model: indexesOf(ofModel, (x) => tellings[(ofModel.seqs[x] as number) - 1]?.witness === name),
      boot: indexesOf(ofBoot, isTold),
      isLate: isLate(witness),
    };
    const window = findWindow(ofModel, ofBoot, told, pairs, isNameless);
    if (window === undefined) continue;
    pairs = [...pairs, ...window.pairs].sort((p, q) => p.x - q.x || p.y - q.y);
    if (!told.isLate) continue;
    // What it does not show another source may tell.
    const elsewhere = new Set(indexesOf(ofBoot, (y) => !isTold(y)).map((y) => ofBoot.identityKeyAt(y)));
    for (const x of window.outside) if (!elsewhere.has(ofModel.identityKeyAt(x))) outside[x] = 1;
  }
  return outside;
}

function indexesOf(items: LaneItems, isWanted: (index: number) => boolean): number[] {
  return Array.from({ length: items.count }, (_, index) => index).filter(isWanted);
}

/** An unmap names no device: that of a map of before the trace may be another's. */
function isNameless(items: LaneItems, index: number): boolean {
  return kindOfNumber(items.kinds[index] as number) === 'mapping.removed';
}
