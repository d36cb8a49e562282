import type {
  Difference,
  DiffItem,
  DiffReport,
  DiffSide,
  LaneComparison,
  ObligationAccount,
} from '../app/diff-boots.ts';

/** How much of a comparison is wanted: the same choices as in the report for people. */
export interface DiffDataOptions {
  /** Only these; empty means all. */
  readonly lanes: readonly string[];
  /** What is the same too. */
  readonly all: boolean;
  /** No lanes at all. */
  readonly brief: boolean;
  /** Lanes without their differences. */
  readonly stat: boolean;
}

/** A comparison as data for `--format json`: names and shapes that scripts can rely on. */
export function diffToData(report: DiffReport, options: DiffDataOptions): unknown {
  const { comparison } = report;
  const lanes = comparison.lanes.filter(
    ({ lane }) => options.lanes.length === 0 || options.lanes.includes(lane),
  );
  return {
    a: sideToData(report.a),
    b: sideToData(report.b),
    differs: comparison.differs,
    notes: report.notes,
    model: report.model,
    first_divergence:
      comparison.firstDivergence === null
        ? null
        : {
            lane: comparison.firstDivergence.lane,
            explained: comparison.firstDivergence.isExplained,
            ...differenceToData(comparison.firstDivergence.difference, report),
          },
    obligations: comparison.obligations
      .filter(({ processor }) => options.lanes.length === 0 || options.lanes.includes(processor))
      .flatMap(obligationsToData),
    ...(options.brief ? {} : { lanes: lanes.map((lane) => laneToData(lane, report, options)) }),
  };
}

/** A row for each duty that is due on either side. */
function obligationsToData({ processor, start, rows }: ObligationAccount): unknown[] {
  return rows.map((row) => ({
    processor,
    start,
    duty: row.duty,
    a: row.a,
    b: row.b,
    unmet_in: row.unmetIn,
  }));
}

function laneToData(comparison: LaneComparison, report: DiffReport, { all, stat }: DiffDataOptions): unknown {
  const { lane, background, counts, failuresOnly, explained } = comparison;
  const shown = function* () {
    for (const part of comparison.parts) {
      if (part.type !== 'run') yield part;
      else if (all) for (let i = 0; i < part.length; i++) yield part.at(i);
    }
  };
  return {
    lane,
    background,
    counts: {
      same: counts.same,
      changed: counts.changed,
      moved: counts.moved,
      only_a: counts['only-a'],
      only_b: counts['only-b'],
      failures_only_a: failuresOnly.a,
      failures_only_b: failuresOnly.b,
      explained: explained.size,
    },
    ...(stat
      ? {}
      : {
          differences: [...shown()].map((difference) => ({
            ...differenceToData(difference, report),
            explained: explained.has(difference),
          })),
        }),
  };
}

function sideToData(side: DiffSide): unknown {
  const { boot } = side;
  return { file: side.file, boot: boot.bootId, name: boot.name, facts: boot.facts };
}

function differenceToData(difference: Difference, report: DiffReport) {
  return {
    type: difference.type.replace('-', '_'),
    a: itemToData(difference.a, report.a),
    b: itemToData(difference.b, report.b),
  };
}

function itemToData(item: DiffItem | null, side: DiffSide): unknown {
  if (item === null) return null;
  const { seq, t_ns, kind, text } = item;
  return { seq, t_ns, kind, text, places: placesOf(item, side) };
}

/** Where an item was read: `dmesg.txt:97`, and `pas.ftrace.txt:46,47` for a call and its return. */
export function placesOf(item: DiffItem, side: DiffSide): string[] {
  return placesIn(item, side.boot);
}

/** The same, of an item of one boot. */
export function placesIn(item: DiffItem, boot: DiffSide['boot']): string[] {
  const linesBySource = new Map<number, number[]>();
  for (const { source, line } of item.places) {
    const lines = linesBySource.get(source);
    if (lines === undefined) linesBySource.set(source, [line]);
    else if (!lines.includes(line)) lines.push(line);
  }
  return [...linesBySource].map(([source, lines]) => {
    const name = boot.sources.find((candidate) => candidate.source === source)?.name ?? `source ${source}`;
    return `${name}:${lines.join(',')}`;
  });
}
