import type { DictionaryClass } from './dictionary.ts';
import { writeType } from './type.ts';

/**
 * Classes that look alike share one named type in generated schemas: an address is written once, however often it occurs,
 * and three levels of consignments are three types rather than three copies of everything below them.
 */
export interface Shape {
  readonly name: string;
  readonly cls: DictionaryClass; // one of the classes of this shape: the first
  /** The shapes of `cls.classes`, in their order. */
  readonly classes: readonly Shape[];
}

/** The shapes of `roots` and all below, each before the shapes that use it; and the shape of each root. */
export function shapes(roots: readonly DictionaryClass[]): { readonly all: readonly Shape[]; readonly ofRoot: readonly Shape[] } {
  const bySignature = new Map<string, Shape>();
  const names = new Set<string>();
  const shapeOf = (cls: DictionaryClass): Shape => {
    const children = cls.classes.map(shapeOf);
    const signature = JSON.stringify([
      cls.name,
      cls.attributes.map((a) => [a.name, writeType(a.type), a.required]),
      cls.classes.map((c, i) => [c.name, c.many, c.required, children[i]!.name]),
    ]);
    const known = bySignature.get(signature);
    if (known) return known;
    const made = { name: freeName(cls), cls, classes: children };
    bySignature.set(signature, made);
    return made;
  };
  const freeName = (cls: DictionaryClass): string => {
    const steps = cls.path.split('/');
    let name = '';
    for (let from = steps.length - 1; from >= 0; from--) {
      name = steps.slice(from).join('');
      if (!names.has(name)) break;
    }
    names.add(name);
    return name;
  };
  const ofRoot = roots.map(shapeOf);
  return { all: [...bySignature.values()], ofRoot };
}
