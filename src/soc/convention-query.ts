/** INFO_IS_CALL_AVAILABLE, asked about itself: the first call of qcom_scm (__get_convention). */
const INFO_SERVICE = 6;
const IS_CALL_AVAILABLE = 1;
const ABOUT_ITSELF = 0x0200_0601n;

/** Whether a call is one by which the probe of qcom_scm finds out how to call at all: nothing comes before it. */
export function isConventionQuery(call: {
  readonly service: number;
  readonly command: number;
  readonly arg0: bigint | null;
}): boolean {
  return call.service === INFO_SERVICE && call.command === IS_CALL_AVAILABLE && call.arg0 === ABOUT_ITSELF;
}
