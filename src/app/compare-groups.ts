import { FactTable } from '../diff/fact-table.ts';
import { type Separation, separateGroups } from '../diff/separate-groups.ts';
import { checkHasLog } from './check-has-log.ts';
import { type BootGroup, readGroups } from './group-members.ts';
import { openAlone } from './open-history.ts';
import { takeFacts } from './take-facts.ts';

export type { Fact } from '../diff/fact-table.ts';
export type { Split } from '../diff/separate-groups.ts';

export interface GroupRequest {
  /** As {@link readGroups} takes them. */
  readonly groups: readonly string[];
  /** Lanes and kinds of events that do not count. */
  readonly ignore?: readonly string[] | undefined;
  /** Called before each file is read. */
  readonly onProgress?: ((progress: GroupProgress) => void) | undefined;
}

export interface GroupProgress {
  readonly file: string;
  /** Which one of how many it is. */
  readonly number: number;
  readonly count: number;
}

/** One boot of a group. */
export interface GroupMember {
  /** The file, and the boot where it holds several. */
  readonly name: string;
  /** The same from the folder that all files lie in. */
  readonly shortName: string;
  readonly group: 'a' | 'b';
  readonly notes: readonly string[];
}

export interface GroupReport {
  readonly names: { readonly a: string; readonly b: string };
  /** The folder that all files lie in, with the slash behind it; empty where there is none. */
  readonly folder: string;
  /** By the index that facts name them by. */
  readonly members: readonly GroupMember[];
  readonly separation: Separation;
}

/** What is always, sometimes and never so in two groups of boots. One boot is in memory at a time. */
export function compareGroups(request: GroupRequest): GroupReport {
  const groups = readGroups(request.groups);
  const table = new FactTable();
  const members: GroupMember[] = [];
  const all = groups.flatMap(({ files }) => files);
  const folder = folderOf(all);
  let number = 0;
  const ignored = new Set(request.ignore);
  const read = ({ files }: BootGroup, group: 'a' | 'b') => {
    for (const file of files) {
      request.onProgress?.({ file: file.slice(folder.length), number: ++number, count: all.length });
      const history = openAlone(file);
      try {
        for (const boot of history.boots) {
          checkHasLog(history, boot);
          const name = history.boots.length === 1 ? file : `${file} boot ${boot.bootId}`;
          const notes = takeFacts(table, history, boot, ignored);
          members.push({ name, shortName: name.slice(folder.length), group, notes });
        }
      } finally {
        history.close();
      }
    }
  };
  read(groups[0], 'a');
  read(groups[1], 'b');
  return {
    names: { a: groups[0].name, b: groups[1].name },
    folder,
    members,
    separation: separateGroups(
      table,
      members.map(({ group }) => group),
    ),
  };
}

function folderOf(files: readonly string[]): string {
  const [first = '', ...others] = files;
  let length = first.lastIndexOf('/') + 1;
  while (length > 0 && !others.every((file) => file.startsWith(first.slice(0, length))))
    length = first.lastIndexOf('/', length - 2) + 1;
  return first.slice(0, length);
}
