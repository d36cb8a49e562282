import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { OwnContenders } from './contenders.ts';
import type { Stadium } from './contest.ts';
import type { Peers } from './peers.ts';
import type { Row } from './row.ts';

/** How much work the contenders are given. */
export interface Scale {
  /** To append; the start of an engine that compiles as it goes weighs less in more of them. */
  readonly appendEvents: number;
  /** To derive tables of, and to read back. */
  readonly events: number;
  readonly lines: number;
  /** Lengths of the kernel logs that show how an import grows. */
  readonly logLines: readonly number[];
  readonly diffEvents: number;
  /** Events of each of the boots that are asked about a moment. */
  readonly momentEvents: readonly number[];
}

/** What every suite has at hand. */
export interface Grounds {
  readonly scale: Scale;
  readonly stadium: Stadium;
  readonly own: OwnContenders;
  /** Folder for files that are gone when the benchmark ends. */
  readonly folder: string;
  readonly onProgress: (text: string) => void;
}

/** The same on a machine that has a C compiler. */
export interface Arena extends Grounds {
  readonly peers: Peers;
}

export type Result = { readonly rows: readonly Row[] } | { readonly skipped: string };

/** Contests about one piece of work. */
export interface Suite {
  readonly name: string;
  readonly run: (arena: Arena) => Promise<Result>;
  /** For one that is decided by the clock, and so needs no program that measures CPU time. */
  readonly runWithoutPeers?: (grounds: Grounds) => Promise<Result>;
}

/** Path of a database of the arena, and the way to be rid of it. */
export function database(arena: Arena, name: string): { path: string; remove: () => void } {
  const path = join(arena.folder, name);
  return {
    path,
    remove: () => {
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true });
    },
  };
}

/** The C program that inserts as many rows as there are events, into a fresh file each time. */
export function insertRows(
  arena: Arena,
  file: { path: string; remove: () => void },
  count = arena.scale.events,
) {
  return {
    command: arena.peers.sqliteProgram('insert-rows', arena.onProgress),
    args: [file.path, String(count)],
    before: file.remove,
  };
}

/** A count as people write it: 1M, 250k. */
export function renderCount(count: number): string {
  if (count >= 1e6 && count % 1e5 === 0) return `${count / 1e6}M`;
  if (count >= 1e3 && count % 1e3 === 0) return `${count / 1e3}k`;
  return String(count);
}
