import { contentModel, type Position } from './content.ts';
import { expanded, isOfSchema, isTrue, nameMeant, type Components, type SchemaNode } from './documents.ts';
import { SimpleTypes, type SimpleType } from './simple.ts';

/** What an element of a type may be. */
export interface ElementType {
  readonly simple: SimpleType | undefined; // its text; undefined where it has elements
  readonly start: Position | undefined; // before the first of its elements; undefined where it has text
  readonly attributes: ReadonlyMap<string, AttributeUse>; // by name as a reader writes it
  readonly required: number; // how many of them must be there
}

/** An attribute that is allowed. */
export interface AttributeUse {
  readonly type: SimpleType;
  readonly fixed: string | undefined;
  readonly isRequired: boolean;
}

/** A complex type while it is put together. */
interface Complex {
  readonly simple?: SimpleType;
  readonly content: readonly SchemaNode[]; // particles, one after the other
  readonly attributes: ReadonlyMap<string, AttributeUse>;
}

/**
 * The types of a schema, put together when an element of one comes. Undefined is what is not judged here: mixed content, identity
 * constraints, what takes the place of another, and what rests on such.
 */
export class Types {
  readonly #components: Components;
  readonly #simple: SimpleTypes;
  readonly #tagOf: (name: string) => string;
  readonly #ofDeclaration = new Map<SchemaNode, ElementType | undefined>();
  readonly #ofType = new Map<SchemaNode, ElementType | undefined>();

  /** `tagOf`: how a reader writes the name of an element. */
  constructor(components: Components, tagOf: (name: string) => string) {
    this.#components = components;
    this.#simple = new SimpleTypes(components);
    this.#tagOf = tagOf;
  }

  /** Of an element that is declared for all of the schema. */
  global(name: string): ElementType | undefined {
    const node = this.#components.get(`element ${name}`);
    return node && this.of(node);
  }

  /** Of an element by its declaration. */
  of(node: SchemaNode): ElementType | undefined {
    if (this.#ofDeclaration.has(node)) return this.#ofDeclaration.get(node);
    const made = this.#declared(node);
    this.#ofDeclaration.set(node, made);
    return made;
  }

  #declared(node: SchemaNode): ElementType | undefined {
    const ref = node.attributes.get('ref');
    if (ref !== undefined) return this.global(nameMeant(node, ref) ?? '');
    if (isTrue(node, 'abstract') || node.children.some(({ name }) => identities.includes(name))) return undefined;
    if (node.attributes.has('fixed') || node.attributes.has('default')) return undefined;
    const stated = node.attributes.get('type');
    const name = stated === undefined ? undefined : nameMeant(node, stated);
    const complex = name === undefined ? node.children.find((child) => child.name === 'complexType') : this.#components.get(`complexType ${name}`);
    if (complex) return this.#typeOf(complex);
    const simple = this.#simple.ofHolder(node);
    return simple && { simple, start: undefined, attributes: new Map(), required: 0 };
  }

  #typeOf(node: SchemaNode): ElementType | undefined {
    if (this.#ofType.has(node)) return this.#ofType.get(node);
    const complex = isTrue(node, 'abstract') ? undefined : this.#complex(node, 0);
    const made = complex && this.#element(complex);
    this.#ofType.set(node, made);
    return made;
  }

  #element({ simple, content, attributes }: Complex): ElementType | undefined {
    const required = [...attributes.values()].filter(({ isRequired }) => isRequired).length;
    if (simple) return { simple, start: undefined, attributes, required };
    const start = contentModel(this.#components, content, this.#tagOf);
    return start && { simple: undefined, start, attributes, required };
  }

