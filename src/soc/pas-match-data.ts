import { present } from '../base/assert.ts';
import type { RemoteprocDescription } from './description.ts';

/** What the PAS driver knows of a remote processor from its compatible alone. */
export type PasMatchData = Pick<
  RemoteprocDescription,
  | 'name'
  | 'compatible'
  | 'pasId'
  | 'dtbPasId'
  | 'litePasId'
  | 'liteDtbPasId'
  | 'autoBoot'
  | 'decryptShutdown'
  | 'loadState'
  | 'proxyPowerDomains'
  | 'assignedRegions'
>;

/** Source: `qcom_pas_of_match` and the data it points to, drivers/remoteproc/qcom_q6v5_pas.c of Linux 7.2. */
const MATCH_DATA: readonly PasMatchData[] = [
  entry('qcom,sa8775p-adsp-pas', 'adsp', 1, 'adsp', ['lcx', 'lmx']),
  entry('qcom,sa8775p-cdsp0-pas', 'cdsp', 18, 'cdsp', ['cx', 'mxc', 'nsp']),
  entry('qcom,sa8775p-cdsp1-pas', 'cdsp1', 30, 'nsp', ['cx', 'mxc', 'nsp']),
  entry('qcom,sa8775p-gpdsp0-pas', 'gpdsp0', 39, 'gpdsp0', ['cx', 'mxc']),
  entry('qcom,sa8775p-gpdsp1-pas', 'gpdsp1', 40, 'gpdsp1', ['cx', 'mxc']),
  entry('qcom,sc7280-adsp-pas', 'adsp', 1, 'adsp', ['lcx', 'lmx']),
  entry('qcom,sc7280-cdsp-pas', 'cdsp', 18, 'cdsp', ['cx', 'mx']),
  entry('qcom,sc7280-mpss-pas', 'modem', 4, 'modem', ['cx', 'mss'], { autoBoot: false }),
  entry('qcom,sc7280-wpss-pas', 'wpss', 6, 'wpss', ['cx', 'mx'], { autoBoot: false }),
  entry('qcom,sm8150-adsp-pas', 'adsp', 1, 'adsp', ['cx']),
  entry('qcom,sm8150-cdsp-pas', 'cdsp', 18, 'cdsp', ['cx']),
  entry('qcom,x1e80100-adsp-pas', 'adsp', 1, 'adsp', ['lcx', 'lmx'], {
    dtbPasId: 0x24,
    litePasId: 0x1f,
    liteDtbPasId: 0x29,
  }),
  entry('qcom,x1e80100-cdsp-pas', 'cdsp', 18, 'cdsp', ['cx', 'mxc', 'nsp'], { dtbPasId: 0x25 }),
];

const BY_COMPATIBLE = new Map(MATCH_DATA.map((data) => [data.compatible, data]));

export function pasMatchData(compatible: string): PasMatchData {
  return present(BY_COMPATIBLE.get(compatible), `not in the PAS driver's match table: ${compatible}`);
}

function entry(
  compatible: string,
  name: string,
  pasId: number,
  loadState: string,
  proxyPowerDomains: readonly string[],
  rest: Partial<PasMatchData> = {},
): PasMatchData {
  return {
    name,
    compatible,
    pasId,
    dtbPasId: null,
    litePasId: null,
    liteDtbPasId: null,
    autoBoot: true,
    decryptShutdown: false,
    loadState,
    proxyPowerDomains,
    assignedRegions: [],
    ...rest,
  };
}
