import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { OutAtoms, OutHeader, UnitWriter } from '../unit.ts';
import { OutBytes } from '../out-bytes.ts';
import { isCharacter } from './characters.ts';

export interface XmlWriterOptions {
  /** Spaces of indentation a level; 0 (the default): one line. Texts are never touched. */
  readonly indent?: number;
  readonly finding?: (finding: Diagnostic) => void;
}

const piece = 16_384; // bytes given to the sink at once, at least

/**
 * Writes one XML document: UTF-8, the namespace of the header as default namespace, or of the document element alone where the header has a
 * prefix for it, elements in the order they come. A tag `{namespace}Name` makes another namespace the default one from there on.
 *
 * What XML cannot hold (control characters, half of a surrogate pair) is left out, with a finding: U+FFFD in its place would
 * look like data. `sink` gets bytes it may keep.
 */
export function xmlWriter(sink: (bytes: Uint8Array) => void, options: XmlWriterOptions = {}): UnitWriter {
  const indent = options.indent ?? 0;
  const out = new OutBytes();
  let namespace = ''; // of the document element
  let prefix = ''; // with which it is written
  const namespaces: string[] = []; // of the elements that are open
  let childless = false; // the innermost element was opened and nothing came yet
  let hasText = false; // text was written into it: indentation would become part of that text

  const line = (): void => {
    if (indent > 0 && !hasText) out.put(`\n${' '.repeat(indent * namespaces.length)}`);
  };
  const flush = (least: number): void => {
    if (out.size > least) sink(out.take());
  };

  /** Most of what is written has nothing to be escaped. */
  function putText(text: string, tag: string, quoted: boolean): void {
    if (!out.putOnly(text, plain)) out.put(escape(text, tag, quoted));
  }

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
    out.put('<');
    out.put(nameOf(tag));
    if (isPrefixed) attribute(`xmlns:${prefix}`, own, tag);
    else if (own !== (namespaces.at(-1) ?? '')) attribute('xmlns', own, tag);
    let text: string | undefined;
    for (let i = 0; i < atoms.size; i++) {
      const name = atoms.names[i];
      if (name === undefined) text = (text ?? '') + atoms.texts[i]!;
      else attribute(name, atoms.texts[i]!, tag);
    }
    return text;
  }

  function attribute(name: string, text: string, tag: string): void {
    out.put(' ');
    out.put(name);
    out.put('="');
    putText(text, tag, true);
    out.put('"');
  }

  function end(tag: string): void {
    out.put('</');
    out.put(nameOf(tag));
    out.put('>');
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
      out.size = 0;
      out.put('<?xml version="1.0" encoding="UTF-8"?>\n');
    },
    unit(tag, atoms) {
      const text = begin(tag, atoms);
      if (text === undefined || text === '') out.put('/>');
      else {
        out.put('>');
        putText(text, tag, false);
        end(tag);
      }
      childless = false;
      hasText = false;
      flush(piece);
    },
    open(tag, atoms) {
      const text = begin(tag, atoms);
      out.put('>');
      if (text !== undefined) putText(text, tag, false);
      namespaces.push(prefix !== '' && namespaces.length === 0 ? '' : namespaceOf(tag)); // the default one
      childless = true;
      hasText = text !== undefined;
    },
    close(tag) {
      namespaces.pop();
      if (!childless) line();
      childless = false;
      hasText = false;
      end(tag);
      flush(piece);
    },
    endMessage() {
      out.put('\n');
      flush(0);
    },
  };
}

const localName = (tag: string): string => (tag.startsWith('{') ? tag.slice(tag.indexOf('}') + 1) : tag);

// What XML 1.0 (2.2) leaves out.
const illegal = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const needsEscape = /[&<>"\t\n\r]/;
// Below 128, what is written as it stands wherever it stands.
const plain = Uint8Array.from({ length: 128 }, (_, code) => (code >= 0x20 && !needsEscape.test(String.fromCharCode(code)) ? 1 : 0));
// A carriage return, and in attributes every blank but the space, would be read back as something else.
const inText = /[&<>\r]/g;
const inAttribute = /[&<>"\t\n\r]/g;
const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\t': '&#9;', '\n': '&#10;', '\r': '&#13;' };
