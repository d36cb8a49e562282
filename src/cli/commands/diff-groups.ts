import { compareGroups, type GroupProgress, type GroupReport } from '../../app/compare-groups.ts';
import { groupsToData, renderGroupsMarkdown } from '../groups-data.ts';
import { renderGroupsJunit, renderGroupsNdjson } from '../groups-formats.ts';
import { renderGroups } from '../groups-text.ts';
import { toJson } from '../json.ts';
import type { Style } from '../style.ts';
import { printable } from '../table.ts';
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
  const onProgress = terminal.isErrTerminal ? showProgress(terminal) : undefined;
  let report: GroupReport;
  try {
    report = compareGroups({ groups, ignore, onProgress });
  } finally {
    if (onProgress !== undefined) terminal.err('\r\x1b[K');
  }
  if (format === 'json') terminal.out(`${toJson(groupsToData(report, all), 2)}\n`);
  else if (format === 'ndjson') terminal.out(renderGroupsNdjson(report, all));
  else if (format === 'junit') terminal.out(renderGroupsJunit(report));
  else if (format === 'markdown') terminal.out(renderGroupsMarkdown(report, all));
  else terminal.out(renderGroups(report, { all, brief, columns: terminal.columns, style }));
  return report.separation.separating.length > 0;
}

/** Which boot is read, on one line that each next one takes. */
function showProgress(terminal: Terminal): (progress: GroupProgress) => void {
  return ({ file, number, count }) => {
    const head = `reading ${number} of ${count}: `;
    const name = [...printable(file)].slice(-Math.max(1, terminal.columns - head.length - 1)).join('');
    terminal.err(`\r\x1b[K${head}${name}`);
  };
}
