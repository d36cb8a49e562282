import { compareGroups } from '../../app/compare-groups.ts';
import { InputError } from '../../base/input-error.ts';
import { groupsToData, renderGroupsMarkdown } from '../groups-data.ts';
import { renderGroups } from '../groups-text.ts';
import { toJson } from '../json.ts';
import type { Style } from '../style.ts';
import type { Terminal } from '../terminal.ts';

export interface GroupsOptions {
  readonly groups: readonly string[];
  readonly ignore?: readonly string[];
  readonly all: boolean;
  readonly brief: boolean;
  readonly format: string;
}

/** `trace diff --group`: prints what separates two groups of boots, and says whether anything does. */
export function diffGroups(options: GroupsOptions, terminal: Terminal, style: Style): boolean {
  const { groups, ignore, all, brief, format } = options;
  if (!['text', 'json', 'markdown'].includes(format))
    throw new InputError(`groups are printed as text, json or markdown, not as ${format}`);
  const report = compareGroups({ groups, ignore });
  if (format === 'json') terminal.out(`${toJson(groupsToData(report, all), 2)}\n`);
  else if (format === 'markdown') terminal.out(renderGroupsMarkdown(report, all));
  else terminal.out(renderGroups(report, { all, brief, columns: terminal.columns, style }));
  return report.separation.separating.length > 0;
}
