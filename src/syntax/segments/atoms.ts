import { atomKey, type OutAtoms } from '../unit.ts';

/** Atoms of elements given as lists of components. */
export function atoms(elements: readonly (readonly string[])[]): OutAtoms {
  const keys: number[] = [];
  const texts: string[] = [];
  elements.forEach((components, element) => {
    components.forEach((text, component) => {
      if (text === '') return;
      keys.push(atomKey(element + 1, component + 1));
      texts.push(text);
    });
  });
  return { size: keys.length, keys, repetitions: keys.map(() => 0), names: keys.map(() => undefined), texts, facts: keys.map(() => -1) };
}
