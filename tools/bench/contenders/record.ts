// FILE BOOTS: simulates boots of Lemans at EL2 that stop and start every processor, and records them. Images are
// built, hashed and verified as in any simulation: that counts too.
import { planBoot } from '../../../src/app/plan-boot.ts';
import { recordBoot } from '../../../src/app/record-boot.ts';
import { argument, Phase, printReport } from './phase.ts';

const output = argument(0);
const boots = Number(argument(1));
const phase = new Phase();
let events = 0;
for (let seed = 1; seed <= boots; seed++) {
  const plan = planBoot({ soc: 'lemans', mode: 'el2', scenario: 'stop-start', seed });
  events += phase.time(() =>
    recordBoot({ plan, output, bootName: `boot ${seed}`, withoutTables: true }),
  ).eventCount;
}
printReport({ rows: events, phase_cpu_ms: phase.cpuMs });
