import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SaxesParser } from 'saxes';

/** An element as an infoset has it: name, attributes, and text or children. What is empty says nothing, and a place of a schema is no data. */
export type Item = readonly [name: string, attributes: string, content: string | readonly Item[]];

export function infoset(bytes: Uint8Array): Item | undefined {
  const stack: { name: string; attributes: string; text: string; items: Item[] }[] = [];
  let top: Item | undefined;
  const parser = new SaxesParser({ xmlns: true });
  parser.on('opentag', ({ uri, local, attributes }) => {
    const own = Object.values(attributes).filter((each) => each.prefix !== 'xmlns' && each.name !== 'xmlns' && each.local !== 'schemaLocation');
    const said = own.map((each) => `${each.uri}|${each.local}=${each.value}`).sort();
    stack.push({ name: `{${uri}}${local}`, attributes: said.join(' '), text: '', items: [] });
  });
  const text = (piece: string): void => void (stack.length > 0 && (stack.at(-1)!.text += piece));
  parser.on('text', text);
  parser.on('cdata', text);
  parser.on('closetag', () => {
    const { name, attributes, text, items } = stack.pop()!;
    const item: Item = [name, attributes, items.length > 0 ? items : text.trim()];
    if (stack.length === 0) top = item;
    else if (attributes !== '' || item[2] !== '') stack.at(-1)!.items.push(item);
  });
  parser
    .write(
      Buffer.from(bytes)
        .toString('utf8')
        .replace(/^\uFEFF/, ''),
    )
    .close();
  return top;
}

/** Where two documents first differ. */
export function difference(a: Item | undefined, b: Item | undefined, path = ''): string | undefined {
  if (!a || !b) return a === b ? undefined : `${path}: ${a ? `${a[0]} is gone` : `${b![0]} is new`}`;
  const at = `${path}/${a[0].replace(/^.*\}/, '')}`;
  if (a[0] !== b[0] || a[1] !== b[1]) return `${at}: ${a[0]} ${a[1]} is ${b[0]} ${b[1]}`;
  if (typeof a[2] === 'string' || typeof b[2] === 'string') return a[2] === b[2] ? undefined : `${at}: ${JSON.stringify(a[2])} is ${JSON.stringify(b[2])}`;
  for (let i = 0; i < Math.max(a[2].length, b[2].length); i++) {
    const inner = difference(a[2][i], b[2][i], at);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** Every file below a folder, in order. */
export const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
    .sort();
