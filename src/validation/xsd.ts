import { createHash } from 'node:crypto';
import type { XmlDocument, XmlElement, XmlTreeNode, XsdValidator } from 'libxml2-wasm';
import { finding, sentence, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { quickCheck, type QuickCheck } from './schema/quick-check.ts';
import { Windows, type Said } from './windows.ts';

/**
 * XML Schema, by libxml2: the only door to it.
 *
 * The library lives in WebAssembly memory that nobody collects: schemas are kept for the life of the process, one for each
 * content, and documents are disposed whatever happens. It is loaded where a schema is wanted, so that work without XSD stays small.
 * Nothing is read from network or disk: what a schema imports must be among its files.
 */
export interface SchemaFile {
  readonly path: string; // imports name it relative to the file that imports, as in the published folder
  readonly text: string | Uint8Array;
}

/** A compiled schema. Opaque: made by `compileSchema`, used by `validateXml`. */
export interface XmlSchema {
  readonly name: string; // path of the main file
  readonly hash: string; // hex SHA-256 of the files
  readonly validator: XsdValidator;
  readonly quick: QuickCheck; // what it says yes to the validator need not see
  readonly windows: boolean; // a long document can be validated part by part
}

type Library = typeof import('libxml2-wasm');
type Loaded = { readonly library: Library; readonly imports: InstanceType<Library['XmlBufferInputProvider']> };
/** What came of compiling: a schema, or why there is none. */
export interface CompiledSchema {
  readonly schema?: XmlSchema;
  readonly findings: readonly Diagnostic[];
}

let loading: Promise<Loaded> | undefined;
let loaded: Loaded | undefined;
const compiled = new Map<string, CompiledSchema>();
const listed = 100; // findings of one document; the rest are counted
const soon = 8; // documents
const windowSize = 4 * 1024 * 1024;

/** Loads the library, once. */
export function load(): Promise<unknown> {
  loading ??= import('libxml2-wasm').then((library) => {
    const imports = new library.XmlBufferInputProvider({});
    library.xmlRegisterInputProvider(imports);
    return (loaded = { library, imports });
  });
  return loading;
}

/** Compiles the schema `main`, which with all it imports is among `files`. The same files again cost nothing. */
export async function compileSchema(files: readonly SchemaFile[], main: string): Promise<CompiledSchema> {
  await load();
  return compileLoaded(files, main);
}

/** The same where `load` has been awaited. */
export function compileLoaded(files: readonly SchemaFile[], main: string): CompiledSchema {
  if (!loaded) throw new Error('a schema is compiled before the library is loaded');
  const { library, imports } = loaded;
  const sum = createHash('sha256').update(main);
  for (const file of files) sum.update(`\0${file.path}\0`).update(file.text);
  const hash = sum.digest('hex');
  const known = compiled.get(hash);
  if (known) return known;
  const made = compile(library, imports, files, main, hash);
  compiled.set(hash, made);
  return made;
}

function compile(library: Library, imports: Loaded['imports'], files: readonly SchemaFile[], main: string, hash: string): CompiledSchema {
  // Each schema has a folder of its own, so that two of them may have files of the same name.
  const url = (path: string): string => `schema://${hash}/${path}`;
  const bytes = (file: SchemaFile): Buffer => Buffer.from(file.text);
  const top = files.find((file) => file.path === main);
  if (!top) return { findings: [finding('XSD_SCHEMA', { schema: main, message: 'it is not among the files' })] };
  for (const file of files) imports.addBuffer(url(file.path), bytes(file));
  let document: XmlDocument | undefined;
  try {
    document = library.XmlDocument.fromBuffer(bytes(top), { url: url(main), option: safely(library) });
    const windows = !files.map(bytes).some((text) => !isOfBytes(text) || spanning.test(text.toString()));
    return { schema: { name: main, hash, validator: library.XsdValidator.fromDoc(document), quick: quickInTime(files, main), windows }, findings: [] };
  } catch (error) {
    if (!(error instanceof library.XmlError)) throw error;
    return { findings: [finding('XSD_SCHEMA', { schema: main, message: error.message.trim() })] };
  } finally {
    document?.dispose();
    for (const file of files) imports.removeBuffer(url(file.path));
  }
}

/** The quick check of a schema, once it is worth making: who has a document or two does not wait for it. */
function quickInTime(files: readonly SchemaFile[], main: string): QuickCheck {
  let documents = 0;
  let quick: QuickCheck | undefined;
  return (bytes) => {
    if (documents < soon && ++documents === soon) quick = quickCheck(files, main);
    return quick?.(bytes) ?? false;
  };
}

// What is said about a document as a whole: identity constraints, ID and IDREF, and counts beyond one.
const spanning =
  /<([\p{L}\w.·-]+:)?(key|keyref|unique)\b|\b(type|base|ref|itemType|memberTypes)\s*=\s*["']([^"']*[:\s])?(ID|IDREFS?)(\s[^"']*)?["']|\b(min|max)Occurs\s*=\s*["'](?![01]["']|unbounded)/u;
const isOfBytes = (text: Buffer): boolean => !text.includes(0); // of UTF-16 nothing could be seen