  #complex(node: SchemaNode, depth: number): Complex | undefined {
    if (depth > deepest || isTrue(node, 'mixed')) return undefined;
    const [first] = node.children;
    if (first?.name === 'simpleContent') return this.#derived(first, depth, (base, step) => this.#text(base, step));
    if (first?.name === 'complexContent') return isTrue(first, 'mixed') ? undefined : this.#derived(first, depth, extended);
    const attributes = this.#attributes(node, new Map());
    return attributes && { content: node.children.filter(({ name }) => particles.includes(name)), attributes };
  }

  /** A type by what it adds to another, or takes from it. */
  #derived(
    content: SchemaNode,
    depth: number,
    made: (base: Complex | SimpleType, step: SchemaNode) => Omit<Complex, 'attributes'> | undefined,
  ): Complex | undefined {
    const step = content.children.find(({ name }) => name === 'extension' || name === 'restriction');
    const name = step && nameMeant(step, step.attributes.get('base') ?? '');
    if (!step || name === undefined) return undefined;
    const node = this.#components.get(`complexType ${name}`);
    const base = node
      ? this.#complex(node, depth + 1)
      : isAnyType(name)
        ? { content: [], attributes: new Map<string, AttributeUse>() }
        : this.#simple.named(name);
    if (!base) return undefined;
    const contents = made(base, step);
    const attributes = this.#attributes(step, 'attributes' in base ? base.attributes : new Map());
    return contents && attributes && { ...contents, attributes };
  }

  #text(base: Complex | SimpleType, step: SchemaNode): Omit<Complex, 'attributes'> | undefined {
    const inner = step.children.find(({ name }) => name === 'simpleType');
    const simple = inner ? this.#simple.of(inner) : 'allows' in base ? base : base.simple;
    const made = step.name === 'restriction' ? this.#simple.restricted(step, simple) : simple;
    return made && { simple: made, content: [] };
  }

  /** The attributes that stand in `node`, beside those that its type had before. Any others (`anyAttribute`) are not judged. */
  #attributes(node: SchemaNode, before: ReadonlyMap<string, AttributeUse>, depth = 0): ReadonlyMap<string, AttributeUse> | undefined {
    const uses = new Map(before);
    for (const child of node.children) {
      if (child.name === 'attributeGroup') {
        const group = this.#components.get(`attributeGroup ${nameMeant(child, child.attributes.get('ref') ?? '') ?? ''}`);
        const more = group && depth < deepest ? this.#attributes(group, uses, depth + 1) : undefined;
        if (!more) return undefined;
        for (const [name, use] of more) uses.set(name, use);
      }
      if (child.name !== 'attribute') continue;
      const isProhibited = child.attributes.get('use') === 'prohibited';
      if (isProhibited && node.name !== 'restriction') return undefined; // it takes nothing away there
      const ref = child.attributes.get('ref');
      const declaration = ref === undefined ? child : this.#components.get(`attribute ${nameMeant(child, ref) ?? ''}`);
      const isRequired = child.attributes.get('use') === 'required';
      const name = declaration && attributeName(declaration, ref !== undefined);
      const type = declaration && this.#simple.ofHolder(declaration);
      if (name === undefined) return undefined;
      uses.delete(name);
      const fixed = child.attributes.get('fixed') ?? declaration!.attributes.get('fixed');
      if (isProhibited) continue;
      if (type) uses.set(name, { type, fixed, isRequired });
      else if (isRequired) return undefined;
    }
    return uses;
  }
}

const deepest = 20; // derivations of derivations
const identities: readonly string[] = ['key', 'keyref', 'unique'];
const particles: readonly string[] = ['sequence', 'choice', 'all', 'group'];

const isAnyType = (name: string): boolean => isOfSchema(name) && name.endsWith('}anyType');

function extended(base: Complex | SimpleType, step: SchemaNode): Omit<Complex, 'attributes'> | undefined {
  if ('allows' in base || base.simple) return undefined;
  const own = step.children.filter(({ name }) => particles.includes(name));
  return { content: step.name === 'extension' ? [...base.content, ...own] : own };
}

/** As a reader writes it: with its namespace, where it has one. */
function attributeName({ attributes, file }: SchemaNode, isGlobal: boolean): string | undefined {
  const name = attributes.get('name');
  const form = attributes.get('form');
  const isQualified = isGlobal || (form === undefined ? file.qualifiedAttributes : form === 'qualified');
  return name === undefined ? undefined : isQualified && file.namespace !== '' ? expanded(file.namespace, name) : name;
}
