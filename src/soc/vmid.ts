/** Virtual machines that memory can belong to (include/dt-bindings/firmware/qcom,scm.h, QCOM_SCM_VMID_…). */
const NAMES: Readonly<Record<number, string>> = {
  1: 'TZ',
  3: 'HLOS',
  5: 'SSC_Q6',
  6: 'ADSP_Q6',
  8: 'CP_TOUCH',
  9: 'CP_BITSTREAM',
  10: 'CP_PIXEL',
  11: 'CP_NON_PIXEL',
  13: 'CP_CAMERA',
  14: 'HLOS_FREE',
  15: 'MSS_MSA',
  16: 'MSS_NONMSA',
  17: 'CP_SEC_DISPLAY',
  18: 'CP_APP',
  22: 'LPASS',
  24: 'WLAN',
  25: 'WLAN_CE',
  26: 'CP_SPSS_SP',
  29: 'CP_CAMERA_PREVIEW',
  30: 'CDSP',
  34: 'CP_SPSS_SP_SHARED',
  36: 'CP_SPSS_HLOS_SHARED',
  37: 'ADSP_HEAP',
  42: 'CP_CDSP',
  43: 'NAV',
  45: 'TVM',
  49: 'OEMVM',
  51: 'CP_ADSP_SHARED',
};

/** `0x3 HLOS`, several with commas, out of `0x3 0x16`; what has no name stays a number. */
export function renderVmids(vmids: string): string {
  return vmids
    .split(' ')
    .map((vmid) => {
      const name = NAMES[Number(vmid)];
      return name === undefined ? vmid : `${vmid} ${name}`;
    })
    .join(', ');
}
