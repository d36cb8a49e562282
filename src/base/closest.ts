/** The names most like a wanted one, likest first: those that hold it or are held by it, then by how many letters differ. */
export function closestNames(wanted: string, names: Iterable<string>, count: number): string[] {
  const distance = (name: string) =>
    name.includes(wanted) || wanted.includes(name)
      ? 0
      : editDistance(wanted.toLowerCase(), name.toLowerCase());
  return [...names]
    .map((name) => ({ name, distance: distance(name) }))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name);
}

/** Letters to put in, take out or replace to get from one text to the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_unused, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