/** All that the schema says of a document; nothing where it is valid. Places are XPaths with local names, as our reader writes them. */
export function validateXml(schema: XmlSchema, bytes: Uint8Array, source = ''): readonly Diagnostic[] {
  const check = startXmlCheck(schema, { source });
  check.push(bytes);
  return check.end();
}

/** A document on its way past its schema. */
export interface XmlCheck {
  push(bytes: Uint8Array): void;
  end(): readonly Diagnostic[];
}

/**
 * The same for a document that comes in pieces. Of one that is longer than a `window` (bytes) only so much is in memory: it is
 * shown to the schema part by part (`Windows`), unless the schema says something that can only be seen in the whole.
 */
export function startXmlCheck(schema: XmlSchema, { source = '', window = windowSize }: { readonly source?: string; readonly window?: number } = {}): XmlCheck {
  const rule = { source: schema.name, start: 0, end: 0 };
  const findings: Diagnostic[] = [];
  let count = 0;
  const windows = new Windows((bytes) => validate(schema, bytes), schema.windows ? window : Infinity);
  const add = (said: readonly Said[]): void => {
    for (const { message, xpath, malformed } of said) {
      if (++count > listed) continue;
      const data = { source, start: 0, end: 0, ...(xpath === undefined ? {} : { xpath }) };
      findings.push(finding(malformed ? 'XSD_NOT_WELL_FORMED' : 'XSD_INVALID', { message }, { data, rule }));
    }
  };
  return {
    push(bytes) {
      for (let at = 0; at < bytes.length; at += window) add(windows.push(bytes.subarray(at, at + window)));
    },
    end() {
      add(windows.end());
      const { fault } = windows;
      if (fault) findings.push(finding('XSD_NOT_WELL_FORMED', { message: sentence(fault) }, { data: { ...fault.data!, source }, rule }));
      return count > listed ? [...findings, finding('XSD_MORE', { count: String(count - listed) }, { rule })] : findings;
    },
  };
}

function validate(schema: XmlSchema, bytes: Uint8Array): readonly Said[] {
  if (schema.quick(bytes)) return [];
  const { library } = loaded!; // a schema was compiled
  let document: XmlDocument | undefined;
  try {
    document = library.XmlDocument.fromBuffer(bytes, { option: safely(library) | library.ParseOption.XML_PARSE_COMPACT }); // it is only looked at
    schema.validator.validate(document);
    return [];
  } catch (error) {
    if (!(error instanceof library.XmlLibError)) throw error;
    if (!document) return [{ message: error.message.trim().replace(/\s+/g, ' '), xpath: undefined, malformed: true }];
    const shown = error.details.slice(0, listed).map(({ message, xpath }) => ({ message: plain(message), xpath: xpath && localPath(document!, xpath) }));
    const more = error.details.slice(listed).map(({ message }) => ({ message, xpath: undefined })); // only counted
    return [...shown, ...more];
  } finally {
    document?.dispose();
  }
}

const safely = ({ ParseOption }: Library): number =>
  ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_SYS_CATALOG | ParseOption.XML_PARSE_BIG_LINES;

/** `Element '{urn:…}ID': The value …` → `element \`ID\`: the value …`, with names as they stand in the document; values, patterns and sets stay as they are. */
function plain(message: string): string {
  const [, about = '', facet = '', said = ''] =
    /^(Element '[^']+'(?:, attribute '[^']+')?: )?(\[facet '[^']+'\] )?(.*?)\.?$/.exec(message.trim().replace(/\s+/g, ' ')) ?? [];
  const isOfValue = /^'|value '|key-sequence \[/.test(said);
  const saidPlainly = isOfValue ? said.replace(/'\{[^}]*\}([\w.-]+)'$/, '`$1`') : inPlainNames(said);
  const lower = about === '' ? saidPlainly : saidPlainly.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
  return (
    inPlainNames(about)
      .replace(/^Element '([^']+)'/, 'element `$1`')
      .replace(/^Element/, 'element') +
    facet +
    lower.replace(/ set \{.*\}$/, shortened)
  );
}

const inPlainNames = (text: string): string => text.replace(/'?\{[^}]*\}([\w.-]+)'?/g, '`$1`');

const longestSet = 200; // characters of the values that are allowed

/** ` set {'A', 'B', …}`: of many values the first. */
function shortened(set: string): string {
  return set.length <= longestSet ? set : `${set.slice(0, set.lastIndexOf("', '", longestSet) + 1)}, …}`;
}

/** libxml2 writes `*` for a name in a default namespace and counts all elements there; we count by local name. */
function localPath(document: XmlDocument, xpath: string): string {
  const found = document.get(xpath.replace(/\/([\w.-]+:[\w.-]+)/g, "/*[name()='$1']"));
  const steps: string[] = [];
  for (let at = found as XmlElement | null; at; at = at.parent) {
    let position = 1;
    for (let before = at.prev as (Partial<XmlElement> & XmlTreeNode) | null; before; before = before.prev) if (before.name === at.name) position++;
    steps.unshift(at.parent ? `${at.name}[${position}]` : at.name);
  }
  return steps.length === 0 ? xpath : `/${steps.join('/')}`;
}
