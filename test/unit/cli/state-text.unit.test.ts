import { describe, expect, it } from 'vitest';
import { renderSection } from '../../../src/cli/state-text.ts';
import type { Style } from '../../../src/cli/style.ts';

const same = (text: string) => text;
const plain: Style = { bold: same, dim: same, red: same, green: same, yellow: same };

describe('a section of a state as text', () => {
  it('lists fifty thousand ranges, in time that grows with their number alone', () => {
    const below = Array.from({ length: 50_000 }, (_unused, index) => ({
      key: String(index),
      label: `0x${(index * 4096).toString(16)}`,
      text: '-> same 4 KiB rw',
      since: index,
      below: [],
      range: null,
    }));
    const section = {
      name: 'mappings' as const,
      lines: [{ key: 'a', label: 'adsp', text: 'x', since: null, below, range: null }],
    };
    expect(renderSection(section, plain, 100).split('\n')).toHaveLength(below.length + 3);
  });
});
