import type { HistoryDescription } from '../app/describe-history.ts';
import type { ImportResult } from '../app/import-logs.ts';
import type { IndexResult } from '../app/index-history.ts';
import type { VerifyReport } from '../app/verify-file.ts';

// What commands about a history print for `--format json`: names that scripts can rely on, spelled as in SQL.

/** What `trace info` says. */
export function historyToData({ file, byteCount, boots }: HistoryDescription): unknown {
  return {
    file,
    byte_count: byteCount,
    boots: boots.map((boot) => ({
      boot: boot.bootId,
      name: boot.name,
      origin: boot.origin,
      finished: boot.finished,
      event_count: boot.eventCount,
      t_min_ns: boot.tMin,
      t_max_ns: boot.tMax,
      summary: boot.summary,
      facts: boot.facts,
      remoteprocs: boot.remoteprocs,
      sources: boot.sources.map(({ source, bootLines, ...rest }) => ({
        source,
        ...sourceToData(rest),
        boot_lines: bootLines,
      })),
      kinds: boot.kinds,
    })),
  };
}

/** What `trace import` did. */
export function importToData(result: ImportResult): unknown {
  return {
    output: result.output,
    boot: result.bootId,
    name: result.bootName,
    already_there: result.alreadyThere,
    event_count: result.eventCount,
    sources: result.sources.map(sourceToData),
    boots: result.boots.map(({ bootId, bootName, eventCount, sources }) => ({
      boot: bootId,
      name: bootName,
      event_count: eventCount,
      sources: sources.map(sourceToData),
    })),
    warnings: result.warnings,
  };
}

interface Source {
  readonly name: string;
  readonly format: string;
  readonly lineCount: number | null;
  readonly byteCount: number | null;
  readonly contentId: string | null;
}

function sourceToData({ name, format, lineCount, byteCount, contentId }: Source) {
  return { name, format, line_count: lineCount, byte_count: byteCount, content_id: contentId };
}

/** What `trace index` did. */
export function indexToData({ derived, eventCount, rowCount, snapshotCount }: IndexResult): unknown {
  return { derived, event_count: eventCount, row_count: rowCount, snapshot_count: snapshotCount };
}

/** What `trace verify` found. */
export function verificationToData({ boots, findings, notes, checked }: VerifyReport): unknown {
  return {
    boots: boots.map(({ bootId, name, lastSeq, sha256 }) => ({
      boot: bootId,
      name,
      last_seq: lastSeq,
      sha256,
    })),
    findings,
    notes,
    checked: {
      boots: checked.boots,
      chunks: checked.chunks,
      events: checked.events,
      sources: checked.sources,
      source_blocks: checked.sourceBlocks,
      source_bytes: checked.sourceBytes,
      table_rows: checked.tableRows,
      snapshots: checked.snapshots,
      states: checked.states,
    },
  };
}
