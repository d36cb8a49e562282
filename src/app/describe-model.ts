import { KERNELS, MODES } from '../simulator/boot-plan.ts';
import { FAULTS } from '../simulator/faults.ts';
import { PARTS } from '../simulator/parts.ts';
import { POLICIES } from '../simulator/policies.ts';
import { SCENARIOS } from '../simulator/scenarios.ts';
import { findSoc, SOC_NAMES } from '../soc/find-soc.ts';

/** One list of things that a simulation can be told. */
export interface ModelSection {
  readonly title: string;
  readonly entries: readonly { readonly name: string; readonly text: string }[];
}

/** Everything that the options of a simulation take. */
export function describeModel(): readonly ModelSection[] {
  const titled = (list: readonly { readonly name: string; readonly title: string }[]) =>
    list.map(({ name, title }) => ({ name, text: title }));
  return [
    {
      title: 'SoCs (--soc)',
      entries: SOC_NAMES.map((name) => {
        const soc = findSoc(name);
        const processors = soc?.remoteprocs.map((processor) => processor.name).join(', ') ?? '';
        return { name, text: `${soc?.title ?? ''}: ${processors}` };
      }),
    },
    { title: 'Modes (--mode)', entries: titled(MODES) },
    {
      title: 'Kernels (--kernel)',
      entries: KERNELS.map(({ release, hasSeries }) => ({
        name: release,
        text: hasSeries ? 'with the series' : 'before the series',
      })),
    },
    { title: 'Scenarios (--scenario)', entries: titled(SCENARIOS) },
    { title: 'Parts of the series (--without)', entries: titled(PARTS) },
    {
      title: 'Faults (--fault ID, ID:PROCESSOR, ID:PROCESSOR@START)',
      entries: FAULTS.map(({ id, title, scope, mode }) => ({
        name: id,
        text: `${title}${mode !== undefined ? ` (mode ${mode})` : scope === 'machine' ? ' (whole machine)' : ''}`,
      })),
    },
    {
      title: 'Policies (--policy NAME=VALUE; the first value is the default)',
      entries: Object.entries(POLICIES).map(([name, { values, doc }]) => ({
        name,
        text: `${values.join('|')}: ${doc}`,
      })),
    },
  ];
}
