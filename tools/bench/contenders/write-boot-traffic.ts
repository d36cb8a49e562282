// FILE COUNT TRAFFIC SEED: writes a boot of COUNT events, with page-table traffic that is `local` or `uniform`, to a
// fresh history.
import { type Traffic, writeBootTraffic } from './boot-traffic.ts';
import { argument, Phase, printReport } from './phase.ts';

const file = argument(0);
const events = Number(argument(1));
const traffic = parseTraffic(argument(2));
const seed = Number(argument(3));

const phase = new Phase();
const written = phase.time(() => writeBootTraffic(file, { events, traffic, seed }));
printReport({
  rows: written.events,
  live_mappings: written.liveMappings,
  live_mappings_max: written.liveMappingsMax,
  phase_cpu_ms: phase.cpuMs,
});

function parseTraffic(text: string): Traffic {
  if (text !== 'local' && text !== 'uniform') throw new Error(`traffic is local or uniform, not ${text}`);
  return text;
}
