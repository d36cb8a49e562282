import { describe, expect, it } from 'vitest';
import { around } from '../../../src/diff/around.ts';
import { bootOfEvents } from '../../../src/diff/boot-source.ts';
import { compareBoots } from '../../../src/diff/compare.ts';
import { parseText } from '../../support/parse-text.ts';

const hex16 = (value: number) => value.toString(16).padStart(16, '0');
const entry = (time: number, text: string) =>
  `     kworker/0:1-9       [000] .....     ${time.toFixed(6)}: ${text}`;

/** A processor for which memory is mapped in an order. */
function boot(...maps: readonly number[]) {
  const call = (time: number, id: string) => [
    entry(
      time,
      `scm_smc_request: smc_id:${id} svc_id:0x02 cmd_id:0x${id.slice(-2)} args_cnt:2 args:{0x1,0x43662000}`,
    ),
    entry(time + 0.01, `scm_smc_done: smc_id:${id}, ret:0 res_to_callee:0x0 res0:0x0 res1:0x0 res2:0x0`),
  ];
  const lines = [
    ...call(2.1, '0x42000201'),
    ...maps.map((iova, index) =>
      entry(
        2.2 + index / 100,
        `map: IOMMU: iova=0x${hex16(iova)} - 0x${hex16(iova + 0x1000)} paddr=0x${hex16(iova)} size=4096`,
      ),
    ),
    ...call(2.8, '0x42000205'),
  ];
  return bootOfEvents(parseText('ftrace', `${lines.join('\n')}\n`));
}

/** What is around what only one of two boots maps. */
function aroundOwn(side: 'a' | 'b', a: ReturnType<typeof boot>, b: ReturnType<typeof boot>) {
  for (const lane of compareBoots(a, b).lanes) {
    const own = lane.differences.find(({ type }) => type === `only-${side}`);
    if (own === undefined) continue;
    const { before, instead } = around(lane, own);
    return { before: before?.a.text, instead: instead?.item.text, moved: instead?.moved?.text };
  }
  return null;
}

describe('what a boot does instead of a step that only the other takes', () => {
  it('is the step that comes next there', () => {
    const [a, b] = [boot(0x1000, 0x2000, 0x4000), boot(0x2000, 0x4000)];
    const expected = { instead: 'map iova 0x2000 + 0x1000 (identity)', moved: undefined };
    expect(aroundOwn('a', a, b)).toMatchObject(expected);
    expect(aroundOwn('b', b, a)).toMatchObject(expected);
  });

  it('is that also where the other takes it at another point', () => {
    const [a, b] = [boot(0x1000, 0x2000, 0x4000, 0x3000), boot(0x3000, 0x2000, 0x4000)];
    const expected = {
      instead: 'map iova 0x3000 + 0x1000 (identity)',
      moved: 'map iova 0x3000 + 0x1000 (identity)',
    };
    expect(aroundOwn('a', a, b)).toMatchObject(expected);
    expect(aroundOwn('b', b, a)).toMatchObject(expected);
  });
});
