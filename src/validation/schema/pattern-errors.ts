/** A set of characters as it stands in a pattern. */
export interface CharacterSet {
  readonly set: string; // as an expression of the language
  readonly isNegative: boolean; // it says what is not in it. Libxml2 errs where one has characters with another that may stand in its place
}

/** A set, and how often one of it comes. */
interface Atom extends CharacterSet {
  readonly times: string; // `?`, `{2}`
}

/**
 * Where libxml2 is known to judge other than a pattern means: it is told of the pattern piece by piece as it is read (`pattern.ts`), and says in the end
 * whether there is any of it. What it does not know libxml2 to read aright it takes for an error: then libxml2 itself is asked.
 */
export class KnownErrors {
  readonly #pattern: string;
  readonly #atoms: Atom[] = [];
  readonly #groups = [new Group()]; // those that are open, and the pattern itself
  #ended: Group | undefined; // one that has just ended
  #found = false;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  /** A set of characters, which ends before `end`. */
  set(one: CharacterSet, end: number): void {
    this.#ended = undefined;
    const after = this.#pattern.slice(end);
    this.#atoms.push({ ...one, times: /^(?:[?*+]|\{[\d,]*\})?/.exec(after)![0] });
    this.#groups.at(-1)!.begins(one, after);
  }

  /** How often what stands before it comes, `{2,3}`. None at all is one error, a count of a group that varies another. */
  count(count: string): void {
    if (/^\{(0+,)?0+\}$/.test(count) || this.#ended?.varies) this.#found = true;
    this.#ended = undefined;
    for (const group of this.#groups) group.counts = group.varies = true;
  }

  /** `?`, `*`, `+`, `|`, `(` or `)`. */
  sign(sign: string): void {
    this.#ended = undefined;
    if ('?*+|'.includes(sign)) for (const group of this.#groups) group.varies = true;
    if (sign === '|') this.#groups.at(-1)!.another();
    else if (sign === '(') {
      this.#groups.at(-1)!.begins(undefined, '');
      this.#groups.push(new Group());
    } else if (sign === ')') {
      this.#ended = this.#groups.pop();
      if (this.#ended?.errs) this.#found = true;
    }
  }

  get any(): boolean {
    if (this.#found || this.#groups[0]!.errs) return true;
    return this.#atoms.some(({ isNegative }) => isNegative) && !isClear(this.#atoms, /[|(]/.test(this.#pattern));
  }
}

/** Whether a pattern has no set beside `.` but one, or all follow one another and each character can be of one alone. */
function isClear(atoms: readonly Atom[], hasGroups: boolean): boolean {
  if (new Set(atoms.map(({ set }) => set).filter((set) => set !== '.')).size === 1) return true;
  if (hasGroups) return false;
  return atoms.every((atom, at) => {
    if (/^(\{\d+\})?$/.test(atom.times)) return true;
    const necessary = atoms.findIndex((next, after) => after > at && !/^([?*]|\{0)/.test(next.times));
    return areApart([atom, ...atoms.slice(at + 1, necessary < 0 ? atoms.length : necessary + 1)]);
  });
}

/** What stands in brackets. libxml2 errs in some patterns that count what varies, or count in an alternative that begins like another. */
class Group {
  counts = false; // `{2}`
  varies = false; // `?`, `*`, `+`, `{2}`, `|`
  #chooses = false;
  #isBegun = false; // an alternative
  readonly #beginnings: CharacterSet[] = []; // of which the next character is one
  #isClear = true; // those are all

  /** A set of characters stands next, or a group, which is none. `after`: what follows it. */
  begins(one: CharacterSet | undefined, after: string): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    if (one) this.#beginnings.push(one);
    if (!one || (/^[?*{]/.test(after) && !after.startsWith('{1}'))) this.#isClear = false;
  }

  another(): void {
    this.#isClear &&= this.#isBegun;
    this.#chooses = true;
    this.#isBegun = false;
  }

  get errs(): boolean {
    return this.counts && this.#chooses && !(this.#isBegun && this.#isClear && areApart(this.#beginnings));
  }
}

/** Whether no character is of two sets; what is not ASCII is not looked at. */
function areApart(sets: readonly CharacterSet[]): boolean {
  const expressions = sets.map(({ set }) => new RegExp(`^${set}$`, 'u'));
  for (let code = 0; code < 0x80; code++) if (expressions.filter((set) => set.test(String.fromCharCode(code))).length > 1) return false;
  return !sets.some(({ set }) => /[^\0-\x7f]/.test(set)) && sets.filter(({ isNegative }) => isNegative).length < 2;
}
