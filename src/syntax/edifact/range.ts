/** Which of the directories: `all`, or `D95B..D96B D98A..`: from the first to the last named, open to an end of the list. */
export function rangeText(has: ReadonlySet<string>, names: readonly string[]): string {
  const runs: [from: number, to: number][] = [];
  names.forEach((name, i) => {
    if (!has.has(name)) return;
    const last = runs.at(-1);
    if (last && last[1] === i - 1) last[1] = i;
    else runs.push([i, i]);
  });
  if (runs.length === 1 && runs[0]![1] - runs[0]![0] === names.length - 1) return 'all';
  return runs.map(([from, to]) => (from === to ? names[from]! : `${from === 0 ? '' : names[from]!}..${to === names.length - 1 ? '' : names[to]!}`)).join(' ');
}
