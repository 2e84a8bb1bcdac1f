/**
 * Whether two values are built alike, over all they refer to, rings included: plans that do the same. Where something was
 * written, in which file and in which version of it, makes no difference; functions are as their neighbors, which are data.
 */
export function alike(a: unknown, b: unknown): boolean {
  const taken = new Map<object, object>(); // what is being compared with what, or was
  const same = (a: unknown, b: unknown): boolean => {
    if (Object.is(a, b)) return true;
    if (typeof a === 'function' && typeof b === 'function') return true;
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
    const twin = taken.get(a);
    if (twin) return twin === b;
    taken.set(a, b);
    if (a instanceof Map) return b instanceof Map && a.size === b.size && sameList([...a].flat(), [...b].flat());
    if (a instanceof Set) return b instanceof Set && sameList([...a], [...b]);
    if (Array.isArray(a)) return Array.isArray(b) && sameList(a, b);
    if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
    const [ours, theirs] = [told(a), told(b)];
    return ours.length === theirs.length && ours.every(([key, value], i) => key === theirs[i]![0] && same(value, theirs[i]![1]));
  };
  const sameList = (a: readonly unknown[], b: readonly unknown[]): boolean => a.length === b.length && a.every((each, i) => same(each, b[i]));
  return same(a, b);
}

const elsewhere: ReadonlySet<string> = new Set(['place', 'at', 'file', 'files', 'hash']);
const told = (value: object): [string, unknown][] => Object.entries(value).filter(([key]) => !elsewhere.has(key));
