/** Where a fact came from: everything else about its way is static plan data. */
export interface Origin {
  readonly position: number; // Unit.position
  readonly key: number; // atomKey
  readonly tag: string; // segment tag, or XML element
  readonly offset: number; // absolute byte offset of the atom; -1 where it has none (constants)
}

/** A format-private value that travels with a row, under the name of the map that understands it. */
export interface Carried {
  readonly index: number; // among all carried values, in the order in which they came
  readonly map: string; // map name without version
  readonly name: string;
  readonly value: string;
  readonly origin: Origin | undefined;
}
