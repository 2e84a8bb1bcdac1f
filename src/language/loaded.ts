import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';

/** A configuration file that was read and found to be of the right shape, with the way back to its positions. */
export interface Loaded<T> {
  readonly value: T;
  readonly path: string;
  /** The place of the node at `keys`, or of the nearest node above it. */
  at(...keys: (string | number)[]): Place;
}

/** A finding for a name that nothing has, with the names there are. */
export function unknownName(what: string, name: string, rule: Place, known: readonly string[]): Diagnostic {
  return finding('CONFIG_UNKNOWN_NAME', { what, name }, { rule, actual: name, expected: known });
}
