/**
 * "Did you mean …": the known names within a small edit distance of `name`, nearest first.
 *
 * For names, never for codes: every two-letter code is near every other, so there the list is named instead.
 * Distance 1 for names under three letters, otherwise 2; letter case alone counts as distance 0. Last come those that begin so.
 */
export function suggest(name: string, known: Iterable<string>): readonly string[] {
  const limit = name.length < 3 ? 1 : 2;
  const found: { readonly known: string; readonly distance: number }[] = [];
  for (const candidate of known) {
    if (candidate === name) continue;
    const distance = candidate.toLowerCase() === name.toLowerCase() ? 0 : editDistance(name, candidate, limit);
    const begins = name.length > 3 && candidate.toLowerCase().startsWith(name.toLowerCase());
    if (begins && distance > limit) found.push({ known: candidate, distance: limit + 1 });
    else if (distance <= limit && distance < name.length) found.push({ known: candidate, distance });
  }
  return found.sort((a, b) => a.distance - b.distance || (a.known < b.known ? -1 : 1)).map((each) => each.known);
}

/** `, did you mean \`x\`?` for the end of a sentence, or the empty string. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const [nearest] = suggest(name, known);
  return nearest === undefined ? '' : `, did you mean \`${nearest}\`?`;
}

/** Insertions, deletions, replacements and swaps of neighbors; `limit + 1` stands for anything above `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, before[j - 2]! + 1);
      row.push(best);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}
