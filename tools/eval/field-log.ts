import { type BootReport, reportBoots, type UnknownTemplate } from '../../src/app/import-report.ts';
import { openHistory } from '../../src/app/open-history.ts';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { SEVERITIES } from '../../src/diagnosis/finding.ts';
import {
  type FailureMatch,
  type Match,
  matchFailure,
  matchKernel,
  matchLevel,
  matchSoc,
  readSidecar,
} from './sidecar.ts';

/** What was understood of one log, beside what is known of it. */
export interface FieldLog {
  readonly lineCount: number;
  readonly bootCount: number;
  /** Lines that a recogniser knows, or that name something which the recognisers are about. */
  readonly relevantCount: number;
  readonly recognisedCount: number;
  readonly soc: Match;
  readonly kernel: Match;
  readonly level: Match;
  readonly failure: FailureMatch;
  /** The rule whose finding stands first; null where nothing is wrong. */
  readonly rule: string | null;
  readonly templates: readonly UnknownTemplate[];
}

/** Words of what recognisers are about (docs/log-lines.md): a line that has none of them may stay unknown. */
const RELEVANT =
  /remoteproc|rproc|q6v5|_pas\b|\bsysmon|\bpdr\b|\bPDM\b|pd-mapper|\bscm\b|qcom_scm|qseecom|tzmem|shm.?bridge|\bmdt|smmu|iommu|\bsmem\b|smp2p|glink|\bqrtr|\bapr\b|\bgpr\b|fastrpc|venus|\biris\b|camss|adreno|\bgmu\b|\bzap\b|firmware|reserved mem|psci|smccc|\bkvm\b|\bEL[12]\b|\bHYP\b|deferred|initcall|\bWARNING\b|\bBUG\b|\bOops\b|panic|lockup|\bstall|\bipa\b|callbacks suppressed/i;

/** Whether a line should be known. */
export function isRelevant({ example, template }: UnknownTemplate): boolean {
  return RELEVANT.test(template) || RELEVANT.test(example);
}

export function judgeLog(path: string): FieldLog {
  const sidecar = readSidecar(path.replace(/\.log$/, '.json'));
  const history = openHistory(path);
  try {
    const boots = reportBoots(history, history.boots);
    const findings = history.boots.flatMap(({ bootId }) =>
      diagnose(history.log.events(bootId)).filter(({ severity }) => severity !== 'noise'),
    );
    const sum = (count: (boot: BootReport) => number) => boots.reduce((all, boot) => all + count(boot), 0);
    const told = (name: string) =>
      boots.flatMap(({ facts }) => facts.filter((fact) => fact.name === name).map(({ value }) => value));
    const templates = boots.flatMap((boot) => boot.templates);
    const recognisedCount = sum((boot) => boot.recognisedCount);
    const unknownCount = templates.filter(isRelevant).reduce((all, { count }) => all + count, 0);
    return {
      lineCount: sum((boot) => boot.lineCount),
      bootCount: boots.length,
      relevantCount: recognisedCount + unknownCount,
      recognisedCount,
      soc: matchSoc(sidecar, told('soc')),
      kernel: matchKernel(sidecar, told('kernel')),
      level: matchLevel(sidecar, told('exception_level')),
      failure: matchFailure(
        sidecar,
        findings.map(({ sentence }) => sentence),
      ),
      rule:
        SEVERITIES.flatMap((level) => findings.filter(({ severity }) => severity === level))[0]?.rule ?? null,
      templates,
    };
  } finally {
    history.close();
  }
}
