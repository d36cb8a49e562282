import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkBoot } from '../../src/app/check-boot.ts';

const LOGS = fileURLToPath(new URL('../../../shared/logs', import.meta.url));

/** What the first finding of a log from the field has to be, by what its sidecar says; null for none. */
const VERDICTS: Readonly<Record<string, { rule: string; subjects: readonly string[] } | null>> = {
  'glymur-crd-adsp-smmu-fault': { rule: 'compute-stream-fault', subjects: ['adsp'] },
  'qcs6490-rb3gen2-adsp-cdsp-einval': { rule: 'image-refused', subjects: ['adsp', 'cdsp'] },
  'qcs8300-rb4-gpdsp-einval-serial': { rule: 'image-refused', subjects: ['gpdsp0'] },
  'qcs6490-el2-scm-storage-einval': { rule: 'scm-call-failed', subjects: ['scm'] },
  'sc8280xp-crd-el1': { rule: 'firmware-missing', subjects: ['slpi', 'adsp', 'cdsp'] },
  'sdm845-db845c-mss-start-timeout': { rule: 'never-ready', subjects: ['modem'] },
  'sm8550-armada-adsp-fw-race': { rule: 'firmware-missing', subjects: ['adsp'] },
  'x1e80100-hamoa-evk-adsp-watchdog-loop': { rule: 'crash-loop', subjects: ['adsp'] },
  'sm7150-davinci-modem-up': null,
  'x1p42100-sp12-el2-attach': null,
  'msm8998-hp-envyx2-el1': null,
  'x1e80100-sp11-ftrace-wsa-boot': null,
};

describe.skipIf(!existsSync(LOGS))(
  'logs from the field in ../shared (skipped: the folder is not there)',
  () => {
    for (const [name, verdict] of Object.entries(VERDICTS)) {
      it(name, () => {
        const { findings } = checkBoot({ file: `${LOGS}/${name}.log`, today: '2026-01-01', failOn: 'noise' });
        const [first] = findings.filter(({ finding }) => finding.severity !== 'noise');
        const found =
          first === undefined ? null : { rule: first.finding.rule, subjects: first.finding.subjects };
        expect(found).toEqual(verdict);
      });
    }
  },
);
