import { parseArgs } from 'node:util';
import { evaluateBoots } from './eval/boots.ts';
import { evaluateCuts } from './eval/cut-report.ts';
import { evaluatePairs } from './eval/pair-report.ts';
import { evaluatePartial } from './eval/partial.ts';

// Holds the rules of `trace check` to boots, and `trace diff` to pairs of boots, whose fault is known: by all events, and
// by what is left of them in the kernel log. Then holds both, and `trace conform`, to healthy boots of which a part is shown.

const HELP = `npm run eval -- [--only boots|parts|pairs|cuts] [--fault ID]… [--soc NAME]… [--seeds N] [--every-soc] [--every-cut] [--verbose]
Simulates each fault on each SoC where it befalls something, and healthy boots, and says how often trace check names the
cause first: from all events, and from the text of the kernel log alone. Then takes parts of these boots, without their
beginning, without their end and of the trace alone: there a finding may be weaker, and no other. Then holds trace diff to pairs: a healthy boot
and one with a fault, of which the first divergence must be what the fault is first seen by, and boots that mean the
same, which must not differ. Parts and pairs take each fault on one SoC, or with --every-soc on all. Last come
healthy boots of which the kernel log, the trace or both are cut, some of them or with --every-cut all: they must conform,
have no finding, and differ from the whole boot by nothing but what they lack. Exits with 1 at a wrong verdict, a false
alarm, a true cause that is ruled out, a difference between boots that mean the same, or where a cut boot departs.
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    fault: { type: 'string', multiple: true, default: [] },
    soc: { type: 'string', multiple: true, default: [] },
    seeds: { type: 'string', default: '3' },
    'every-soc': { type: 'boolean', default: false },
    'every-cut': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const print = (text: string): void => {
  process.stdout.write(text);
};

if (values.help) print(HELP);
else {
  const options = {
    socs: values.soc,
    faults: values.fault,
    seeds: Number(values.seeds),
    isVerbose: values.verbose,
  };
  const ofOneSoc = { ...options, isOneSocEach: !values['every-soc'] };
  const isWanted = (part: string): boolean => values.only === undefined || values.only === part;
  const isBad = [
    isWanted('boots') && evaluateBoots(options, print),
    isWanted('parts') && evaluatePartial(ofOneSoc, print),
    isWanted('pairs') && evaluatePairs(ofOneSoc, print),
    isWanted('cuts') &&
      values.fault.length === 0 &&
      evaluateCuts({ ...options, isEveryCut: values['every-cut'] }, print),
  ];
  process.exitCode = isBad.includes(true) ? 1 : 0;
}
