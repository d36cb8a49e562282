import { renderSize } from '../../src/base/size.ts';
import { hex } from '../../src/base/word.ts';
import type { BootEvent } from '../../src/events/catalog.ts';
import { callErrno } from '../../src/events/families/smc.ts';
import { PARTS } from '../../src/simulator/parts.ts';
import { renderSmcName } from '../../src/soc/smc-command.ts';
import { decodeSmcFunction } from '../../src/soc/smc-function.ts';
import { simulated } from './simulated-boot.ts';

/** The core that is quickest to boot. */
const BOOT = { soc: 'lemans', processors: ['gpdsp0'] } as const;

/** docs/parts.md: what a boot is like without each part of the series. */
export function renderParts(): string {
  const whole = { el2: stepsOf('el2'), qhee: stepsOf('qhee') };
  const sections = PARTS.map(({ name, title, without }) => {
    const el2 = stepsOf('el2', name);
    const isUnchanged = stepsOf('qhee', name).join('\n') === whole.qhee.join('\n');
    return `## ${name}

${title}. Without it: ${without}.

- At EL2: ${differenceOf(whole.el2, el2)}
- Under QHEE: ${isUnchanged ? 'nothing changes' : differenceOf(whole.qhee, stepsOf('qhee', name))}.
`;
  });
  return `# The parts of the series

Generated from simulated boots by \`npm run docs\`; do not edit. What the series for Linux at EL2 brought, each part left
out alone (\`trace record --soc ${BOOT.soc} --processor ${BOOT.processors[0]} --mode el2 --without PART\`): the first step that differs
from a boot with all parts, and what becomes of the processor. Steps are calls, maps, attachments and kernel lines.

${sections.join('\n')}`;
}

function differenceOf(whole: readonly string[], other: readonly string[]): string {
  let at = 0;
  while (at < whole.length && at < other.length && whole[at] === other[at]) at++;
  if (at === whole.length && at === other.length) return 'nothing changes.';
  const step = (steps: readonly string[]) => `\`${steps[at] ?? 'the end'}\``;
  return `${step(other)}, where the whole series has ${step(whole)}. ${endOf(other)}`;
}

/** The failures that a boot prints, and its end. */
function endOf(steps: readonly string[]): string {
  const last = steps.at(-1) ?? '';
  const failures = steps.filter((step) => FAILURE.test(step));
  if (failures.length === 0) return `Nothing fails: ${last}.`;
  return `Then ${failures.map((line) => `\`${line}\``).join(', ')}: ${last}.`;
}

const FAILURE =
  /can't start|initializing firmware|authenticate image|start timed out|iommu fault|resource table:/;

/** What a boot did, without addresses of buffers, and last the state of the processor. */
function stepsOf(mode: 'el2' | 'qhee', without?: string): string[] {
  const request = without === undefined ? {} : { without: [without] };
  const { events, state } = simulated({ ...BOOT, mode, ...request });
  const steps = events.map(stepOf).filter((step) => step !== null);
  return [...steps, `${BOOT.processors[0]} is ${state.remoteprocs.get(BOOT.processors[0])?.state}`];
}

function stepOf(event: BootEvent): string | null {
  switch (event.kind) {
    case 'smc.requested': {
      const { function_id, service, command } = event.payload;
      return event.agent === 'linux' ? renderSmcName(function_id, service, command) : null;
    }
    case 'smc.returned': {
      const errno = callErrno(event.payload);
      if (event.context === null || errno === 0) return null;
      const { function_id } = event.payload;
      const { service, command } = decodeSmcFunction(function_id);
      return `${renderSmcName(function_id, service, command)} returns ${errno}`;
    }
    case 'mapping.created':
      return event.agent === 'linux'
        ? `map ${hex(event.payload.iova)} + ${renderSize(event.payload.size)}`
        : null;
    case 'smmu.device_attached':
      return `attach ${event.payload.device}`;
    case 'log.printed':
      return event.payload.text.replace(/^(?:qcom_q6v5_pas|remoteproc) \S+: /, '');
    default:
      return null;
  }
}
