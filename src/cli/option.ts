/** For an option that may be given several times: collects its values. */
export function oneMore(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}
