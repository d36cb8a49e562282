import { describe, expect, it } from 'vitest';
import { bootOfEvents } from '../../../src/diff/boot-source.ts';
import { compareBoots } from '../../../src/diff/compare.ts';
import { explainByModel } from '../../../src/diff/expectation.ts';
import { parseText } from '../../support/parse-text.ts';

const MODEL = {
  el1: ['psci: PSCIv1.1 detected in firmware.', 'arch_timer: cp15 timer running at 19.20MHz (virt).'],
  el2: [
    'psci: PSCIv1.1 detected in firmware.',
    'arch_timer: cp15 timer running at 19.20MHz (hyp-phys).',
    'kvm [1]: IPA Size Limit: 40 bits',
  ],
};

function unexplained(el1: readonly string[], el2: readonly string[]): string[] {
  const boot = (lines: readonly string[]) =>
    bootOfEvents(
      parseText('dmesg', lines.map((line, index) => `[    0.${100_000 + index}] ${line}\n`).join('')),
    );
  const compare = (a: readonly string[], b: readonly string[]) => compareBoots(boot(a), boot(b));
  return explainByModel(compare(el1, el2), compare(MODEL.el1, MODEL.el2), 1).lanes.flatMap(
    ({ lane, differences, explained }) =>
      lane !== 'boot'
        ? []
        : differences
            .filter((one) => one.type !== 'same' && !explained?.has(one))
            .map(({ type, a, b }) => `${type}: ${(b ?? a)?.text}`),
  );
}

describe('a property of the machine', () => {
  it('is explained by the mode that alone tells it, whatever its value is on this machine', () => {
    const el2 = MODEL.el2.map((line) => line.replace('40 bits', '48 bits').replace('hyp-phys', 'hyp-virt'));
    expect(unexplained(MODEL.el1, el2)).toEqual([]);
  });

  it('is not explained where the modes of the model agree, or on the other side', () => {
    const older = MODEL.el2.map((line) => line.replace('PSCIv1.1', 'PSCIv1.0'));
    expect(unexplained(MODEL.el1, older)).toEqual(['changed: psci_version: 1.0']);
    expect(unexplained(MODEL.el2, MODEL.el1)).toEqual([
      'changed: arch_timer: virt',
      'only-a: kvm_ipa_bits: 40',
    ]);
  });
});
