import { describe, expect, it } from 'vitest';
import { parseChangeTarget } from '../../../src/app/change-target.ts';
import {
  parseStepCommand,
  parseStepCount,
  STEP_COMMANDS,
  STEP_SHORTCUTS,
} from '../../../src/app/step-commands.ts';

describe('parseStepCommand', () => {
  it('takes names, keys and what goes with them', () => {
    expect(parseStepCommand('next 3')).toEqual({ name: 'next', argument: '3' });
    expect(parseStepCommand(' n  3 ')).toEqual({ name: 'next', argument: '3' });
    expect(parseStepCommand('')).toEqual({ name: 'next', argument: '' });
    expect(parseStepCommand('C adsp')).toEqual({ name: 'previous-change', argument: 'adsp' });
    expect(parseStepCommand('B')).toEqual({ name: 'back', argument: '10' });
  });

  it('takes a search with and without a blank, and the key of a search backwards alone for help', () => {
    expect(parseStepCommand('/is now up')).toEqual({ name: 'find', argument: 'is now up' });
    expect(parseStepCommand('? refused')).toEqual({ name: 'find-back', argument: 'refused' });
    expect(parseStepCommand('find a/b')).toEqual({ name: 'find', argument: 'a/b' });
    expect(parseStepCommand('/')).toEqual({ name: 'find', argument: '' });
    expect(parseStepCommand('?')).toEqual({ name: 'help', argument: '' });
  });

  it('says what is wrong, and what may have been meant', () => {
    expect(() => parseStepCommand('nxt')).toThrow(/no command nxt; did you mean next/);
    expect(() => parseStepCommand('goto')).toThrow('goto takes a moment');
    expect(() => parseStepCommand('why 3')).toThrow('why takes nothing, but was given 3');
    expect(() => parseStepCommand('N 3')).toThrow(/no command N/);
    for (const text of ['0', '-1', '1.5', 'x', '1e3'])
      expect(() => parseStepCount(text)).toThrow(/whole number/);
  });

  it('has one meaning for each key and name', () => {
    const words = [
      ...STEP_COMMANDS.flatMap(({ name, key }) => [name, key]),
      ...STEP_SHORTCUTS.map(({ key }) => key),
    ];
    expect(new Set(words).size).toBe(words.length);
  });
});

describe('parseChangeTarget', () => {
  it('tells sections, subjects, addresses and named things apart', () => {
    const things = (text: string) => {
      const target = parseChangeTarget(text);
      return target.type === 'things' ? target.things : target.name;
    };
    expect(things('bridges')).toBe('bridges');
    expect(things('adsp')).toEqual([{ type: 'subject', name: 'adsp' }]);
    expect(things('subject:smmu')).toEqual([{ type: 'subject', name: 'smmu' }]);
    expect(things('0x1000')).toMatchObject([
      { type: 'pa', address: 0x1000 },
      { type: 'iova', address: 0x1000 },
    ]);
    expect(things('bridge:0xffffffffffffffff')).toEqual([{ type: 'bridge', handle: 0xffff_ffff_ffff_ffffn }]);
    expect(things('15000000.iommu')).toEqual([{ type: 'subject', name: '15000000.iommu' }]);
  });

  it('refuses what is no number', () => {
    for (const text of ['0xzz', 'pa:here', 'iova:0x100000000000000', 'stream:-1'])
      expect(() => parseChangeTarget(text), text).toThrow(/0x95900000/);
  });
});
