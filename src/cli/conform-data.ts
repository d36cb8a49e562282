import type { ConformReport, Departure, LaneConformance } from '../app/conform-boot.ts';
import { placesIn } from './diff-data.ts';

type Item = NonNullable<Departure['found']>;

/** How well a boot conforms, as data for `--format json`: names and shapes that scripts can rely on. */
export function conformToData(report: ConformReport, all: boolean): Record<string, unknown> {
  const { boot, conformance } = report;
  return {
    file: report.file,
    boot: boot.bootId,
    name: boot.name,
    conforms: report.isAnythingShown ? conformance.first === null : null,
    model: {
      soc: report.soc,
      mode: report.mode,
      kernel: report.kernel,
      assumptions: report.assumptions,
      runs: report.runs,
    },
    since: report.since,
    at: report.at,
    held: report.held,
    not_held: report.notHeld,
    notes: report.notes,
    first_departure:
      conformance.first === null
        ? null
        : departureToData(conformance.first.departure, conformance.first.lane, report),
    lanes: conformance.lanes.map((lane) => laneToData(lane, report, all)),
  };
}

function laneToData(lane: LaneConformance, report: ConformReport, all: boolean): Record<string, unknown> {
  const { counts, departures } = lane;
  return {
    lane: lane.lane,
    conforms: departures.length === 0,
    conforming_before: lane.conformingBefore,
    conforming: lane.conforming,
    counts: {
      missing: counts.missing,
      unexpected: counts.unexpected,
      different: counts.different,
      out_of_order: counts['out-of-order'],
    },
    not_shown: lane.notShown,
    pending: modelStep(lane.pending, lane.lane, report),
    outside_model: lane.outsideModel,
    departures: (all ? departures : departures.slice(0, 1)).map((departure) =>
      departureToData(departure, lane.lane, report),
    ),
  };
}

/** A departure with what the model expected, what the boot did, and the last step that both have. */
export function departureToData(
  { type, before, expected, found, isPlaceUnknown }: Departure,
  lane: string,
  report: ConformReport,
): Record<string, unknown> {
  return {
    lane,
    type: type.replaceAll('-', '_'),
    before: before === null ? null : bootStep(before.b, report),
    expected: modelStep(expected, lane, report),
    place_unknown: isPlaceUnknown,
    found: bootStep(found, report),
  };
}

function modelStep(item: Item | null, lane: string, report: ConformReport): unknown {
  if (item === null) return null;
  const { t_ns, kind, text } = item;
  return { seq: report.modelSeqOf(lane, item.seq), t_ns, kind, text };
}

function bootStep(item: Item | null, { boot }: ConformReport): unknown {
  if (item === null) return null;
  const { seq, t_ns, kind, text } = item;
  return { seq, t_ns, kind, text, places: placesIn(item, boot) };
}
