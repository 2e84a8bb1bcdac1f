import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { OutAtoms, OutHeader, UnitWriter } from '../unit.ts';
import { isCharacter } from './characters.ts';

export interface XmlWriterOptions {
  /** Spaces of indentation a level; 0 (the default): one line. Texts are never touched. */
  readonly indent?: number;
  readonly finding?: (finding: Diagnostic) => void;
}

const piece = 16_384; // characters given to the sink at once, at least

/**
 * Writes one XML document: UTF-8, the namespace of the header as default namespace, or of the document element alone where the header has a
 * prefix for it, elements in the order they come. A tag `{namespace}Name` makes another namespace the default one from there on.
 *
 * What XML cannot hold (control characters, half of a surrogate pair) is left out, with a finding: U+FFFD in its place would
 * look like data. `sink` gets bytes it may keep.
 */
export function xmlWriter(sink: (bytes: Uint8Array) => void, options: XmlWriterOptions = {}): UnitWriter {
  const indent = options.indent ?? 0;
  let out = '';
  let namespace = ''; // of the document element
  let prefix = ''; // with which it is written
  const namespaces: string[] = []; // of the elements that are open
  let childless = false; // the innermost element was opened and nothing came yet
  let hasText = false; // text was written into it: indentation would become part of that text

  const line = (): void => {
    if (indent > 0 && !hasText) out += `\n${' '.repeat(indent * namespaces.length)}`;
  };
  const flush = (least: number): void => {
    if (out.length <= least) return;
    sink(Buffer.from(out));
    out = '';
  };

  function escape(text: string, tag: string, quoted: boolean): string {
    const legal = illegal.test(text) ? withoutIllegal(text, tag) : text;
    return needsEscape.test(legal) ? legal.replace(quoted ? inAttribute : inText, (character) => escapes[character]!) : legal;
  }

  function withoutIllegal(text: string, tag: string): string {
    let kept = '';
    for (const character of text) {
      const fault = unwritable(character, tag);
      if (fault) options.finding?.({ ...fault, actual: text });
      else kept += character;
    }
    return kept;
  }

  function unwritable(character: string, tag: string): Diagnostic | undefined {
    const code = character.codePointAt(0)!;
    return isCharacter(code) ? undefined : finding('XML_CHARACTER', { code: code.toString(16).toUpperCase().padStart(4, '0'), tag });
  }

  /** Start tag without its end, and the text that stands in it. */
  function begin(tag: string, atoms: OutAtoms): string | undefined {
    line();
    const own = namespaceOf(tag);
    const isPrefixed = prefix !== '' && namespaces.length === 0;
    out += `<${nameOf(tag)}`;
    if (isPrefixed) out += ` xmlns:${prefix}="${escape(own, tag, true)}"`;
    else if (own !== (namespaces.at(-1) ?? '')) out += ` xmlns="${escape(own, tag, true)}"`;
    let text: string | undefined;
    for (let i = 0; i < atoms.size; i++) {
      const name = atoms.names[i];
      if (name === undefined) text = (text ?? '') + atoms.texts[i]!;
      else out += ` ${name}="${escape(atoms.texts[i]!, tag, true)}"`;
    }
    return text;
  }

  const nameOf = (tag: string): string => (prefix !== '' && namespaces.length === 0 ? `${prefix}:${localName(tag)}` : localName(tag));
  const namespaceOf = (tag: string): string => (tag.startsWith('{') ? tag.slice(1, tag.indexOf('}')) : namespace);

  return {
    unwritable,
    beginMessage(header: OutHeader) {
      namespace = header.namespace ?? '';
      prefix = header.prefix ?? '';
      namespaces.length = 0;
      hasText = true; // no line before the document element but this one
      out = '<?xml version="1.0" encoding="UTF-8"?>\n';
    },
    unit(tag, atoms) {
      const text = begin(tag, atoms);
      out += text === undefined || text === '' ? '/>' : `>${escape(text, tag, false)}</${nameOf(tag)}>`;
      childless = false;
      hasText = false;
      flush(piece);
    },
    open(tag, atoms) {
      const text = begin(tag, atoms);
      out += text === undefined ? '>' : `>${escape(text, tag, false)}`;
      namespaces.push(prefix !== '' && namespaces.length === 0 ? '' : namespaceOf(tag)); // the default one
      childless = true;
      hasText = text !== undefined;
    },
    close(tag) {
      namespaces.pop();
      if (!childless) line();
      childless = false;
      hasText = false;
      out += `</${nameOf(tag)}>`;
      flush(piece);
    },
    endMessage() {
      out += '\n';
      flush(0);
    },
  };
}

const localName = (tag: string): string => (tag.startsWith('{') ? tag.slice(tag.indexOf('}') + 1) : tag);

// What XML 1.0 (2.2) leaves out.
const illegal = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const needsEscape = /[&<>"\t\n\r]/;
// A carriage return, and in attributes every blank but the space, would be read back as something else.
const inText = /[&<>\r]/g;
const inAttribute = /[&<>"\t\n\r]/g;
const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\t': '&#9;', '\n': '&#10;', '\r': '&#13;' };
