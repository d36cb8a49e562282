/** A line of a driver of Qualcomm's processors, of whatever kernel: the device is the first group. */
export function ofDriver(text: RegExp): RegExp {
  return new RegExp(`^qcom[-_](?:q6v5|wcnss|adsp)\\S* (\\S+): ${text.source}$`);
}
