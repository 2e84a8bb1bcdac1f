import { isOfSchema, nameMeant, type Components, type SchemaNode } from './documents.ts';
import { expressionOf } from './pattern.ts';

type Check = (text: string) => boolean;

/** What a simple type allows (XML Schema, part 2, 1.0). */
export interface SimpleType {
  /** Whether a text is surely of the type, as its blanks stand (`fits`). A false says nothing. */
  readonly allows: Check;
  readonly checks: readonly Check[]; // of which it is made
  readonly family: 'text' | 'number' | 'other'; // what lengths and bounds are about
  readonly blanks: 'any' | 'spaces' | 'trimmed'; // xs:string, xs:normalizedString, xs:token and all that is no text
}

/** An address without anything to look into: what else is one takes a grammar to say. */
export const uri = /^(?:https?:\/\/[A-Za-z0-9.-]+(?:\/[\w./~-]*)?#?|[A-Za-z][A-Za-z0-9+.-]*:[\w.~-][\w.:/~-]*)$/;

const longest = 4096; // characters: what is longer is for the other

const type = (family: SimpleType['family'], blanks: SimpleType['blanks'], ...checks: readonly Check[]): SimpleType => {
  const [first = (): boolean => true, second = first] = checks;
  const few: Check = checks.length < 2 ? first : (text) => first(text) && second(text);
  return { family, blanks, checks, allows: checks.length < 3 ? few : (text) => checks.every((allows) => allows(text)) };
};
const matching = (expression: RegExp, family: SimpleType['family'] = 'other'): SimpleType => type(family, 'trimmed', (text) => expression.test(text));
/** Whole numbers of at most fifteen digits, which a number holds exactly. */
const whole = (least: number, most: number): SimpleType =>
  type('number', 'trimmed', (text) => /^[+-]?\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most);

/** The same for a text as it stands in a document: blanks around it and rows of them do not count, where the type says so (for libxml2 they do, around a date). */
export const fits = ({ allows, blanks, family }: SimpleType, text: string): boolean =>
  allows(text) || (blanks === 'trimmed' && family !== 'other' && !isTrimmed(text) && allows(normalized.trimmed(text)));

/** A text with its blanks as its type has them (part 2, 4.3.6). */
const normalized: Readonly<Record<SimpleType['blanks'], (text: string) => string>> = {
  any: (text) => text,
  spaces: (text) => text.replace(/[\t\n\r]/g, ' '),
  trimmed: (text) => text.replace(/[ \t\n\r]+/g, ' ').replace(/^ | $/g, ''),
};

const blanksOf: Readonly<Record<string, SimpleType['blanks'] | undefined>> = { preserve: 'any', replace: 'spaces', collapse: 'trimmed' };
const blankOrder: readonly SimpleType['blanks'][] = ['any', 'spaces', 'trimmed'];

/** Whether blanks are single spaces between other characters. */
function isTrimmed(text: string): boolean {
  let isAfterSpace = true;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x20 ? isAfterSpace : code === 0x09 || code === 0x0a || code === 0x0d) return false;
    isAfterSpace = code === 0x20;
  }
  return !isAfterSpace || text === '';
}

const isDay = (text: string, month: number, day: number): boolean => day >= 1 && day <= new Date(Date.UTC(Number(text.slice(0, 4)), month, 0)).getUTCDate();
const date = String.raw`([1-9]\d{3})-(0[1-9]|1[0-2])-([0-3]\d)`;
const time = String.raw`([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?`;
const zone = String.raw`(Z|[+-](0\d|1[0-3]):[0-5]\d)?`;
const dated = (expression: RegExp): SimpleType =>
  type('other', 'trimmed', (text) => {
    const found = expression.exec(text);
    return found !== null && isDay(text, Number(found[2]), Number(found[3]));
  });

