import type { ValueType } from './dictionary.ts';

/** The written form of a type, as in `schemas/wco`: `text(35)`, `code(3,un/1001)`, `quantity(16,6)`, `datetime`. */
export function parseType(text: string): ValueType | undefined {
  const [, kind, first, second] = /^([a-z]+)(?:\((\d+)(?:,([\w/-]+))?\))?$/.exec(text) ?? [];
  const width = first === undefined ? undefined : Number(first);
  switch (kind) {
    case 'datetime':
    case 'indicator':
      return width === undefined ? { kind } : undefined;
    case 'text':
    case 'identifier':
      return width && second === undefined ? { kind, max: width } : undefined;
    case 'code':
      return width ? { kind, max: width, ...(second === undefined ? {} : { list: second }) } : undefined;
    case 'integer':
      return width && second === undefined ? { kind, digits: width } : undefined;
    case 'decimal':
    case 'quantity':
    case 'amount':
      return width && second !== undefined && /^\d+$/.test(second) && Number(second) <= width ? { kind, digits: width, scale: Number(second) } : undefined;
    default:
      return undefined;
  }
}

export function writeType(type: ValueType): string {
  switch (type.kind) {
    case 'datetime':
    case 'indicator':
      return type.kind;
    case 'text':
    case 'identifier':
      return `${type.kind}(${type.max})`;
    case 'code':
      return `code(${type.max}${type.list === undefined ? '' : `,${type.list}`})`;
    case 'integer':
      return `integer(${type.digits})`;
    case 'decimal':
    case 'quantity':
    case 'amount':
      return `${type.kind}(${type.digits},${type.scale})`;
  }
}

/** The type that holds the values of both; undefined where they are of different kinds. A name keeps the kind of `a`. */
export function widest(a: ValueType, b: ValueType): ValueType | undefined {
  switch (a.kind) {
    case 'datetime':
    case 'indicator':
      return a.kind === b.kind ? a : undefined;
    case 'text':
    case 'identifier':
      return b.kind === 'text' || b.kind === 'identifier' ? { kind: a.kind, max: Math.max(a.max, b.max) } : undefined;
    case 'code': {
      if (b.kind !== 'code') return undefined;
      const list = a.list ?? b.list;
      return { kind: 'code', max: Math.max(a.max, b.max), ...(list === undefined ? {} : { list }) };
    }
    case 'integer':
      return b.kind === 'integer' ? { kind: 'integer', digits: Math.max(a.digits, b.digits) } : undefined;
    case 'decimal':
    case 'quantity':
    case 'amount': {
      if (b.kind !== a.kind) return undefined;
      const scale = Math.max(a.scale, b.scale); // whole digits and decimals both have room
      return { kind: a.kind, digits: Math.max(a.digits - a.scale, b.digits - b.scale) + scale, scale };
    }
  }
}
