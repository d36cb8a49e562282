import { describe, expect, it } from 'vitest';
import { cutMarkedLine, cutText, fitBlocks } from '../../../src/cli/fit-screen.ts';

const block = (name: string, length: number) => Array.from({ length }, (_unused, index) => `${name}${index}`);
const shown = (room: number, ...lengths: number[]) =>
  fitBlocks(
    lengths.map((length, index) => block('abcd'.charAt(index), length)),
    room,
    (hidden) => `(${hidden} more)`,
  );

describe('fitBlocks', () => {
  it('leaves alone what fits', () => {
    expect(shown(6, 3, 2, 1)).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'c0']);
  });

  it('cuts the others alike, and gives what is left to the first of them', () => {
    expect(shown(8, 2, 9, 9)).toEqual(['a0', 'a1', 'b0', 'b1', '(7 more)', 'c0', 'c1', '(7 more)']);
    expect(shown(9, 2, 9, 9).slice(2, 6)).toEqual(['b0', 'b1', 'b2', '(6 more)']);
  });

  it('shows one line of each where that is all there is room for, and never more lines than there are', () => {
    expect(shown(4, 1, 9, 9, 1)).toEqual(['a0', 'b0(8 more)', 'c0(8 more)', 'd0']);
    for (let room = 0; room < 20; room++) expect(shown(room, 3, 7, 1, 5).length).toBeLessThanOrEqual(room);
  });
});

describe('cutting lines', () => {
  it('says where a text was cut', () => {
    expect([cutText('abcdef', 6), cutText('abcdefg', 6)]).toEqual(['abcdef', 'abc...']);
  });

  it('counts no markup, and keeps what ends it', () => {
    expect(cutMarkedLine('\x1b[1mabc\x1b[22mdef', 4)).toBe('\x1b[1mabc\x1b[22md');
    expect(cutMarkedLine('\x1b[1mabcdef\x1b[22m', 4)).toBe('\x1b[1mabcd\x1b[22m');
  });
});
