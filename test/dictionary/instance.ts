import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dictionary, DictionaryClass, ValueType } from '../../src/dictionary/dictionary.ts';
import { loadDictionary, type DictionaryFile } from '../../src/dictionary/load.ts';
import { Rows, type Value } from '../../src/dictionary/rows.ts';
import { root } from '../root.ts';

/** The tables that ship, in the order in which they are loaded. */
export const tables: readonly DictionaryFile[] = readdirSync(join(root, 'schemas/wco'))
  .filter((name) => name.endsWith('.tsv'))
  .sort()
  .map((name) => ({ path: `schemas/wco/${name}`, text: readFileSync(join(root, 'schemas/wco', name), 'utf8') }));

export const dictionary: Dictionary = (() => {
  const { dictionary: loaded, findings } = loadDictionary(tables);
  if (!loaded) throw new Error(JSON.stringify(findings));
  return loaded;
})();

/** The longest value of a type: full width, characters that need escaping, and one above the basic plane. */
export function fullValue(type: ValueType): Value {
  const digits = (count: number, scale: number): string => '9'.repeat(count - scale) + (scale > 0 ? `.${'1'.repeat(scale)}` : '');
  switch (type.kind) {
    case 'text':
      return '<&>"🚢é'.padEnd(Math.min(type.max, 40) + 1, 'x').slice(0, type.max < 7 ? type.max : undefined);
    case 'identifier':
    case 'code':
      return 'A1'.repeat(type.max).slice(0, Math.min(type.max, 600));
    case 'integer':
      return digits(type.digits, 0);
    case 'decimal':
      return digits(type.digits, type.scale);
    case 'quantity':
      return { value: digits(type.digits, type.scale), unit: 'KGM' };
    case 'amount':
      return { value: `-${digits(type.digits, type.scale)}`, unit: 'EUR' };
    case 'datetime':
      return '2024-03-01T12:00:30+01:00';
    case 'indicator':
      return 'true';
  }
}

/** Every class and every attribute of `cls` and below, filled; classes that may repeat stand twice. */
export function fullRows(root: DictionaryClass): Rows {
  const rows = new Rows(dictionary);
  const fill = (cls: DictionaryClass, parent: number, deep: boolean): void => {
    const row = rows.add(cls, parent);
    for (const attribute of cls.attributes) rows.set(row, attribute.slot, fullValue(attribute.type));
    for (const child of cls.classes) {
      fill(child, row, deep);
      if (child.many && deep) fill(child, row, false);
    }
  };
  fill(root, -1, true);
  return rows;
}

/** The rows as XML of `xsd.ts`, written out plainly so that the schema is tested without our writer. */
export function plainXml(rows: Rows, namespace: string): string {
  const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const element = (row: number, attributes = ''): string => {
    const cls = rows.class(row);
    const values = cls.attributes.map(({ name, slot, type }) => {
      const value = rows.get(row, slot);
      if (value === undefined) return '';
      if (typeof value === 'object') return `<${name} ${type.kind === 'quantity' ? 'unitCode' : 'currencyID'}="${value.unit}">${value.value}</${name}>`;
      if (type.kind === 'datetime')
        return `<${name}><DateTimeString formatCode="304">${value.replace(/[-:T]/g, '').replace(/(\+\d{4})?$/, '')}+0100</DateTimeString></${name}>`;
      return `<${name}>${escape(value)}</${name}>`;
    });
    const children = cls.classes.flatMap((child) => rows.children(row, child).map((found) => element(found)));
    return `<${cls.name}${attributes}>${values.join('')}${children.join('')}</${cls.name}>`;
  };
  return element(rows.roots()[0]!, ` xmlns="${namespace}"`);
}
