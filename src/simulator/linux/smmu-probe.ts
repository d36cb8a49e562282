import type { SmmuDescription } from '../../soc/description.ts';

/** Stream-match groups that arm-smmu-qcom looks at under a hypervisor that rewrites S2CR. */
const GROUPS_WITH_QUIRK = 128;

interface ProbeLine {
  readonly text: string;
  /** What it says, without device and tab. */
  readonly description: string;
}

/** What the SMMU driver prints while it probes (arm_smmu_device_cfg_probe, arm_smmu_device_hw_probe of v3). */
export function smmuProbeLines(
  smmu: SmmuDescription,
  exceptionLevel: 1 | 2,
  hasBypassQuirk: boolean,
): ProbeLine[] {
  return smmu.architecture === 'smmu-v3' ? v3Lines(smmu) : v2Lines(smmu, exceptionLevel, hasBypassQuirk);
}

function v3Lines({ device, outputBits }: SmmuDescription): ProbeLine[] {
  return [
    `oas ${outputBits}-bit (features 0x01008305)`,
    'allocated 262144 entries for cmdq',
    'allocated 131072 entries for evtq',
  ].map((description) => ({ text: `arm-smmu-v3 ${device}: ${description}`, description }));
}

function v2Lines(smmu: SmmuDescription, exceptionLevel: 1 | 2, hasBypassQuirk: boolean): ProbeLine[] {
  const banks = exceptionLevel === 2 ? smmu.contextBanks.el2 : smmu.contextBanks.el1;
  const bits = `${smmu.inputBits}-bit VA -> ${smmu.outputBits}-bit IPA`;
  const lines = ['SMMUv2 with:', '\tstage 1 translation'];
  if (exceptionLevel === 2) lines.push('\tstage 2 translation', '\tnested translation');
  lines.push(
    `\t${smmu.isCoherent ? '' : 'non-'}coherent table walk`,
    `\tstream matching with ${smmu.streamMatchGroups} register groups`,
    `\t${banks} context banks (0 stage-2 only)`,
    `\tSupported page sizes: 0x${smmu.pageSizes.toString(16).padStart(8, '0')}`,
    `\tStage-1: ${bits}`,
  );
  if (exceptionLevel === 2) lines.push(`\tStage-2: ${smmu.outputBits}-bit IPA -> ${smmu.outputBits}-bit PA`);
  if (hasBypassQuirk && smmu.streamMatchGroups > GROUPS_WITH_QUIRK) {
    lines.push(`\tLimiting the stream matching groups to ${GROUPS_WITH_QUIRK}`);
  }
  lines.push('\tpreserved 0 boot mappings');
  return lines.map((line) => ({
    text: `arm-smmu ${smmu.device}: ${line}`,
    description: line.replace('\t', ''),
  }));
}