/** The types that are built in, as far as they are sure. */
const builtIn: Readonly<Record<string, SimpleType>> = {
  string: type('text', 'any'),
  normalizedString: type('text', 'spaces', (text) => !/[\t\n\r]/.test(text)),
  token: type('text', 'trimmed', isTrimmed),
  language: matching(/^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/, 'text'),
  NMTOKEN: matching(/^[\w.:-]+$/, 'text'),
  Name: matching(/^[A-Za-z_:][\w.:-]*$/, 'text'),
  NCName: matching(/^[A-Za-z_][\w.-]*$/, 'text'),
  anyURI: matching(uri, 'text'),
  boolean: matching(/^(?:true|false|1|0)$/),
  decimal: matching(/^[+-]?\d{1,15}(\.\d{1,9})?$/, 'number'),
  integer: whole(-1e15, 1e15),
  long: whole(-1e15, 1e15),
  int: whole(-2_147_483_648, 2_147_483_647),
  short: whole(-32_768, 32_767),
  byte: whole(-128, 127),
  nonNegativeInteger: whole(0, 1e15),
  positiveInteger: whole(1, 1e15),
  nonPositiveInteger: whole(-1e15, 0),
  negativeInteger: whole(-1e15, -1),
  unsignedLong: whole(0, 1e15),
  unsignedInt: whole(0, 4_294_967_295),
  unsignedShort: whole(0, 65_535),
  unsignedByte: whole(0, 255),
  date: dated(new RegExp(`^${date}${zone}$`)),
  dateTime: dated(new RegExp(`^${date}T${time}${zone}$`)),
  time: matching(new RegExp(`^${time}${zone}$`)),
  gYear: matching(/^[1-9]\d{3}$/),
  hexBinary: matching(/^(?:[0-9A-Fa-f]{2})+$/),
};

/** The simple types of a schema. Undefined is what is not judged here: lists, identifiers, and what rests on them. */
export class SimpleTypes {
  readonly #components: Components;
  readonly #known = new Map<string, SimpleType | undefined>();

  constructor(components: Components) {
    this.#components = components;
  }

  /** Of a name. */
  named(name: string): SimpleType | undefined {
    if (isOfSchema(name)) return builtIn[name.slice(name.indexOf('}') + 1)];
    if (!this.#known.has(name)) {
      this.#known.set(name, undefined); // a type that rests on itself is none
      const node = this.#components.get(`simpleType ${name}`);
      this.#known.set(name, node && this.of(node));
    }
    return this.#known.get(name);
  }

  /** Of an element `simpleType`. */
  of(node: SchemaNode): SimpleType | undefined {
    const [made] = node.children;
    if (made?.name === 'restriction') return this.restricted(made, this.#base(made));
    return made?.name === 'union' ? this.#union(made) : undefined;
  }

  /** Of what has an attribute `type`, or a `simpleType` in it. */
  ofHolder(node: SchemaNode): SimpleType | undefined {
    const stated = node.attributes.get('type');
    const inner = node.children.find(({ name }) => name === 'simpleType');
    return stated !== undefined ? this.#meant(node, stated) : inner && this.of(inner);
  }

  #meant(node: SchemaNode, qname: string): SimpleType | undefined {
    const name = nameMeant(node, qname);
    return name === undefined ? undefined : this.named(name);
  }

  #base(restriction: SchemaNode): SimpleType | undefined {
    const stated = restriction.attributes.get('base');
    const inner = restriction.children.find(({ name }) => name === 'simpleType');
    return stated !== undefined ? this.#meant(restriction, stated) : inner && this.of(inner);
  }

  #union(node: SchemaNode): SimpleType | undefined {
    const named = (node.attributes.get('memberTypes') ?? '').split(/\s+/).filter((each) => each !== '');
    const inner = node.children.filter(({ name }) => name === 'simpleType');
    const members = [...named.map((each) => this.#meant(node, each)), ...inner.map((each) => this.of(each))].filter((member) => member !== undefined);
    return members.length === 0 ? undefined : type('other', 'trimmed', (text) => isTrimmed(text) && members.some(({ allows }) => allows(text)));
  }

  /** A type with the facets that stand in `restriction`. */
  restricted(restriction: SchemaNode, base: SimpleType | undefined): SimpleType | undefined {
    if (!base) return undefined;
    const stated = restriction.children.find(({ name }) => name === 'whiteSpace')?.attributes.get('value');
    const blanks = stated === undefined ? base.blanks : blanksOf[stated];
    if (blanks === undefined || blankOrder.indexOf(blanks) < blankOrder.indexOf(base.blanks)) return undefined; // blanks that did not count do not count again
    const checks = facetChecks(restriction, { ...base, blanks });
    if (!checks) return undefined;
    const before = blanks === base.blanks ? [] : builtIn[blanks === 'trimmed' ? 'token' : 'normalizedString']!.checks;
    return type(base.family, blanks, ...base.checks, ...before, ...checks);
  }
}

