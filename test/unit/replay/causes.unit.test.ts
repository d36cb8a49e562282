import { describe, expect, it } from 'vitest';
import type { BootEvent } from '../../../src/events/catalog.ts';
import { causeChain, type Effect, effectsOf, foldAlike } from '../../../src/replay/causes.ts';
import { buildEvent, numbered } from '../../support/build-event.ts';

/** Log lines, each with its cause: event n is the nth. */
function caused(...causes: (number | null)[]): BootEvent[] {
  return numbered(
    causes.map((cause, index) =>
      buildEvent('log.printed', { level: 6, text: `line ${'abcdefghij'[index]}` }, { cause }),
    ),
  );
}

const lookUp = (events: readonly BootEvent[]) => (seq: number) => events[seq - 1];
const at = (events: readonly BootEvent[], seq: number) => events[seq - 1] as BootEvent;
const seqs = (effect: Effect): unknown => [effect.event.seq, ...effect.effects.map(seqs)];

describe('the causes of an event', () => {
  const events = caused(null, 1, 1, 2, 4);

  it('lead up to the first, which stands in front', () => {
    const chain = causeChain(at(events, 5), lookUp(events));
    expect(chain.events.map(({ seq }) => seq)).toEqual([1, 2, 4, 5]);
    expect(chain.furtherCause).toBeNull();
  });

  it('end where enough were asked for, and say which comes next', () => {
    const chain = causeChain(at(events, 5), lookUp(events), 1);
    expect(chain.events.map(({ seq }) => seq)).toEqual([4, 5]);
    expect(chain.furtherCause).toBe(2);
  });

  it('end where a source says what cannot be: a cause that comes later, or is not there', () => {
    const wrong = caused(2, 1, 99);
    expect(causeChain(at(wrong, 2), lookUp(wrong)).events.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(causeChain(at(wrong, 3), lookUp(wrong))).toMatchObject({ furtherCause: 99 });
  });
});

describe('the effects of an event', () => {
  it('are a tree of what it brought about, and of nothing else', () => {
    const events = caused(null, 1, null, 2, 1, 3);
    expect(seqs(effectsOf(at(events, 1), events.slice(1)))).toEqual([1, [2, [4]], [5]]);
  });

  it('are counted where they are too deep to show', () => {
    const events = caused(null, 1, 2, 3);
    const effects = effectsOf(at(events, 1), events.slice(1), 1);
    expect(seqs(effects)).toEqual([1, [2]]);
    expect(effects.effects[0]?.hiddenCount).toBe(2);
    expect(effectsOf(at(events, 1), events.slice(1), 0).hiddenCount).toBe(3);
  });

  it('fold where four or more differ in numbers only', () => {
    const texts = ['page 0x1000', 'page 0x2000', 'done', 'page 0x3000', 'page 4096', 'end'];
    const events = numbered([
      buildEvent('log.printed', { level: 6, text: 'first' }),
      ...texts.map((text) => buildEvent('log.printed', { level: 6, text }, { cause: 1 })),
    ]);
    const rows = foldAlike(effectsOf(at(events, 1), events.slice(1)).effects);
    expect(rows.map(({ first, moreCount, lastSeq }) => [first.event.seq, moreCount, lastSeq])).toEqual([
      [2, 3, 6],
      [4, 0, 4],
      [7, 0, 7],
    ]);
  });
});
