import type { MessageHeader } from '../unit.ts';

/** A release as a point in time, in quarters of years: `95B` of `D95B`, `911` of `1:911`. Undefined where it names none. */
function dateOf(release: string): number | undefined {
  const [, year, half] = /^(\d\d)([A-Z\d])$/.exec(release) ?? [];
  if (year === undefined || half === undefined) return undefined;
  const part = /\d/.test(half) ? Number(half) - 1 : half.charCodeAt(0) - 65;
  return ((Number(year) + 50) % 100) * 4 + part; // 1950 to 2049
}

/** The releases of the same agency, nearest first, of two as near the older one. */
function ownReleases(names: readonly string[], wanted: string): readonly string[] {
  const agency = wanted.slice(0, 2);
  const number = (name: string): number => Number(name.slice(2));
  const known = names.filter((name) => name.startsWith(agency) && /^\d+$/.test(name.slice(2)));
  return known.sort((a, b) => Math.abs(number(a) - number(wanted)) - Math.abs(number(b) - number(wanted)) || number(a) - number(b));
}

/**
 * The directories that could stand in for one that is not there, nearest first: of the same family (D or S) before the others,
 * then by date, and of two as near the older one. For a release of another agency those of its own that are there. None where the
 * header names no directory.
 */
export function nearestDirectories(names: readonly string[], { version = '', release = '', agency, directory = '' }: MessageHeader): readonly string[] {
  if (/^[A-Z]{2}\d/.test(directory)) return ownReleases(names, directory);
  const date = dateOf(release);
  if (date === undefined || !(/^[DS]$/.test(version) || (/^\d$/.test(version) && agency === 'UN'))) return [];
  const rank = (name: string): readonly number[] => {
    const own = dateOf(name.slice(1))!;
    return [name[0] === version ? 0 : 1, Math.abs(own - date), own];
  };
  const known = names.filter((name) => /^[A-Z]/.test(name) && dateOf(name.slice(1)) !== undefined).map((name) => ({ name, rank: rank(name) }));
  return known.sort((a, b) => a.rank.map((each, i) => each - b.rank[i]!).find((each) => each !== 0) ?? 0).map(({ name }) => name);
}
