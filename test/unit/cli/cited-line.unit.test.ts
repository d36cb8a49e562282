import { describe, expect, it } from 'vitest';
import { renderCitedLine, wrap } from '../../../src/cli/cited-line.ts';

const plain = { text: (text: string) => text, cite: (text: string) => text };
const render = (text: string, cite: string, columns: number) =>
  renderCitedLine({ head: '+ [1] ', text, cite }, columns, plain);

describe('a cited line', () => {
  it('has its citation at the right edge', () => {
    expect(render('hello', 'a.txt:1', 30)).toBe('+ [1] hello            a.txt:1\n');
  });

  it('breaks its text below itself, and its citation too where neither fits', () => {
    expect(render('one two three four five', 'A#1 a.txt:1 -> B#2 b.txt:2 c.txt:3', 30)).toBe(
      `+ [1] one two three four five
    A#1 a.txt:1 -> B#2 b.txt:2
                       c.txt:3
`,
    );
    expect(render('one two three four five six', 'a.txt:1', 30)).toBe(
      '+ [1] one two three four five\n      six              a.txt:1\n',
    );
  });

  it('leaves a word that is too long whole, and blanks as they are', () => {
    expect(wrap(`short ${'x'.repeat(30)} end`, 10)).toEqual(['short', 'x'.repeat(30), 'end']);
    expect(wrap('    indented  text', 20)).toEqual(['    indented  text']);
  });
});