const simpleFacets: Readonly<Record<string, (value: number, family: SimpleType['family']) => Check | undefined>> = {
  length: (value, family) => ofText(family, (text) => text.length === value && isCounted(text)),
  minLength: (value, family) => ofText(family, (text) => text.length >= value && isCounted(text)),
  maxLength: (value, family) => ofText(family, (text) => text.length <= value), // a pair of surrogates is one character: what is short enough with two is so with one
  minInclusive: (value, family) => ofNumber(family, (number) => number >= value),
  maxInclusive: (value, family) => ofNumber(family, (number) => number <= value),
  minExclusive: (value, family) => ofNumber(family, (number) => number > value),
  maxExclusive: (value, family) => ofNumber(family, (number) => number < value),
  // Digits as they are written, zeros among them: a number may have fewer, never more.
  totalDigits: (value, family) => (family === 'number' ? (text): boolean => text.replace(/[+.-]/g, '').length <= value : undefined),
  fractionDigits: (value, family) =>
    family === 'number' ? (text): boolean => (text.includes('.') ? text.length - text.indexOf('.') - 1 : 0) <= value : undefined,
};

const isCounted = (text: string): boolean => text.length <= longest && !/[\ud800-\udfff]/.test(text);
const ofText = (family: SimpleType['family'], allows: Check): Check | undefined => (family === 'text' ? allows : undefined);
const ofNumber = (family: SimpleType['family'], allows: (number: number) => boolean): Check | undefined =>
  family === 'number' ? (text) => text.length <= 16 && allows(Number(text)) : undefined;

const bound = /^-?\d{1,15}(\.\d{1,9})?$/; // of at most fifteen digits, too

/** What the facets of a restriction allow; undefined where one is not judged here. */
function facetChecks(restriction: SchemaNode, { family, blanks }: SimpleType): Check[] | undefined {
  const checks: Check[] = [];
  let listed: Set<string> | undefined;
  const expressions: RegExp[] = [];
  let patterns = 0;
  for (const { name, attributes } of restriction.children) {
    const value = attributes.get('value') ?? '';
    if (name === 'enumeration') {
      listed ??= new Set();
      if (normalized[blanks](value) === value) listed.add(value); // libxml2 compares with the others as they stand, in vain
    } else if (name === 'pattern') {
      patterns++;
      const expression = expressionOf(value);
      if (expression) expressions.push(expression);
    } else if (Object.hasOwn(simpleFacets, name)) {
      const check = bound.test(value) && value.length <= 16 ? simpleFacets[name]!(Number(value), family) : undefined;
      if (!check) return undefined;
      checks.push(check);
    } else if (!harmless.includes(name)) return undefined;
  }
  const known = listed;
  if (known) checks.push((text) => known.has(text));
  const [only] = expressions;
  if (patterns > 0 && !only) return undefined;
  if (only && expressions.length === 1) checks.push((text) => text.length <= longest && only.test(text));
  else if (only) checks.push((text) => text.length <= longest && expressions.some((expression) => expression.test(text)));
  return checks;
}

const harmless: readonly string[] = ['simpleType', 'whiteSpace', 'attribute', 'attributeGroup', 'anyAttribute']; // looked at elsewhere
