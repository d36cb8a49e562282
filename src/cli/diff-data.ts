import type {
  Difference,
  DiffItem,
  DiffReport,
  DiffSide,
  Evidence,
  LaneComparison,
  Latency,
  ObligationAccount,
  StateComparison,
} from '../app/diff-boots.ts';
import type { ListedEvent } from '../app/list-events.ts';
import { printable } from './table.ts';

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
    not_comparable: report.notComparable,
    not_shown: notShownToData(report),
    model: report.model,
    first_divergence:
      comparison.firstDivergence === null
        ? null
        : {
            lane: comparison.firstDivergence.lane,
            explained: comparison.firstDivergence.isExplained,
            ...differenceToData(comparison.firstDivergence.difference, report),
            ...headlineToData(report),
          },
    obligations: comparison.obligations
      .filter(({ processor }) => options.lanes.length === 0 || options.lanes.includes(processor))
      .flatMap(obligationsToData),
    ...(options.brief
      ? {}
      : {
          states: statesToData(report.states()),
          latencies: report.latencies().map((latency) => latencyToData(latency, report)),
          lanes: lanes.map((lane) => laneToData(lane, report, options)),
        }),
  };
}

/** Lines and hits of either side that the log or the trace of the other could not have shown. */
function notShownToData({ comparison: { sight, untraced, unasked } }: DiffReport): object {
  const countOf = (side: 'a' | 'b') =>
    (sight.belowLevel[side]?.count ?? 0) +
    (sight.sameBoot?.[side] ?? 0) +
    (untraced[side]?.count ?? 0) +
    unasked[side];
  return { a: countOf('a'), b: countOf('b') };
}

/** What the first divergence stands on. */
function headlineToData(report: DiffReport): object {
  const { headline, a, b } = report;
  if (headline === null) return {};
  const { sentence, unmet, fails, failsBoth, assigns, regions, before, instead, last } = headline;
  const { passedOver, described } = headline;
  const causesOf = (evidence: Evidence | null) => evidence?.causes.map(listedToData) ?? [];
  return {
    sentence,
    unmet,
    fails: { a: itemToData(fails.a, a), b: itemToData(fails.b, b) },
    fails_both: failsBoth === null ? null : { a: itemToData(failsBoth.a, a), b: itemToData(failsBoth.b, b) },
    assigns,
    regions,
    passed_over:
      passedOver === null
        ? null
        : { count: passedOver.count, first: differenceToData(passedOver.difference, report) },
    described: described.map((difference) => differenceToData(difference, report)),
    before: before === null ? null : { a: itemToData(before.a, a), b: itemToData(before.b, b) },
    instead:
      instead === null
        ? null
        : {
            ...itemToData(instead.item, headline.a === null ? a : b),
            lines: instead.lines,
            moved: itemToData(instead.moved, headline.a === null ? b : a),
          },
    last: last === null ? null : listedToData(last),
    causes: { a: causesOf(headline.a), b: causesOf(headline.b) },
    lines: { a: headline.a?.lines ?? [], b: headline.b?.lines ?? [] },
  };
}

function listedToData({ event: { seq, t_ns, kind, agent }, text, place }: ListedEvent): object {
  return { seq, t_ns, agent, kind, text, place };
}

function statesToData({ momentCount, moments, unknown, explainedCount }: StateComparison): object {
  return {
    moment_count: momentCount,
    moments: moments.map(({ moment, seqs, differences }) => ({ moment, a: seqs.a, b: seqs.b, differences })),
    unknown,
    explained: explainedCount,
  };
}

function latencyToData({ lane, measured, a, b, after, a_ns, b_ns }: Latency, report: DiffReport): object {
  return {
    lane,
    measured,
    after: after?.text ?? null,
    a: { ...itemToData(a, report.a), duration_ns: a_ns },
    b: { ...itemToData(b, report.b), duration_ns: b_ns },
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
    only_a: row.onlyIn.a,
    only_b: row.onlyIn.b,
  }));
}

function laneToData(comparison: LaneComparison, report: DiffReport, { all, stat }: DiffDataOptions): unknown {
  const { lane, background, counts, failuresOnly, explained, maybeLost, notShown } = comparison;
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
      maybe_lost: maybeLost.size,
      not_shown: notShown.size,
    },
    ...(stat
      ? {}
      : {
          differences: [...shown()].map((difference) => ({
            ...differenceToData(difference, report),
            explained: explained.has(difference),
            maybe_lost: maybeLost.has(difference),
            not_shown: notShown.has(difference),
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

function itemToData(item: DiffItem | null, side: DiffSide): object | null {
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
  // What a simulation would print stands nowhere.
  if (boot.sources.length === 0) return [];
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

/** `B#188 pas.ftrace.txt:31 dmesg.txt:143`. */
export function citeItem(item: DiffItem, side: DiffSide, letter: 'A' | 'B'): string {
  return printable([`${letter}#${item.seq}`, ...placesOf(item, side).slice(0, 2)].join(' '));
}
