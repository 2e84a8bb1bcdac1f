import type { Json } from './store.ts';

/**
 * JSON in the one form that can be hashed: RFC 8785 (JCS). Members sorted by UTF-16 code units, no blanks, numbers and
 * strings as ECMAScript writes them. A lone surrogate is not text and throws; so does a number that is not finite.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('not a JSON number');
    return JSON.stringify(value);
  }
  if (value === null || typeof value === 'boolean') return String(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  let text = '';
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member !== undefined) text += `${text === '' ? '' : ','}${quote(name)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

function quote(text: string): string {
  if (/[\ud800-\udfff]/u.test(text)) throw new TypeError('a lone surrogate is not text');
  return JSON.stringify(text);
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
