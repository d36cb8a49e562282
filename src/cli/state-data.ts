import type {
  DescribedBoot,
  Moment,
  SectionDiff,
  StateChange,
  StateDescription,
  StateDiffDescription,
  StateLine,
  StateSection,
} from '../app/describe-state.ts';

// What `trace state` prints for `--format json`: names that scripts can rely on, spelled as in SQL.

/** A state: a section of which nobody has told is null. */
export function stateToData({ at, view, ...boot }: StateDescription): unknown {
  return { ...bootToData(boot), at, state: view };
}

export function stateDiffToData({ from, to, sections, ...boot }: StateDiffDescription): unknown {
  return { ...bootToData(boot), from, to, sections: sections.map(sectionToData) };
}

export function momentsToData({
  moments,
  ...boot
}: DescribedBoot & { readonly moments: readonly Moment[] }): unknown {
  return { ...bootToData(boot), moments };
}

function bootToData({ file, bootId, bootName }: DescribedBoot) {
  return { file, boot: bootId, name: bootName };
}

/** What changed in a section. */
export function sectionToData({ name, isKnown, changes }: SectionDiff) {
  return {
    section: name,
    known_before: isKnown.before,
    known_after: isKnown.after,
    changes: changes.map(changeToData),
  };
}

function changeToData({ kind, before, after, below }: StateChange): unknown {
  return {
    change: kind,
    before: before === null ? null : lineToData(before),
    after: after === null ? null : lineToData(after),
    below: below.map(changeToData),
  };
}

function lineToData({ label, text, since, range }: StateLine): Record<string, unknown> {
  return { label, text, since, ...(range === null ? {} : { range }) };
}

/** A section as lines with what belongs to each below it; null where what there is is unknown. */
export function listedSectionToData({ name, lines }: StateSection): unknown {
  return { section: name, lines: lines === null ? null : lines.map(listedLineToData) };
}

function listedLineToData(line: StateLine): Record<string, unknown> {
  return { ...lineToData(line), below: line.below.map(listedLineToData) };
}
