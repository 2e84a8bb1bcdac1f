import type { Json } from './store.ts';

/**
 * JSON in the one form that can be hashed: RFC 8785 (JCS). Members sorted by UTF-16 code units, no blanks, numbers and
 * strings as ECMAScript writes them. A lone surrogate is not text and throws; so does a number that is not finite.
 */
export function canonicalJson(value: Json): string {
  if (isOrdered(value)) {
    const text = JSON.stringify(value);
    if (!text.includes('\\ud')) return text; // how JSON.stringify writes a lone surrogate; what only looks like one is looked at again
  }
  if (typeof value === 'string') {
    if (loneSurrogate.test(value)) throw new TypeError('a lone surrogate is not text');
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('not a JSON number');
    return JSON.stringify(value);
  }
  if (value === null || typeof value === 'boolean') return String(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  let text = '';
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member !== undefined) text += `${text === '' ? '' : ','}${canonicalJson(name)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

const loneSurrogate = /[\ud800-\udfff]/u;

/** Whether JSON.stringify already writes the one form, surrogates apart. Most of what is hashed is made in order, and this costs a third. */
function isOrdered(value: Json): boolean {
  if (typeof value === 'string') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (value === null || typeof value === 'boolean') return true;
  if (isArray(value)) return value.every(isOrdered);
  let before = '';
  for (const name in value) {
    if ((name <= before && before !== '') || (value[name] !== undefined && !isOrdered(value[name]))) return false;
    before = name;
  }
  return true;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
