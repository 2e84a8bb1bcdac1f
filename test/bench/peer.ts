import { createRequire } from 'node:module';

/** What is called of npm `edifact`, which has no types. */
interface Parser {
  onopensegment: () => void;
  onclosesegment: () => void;
  onelement: () => void;
  oncomponent: (value: string) => void;
  encoding(name: string): void;
  write(text: string): void;
  end(): void;
}
interface Defined {
  define(definitions: object): void;
}
interface TreeReader extends Defined {
  parse(text: string): readonly { readonly elements: readonly (readonly string[])[] }[];
}
const require = createRequire(import.meta.url);
const Parser = require('edifact/parser.js') as new (validator?: object) => Parser;
const Validator = require('edifact/validator.js') as new () => Defined;
const Reader = require('edifact/reader.js') as new () => TreeReader;

/** Its own table refuses TDT without C401, which the directory lets be absent. */
const mended = { C401: { requires: 0, components: ['an..3', 'an..3', 'an..17'] } };

/** Reads a document and gives the number of its components; `touch` is called with each. Callbacks are methods, which is the peer's fastest use. */
function parse(text: string, touch: (value: string) => void, validator?: object): number {
  let components = 0;
  const parser = new Parser(validator);
  parser.onopensegment = parser.onelement = parser.onclosesegment = () => undefined;
  parser.oncomponent = (value) => {
    components++;
    touch(value);
  };
  parser.encoding('UNOA');
  parser.write(text);
  parser.end();
  return components;
}

/** npm `edifact`: its raw parser. */
export const raw = (text: string, touch: (value: string) => void): number => parse(text, touch);

/** Its parser with its validator, whose tables are filled once for all documents: elements, formats and counts, but no code lists and no segment groups. */
export function validating(touch: (value: string) => void): (text: string) => number {
  const validator = new Validator();
  validator.define(require('edifact/segments.js') as object);
  validator.define({ ...(require('edifact/elements.js') as object), ...mended });
  return (text) => parse(text, touch, validator);
}

/** Its reader, validator and tree, as its documentation has it: one for each document. */
export function tree(text: string): number {
  const reader = new Reader();
  reader.define(mended);
  let components = 0;
  for (const { elements } of reader.parse(text)) for (const each of elements) components += each.length;
  return components;
}
