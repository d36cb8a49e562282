import type { BootFacts } from './boot-facts.ts';
import type { Attempt } from './processor-facts.ts';

/** Causes of refused metadata, by what is known of the exception level and the node. */
export function refusedModes(boot: BootFacts, { processor }: Attempt): string[] {
  const level = boot.exceptionLevel?.value ?? null;
  const isTreeKnown = boot.hasIommus(processor) !== undefined;
  const ofTree =
    boot.soc === undefined ? ['F-01', 'F-03'] : boot.soc.el2Overlay === null ? ['F-03'] : ['F-01'];
  const plain = boot.soc?.el2Overlay === null ? ofTree : [...ofTree, 'F-05', 'F-64'];
  return [
    'F-70',
    ...(level === 1 || (level === 2 && isTreeKnown) ? [] : plain),
    ...(level === 2 || (level === 1 && isTreeKnown) ? [] : ['F-02']),
    ...(level === 1 ? [] : ['F-50']),
    ...(level === 2 ? [] : ['F-51']),
    'F-82',
  ];
}

/** What may be wrong with metadata that is refused, as far as the events leave it open. */
export function refusalText(modes: readonly string[]): string {
  const isUnreadable = modes.some((mode) => /^F-(?:01|02|03|05|50|51|64)$/.test(mode));
  const isOfOther = modes.includes('F-82');
  if (modes.length === 0) return 'why is not known';
  if (isUnreadable)
    return isOfOther
      ? 'a wrong signature, metadata that it may not read, or a wrong PAS id'
      : 'a wrong signature, or metadata that it may not read';
  return isOfOther
    ? 'a wrong signature, or a wrong PAS id'
    : 'a wrong signature, or an image for another SoC';
}
