import { atomKey } from '../unit.ts';

/**
 * A UN/EDIFACT directory as tables: data elements, composites, segments, code lists and message structures.
 *
 * The tables stand in `schemas/edifact/<DIRECTORY>/` as lines of text (made by `bin/make-directory.mjs`); their text is an
 * argument here. Code lists and message structures are read when first asked for.
 */
export interface Directory {
  readonly name: string; // 'D95B'
  readonly elements: ReadonlyMap<string, ElementDefinition>;
  readonly composites: ReadonlyMap<string, CompositeDefinition>;
  readonly segments: ReadonlyMap<string, SegmentDefinition>;
  /** The values of a data element with their short names; undefined where the directory lists none. */
  codes(element: string): ReadonlyMap<string, string> | undefined;
  /** The structure of a message type; undefined where the directory has none. */
  message(type: string): MessageDefinition | undefined;
  readonly messageTypes: readonly string[];
}

/** The texts of the three files of a directory; `codes` may be absent. */
export interface DirectoryFiles {
  readonly segments: string;
  readonly messages: string;
  readonly codes?: string | undefined;
}

/** Representation of a data element: `an..35` is type an, 0 to 35 characters. */
export interface ElementFormat {
  readonly type: 'a' | 'n' | 'an';
  readonly min: number;
  readonly max: number;
}

export interface ElementDefinition {
  readonly id: string; // '3207'
  readonly name: string;
  readonly format: ElementFormat;
}

export interface CompositeDefinition {
  readonly id: string; // 'C080'
  readonly name: string;
  readonly parts: readonly ElementPart[];
}

/** A component of a composite, or a stand-alone data element of a segment. */
export interface ElementPart {
  readonly id: string;
  readonly required: boolean;
  readonly repeat: number; // syntax 4, by repetition separator
  readonly element: ElementDefinition;
  readonly composite?: undefined;
}

export interface CompositePart {
  readonly id: string;
  readonly required: boolean;
  readonly repeat: number;
  readonly element?: undefined;
  readonly composite: CompositeDefinition;
}

export interface SegmentDefinition {
  readonly tag: string;
  readonly name: string;
  readonly parts: readonly (ElementPart | CompositePart)[];
}

export interface MessageDefinition {
  readonly type: string; // 0065
  readonly version: string; // 'D'
  readonly release: string; // '95B'
  readonly agency: string; // 'UN'
  readonly nodes: readonly MessageNode[];
}

/** A place in a message: a segment, or a group, whose first node is its trigger segment. */
export interface MessageNode {
  readonly id: string; // segment tag, or 'SG5'
  readonly required: boolean;
  readonly repeat: number;
  readonly nodes?: readonly MessageNode[]; // groups only
}

/** Reads the tables. They are ours and checked when made: a fault in them is a defect of ours and thrown. */
export function readDirectory(name: string, files: DirectoryFiles): Directory {
  const elements = new Map<string, ElementDefinition>();
  const composites = new Map<string, CompositeDefinition>();
  const segments = new Map<string, SegmentDefinition>();
  for (const line of lines(files.segments)) {
    const [id = '', text = '', title = ''] = line.split('\t');
    if (/^\d/.test(id)) elements.set(id, { id, name: title, format: readFormat(text) });
    else if (/^[A-Z]\d/.test(id)) composites.set(id, { id, name: title, parts: text.split(' ').map((part) => elementPart(part, elements)) });
    else segments.set(id, { tag: id, name: title, parts: text.split(' ').map((part) => segmentPart(part, elements, composites)) });
  }

  const codeSections = lazy(() => sections(files.codes ?? ''));
  const codeLists = new Map<string, ReadonlyMap<string, string> | undefined>();
  const codes = (element: string): ReadonlyMap<string, string> | undefined => {
    if (!codeLists.has(element)) {
      const section = codeSections().get(element);
      codeLists.set(element, section && new Map(section.map((line) => line.split('\t') as [string, string])));
    }
    return codeLists.get(element);
  };

  const messageSections = lazy(() => sections(files.messages));
  const structures = new Map<string, MessageDefinition>();
  const message = (type: string): MessageDefinition | undefined => {
    const known = structures.get(type);
    if (known) return known;
    for (const [header, body] of messageSections()) {
      const [messageType = '', version = '', release = '', agency = ''] = header.split(' ');
      if (messageType !== type) continue;
      const structure = { type, version, release, agency, nodes: messageNodes(body) };
      structures.set(type, structure);
      return structure;
    }
    return undefined;
  };

  const messageTypes = lines(files.messages).flatMap((line) => (line.startsWith('@') ? [line.slice(1, line.indexOf(' '))] : []));
  return { name, elements, composites, segments, codes, message, messageTypes };
}

/**
 * A message directory together with the service directory of its syntax version, so that UNH, UNS and UNT are known too.
 * What the message directory defines goes before.
 */
export function withService(directory: Directory, service: Directory): Directory {
  return {
    name: directory.name,
    elements: new Map([...service.elements, ...directory.elements]),
    composites: new Map([...service.composites, ...directory.composites]),
    segments: new Map([...service.segments, ...directory.segments]),
    codes: (element) => directory.codes(element) ?? service.codes(element),
    message: (type) => directory.message(type) ?? service.message(type),
    messageTypes: [...directory.messageTypes, ...service.messageTypes],
  };
}

/** Where a directory id stands in a segment. */
export interface ElementKeys {
  /** One atom key per position: several where a component or composite is listed more than once (C108.4440 in FTX: five). */
  readonly keys: readonly number[];
  readonly id: string; // '4440'
  readonly name: string;
  readonly format: ElementFormat;
  readonly required: boolean; // of the first position, its composite's status included
  readonly requiredInComposite: boolean; // of the component, wherever its composite is used
  readonly requiredComposite: boolean; // the composite must be there, whatever of it
  readonly repeat: number; // by repetition separator (syntax 4), else 1
}

const reference = /^(?:([A-Z]\d{3})(?:\[(\d+)\])?\.)?(\d{4})(?:\[(\d+|\*)\])?$/;

/**
 * Resolves what analysts write to atom keys: `1004` a stand-alone element, `C507.2380` a component, `C108.4440[2]` the second
 * of its positions, `C213[2].7065` the component of the second such composite, `C108.4440[*]` all positions (as without brackets).
 * Undefined where the segment has no such element.
 */
export function elementKeys(directory: Directory, tag: string, id: string): ElementKeys | undefined {
  const match = reference.exec(id);
  const segment = directory.segments.get(tag);
  if (!match || !segment) return undefined;
  const [, composite, compositeOrdinal, element = '', ordinal] = match;
  const found: { key: number; part: ElementPart; required: boolean; requiredInComposite: boolean; requiredComposite: boolean; repeat: number }[] = [];
  let seen = 0;
  segment.parts.forEach((part, index) => {
    if (composite === undefined) {
      if (part.element && part.id === element)
        found.push({ key: atomKey(index + 1, 1), part, required: part.required, requiredInComposite: false, requiredComposite: false, repeat: part.repeat });
    } else if (part.composite?.id === composite) {
      seen++;
      if (compositeOrdinal !== undefined && Number(compositeOrdinal) !== seen) return;
      part.composite.parts.forEach((component, at) => {
        if (component.id === element)
          found.push({
            key: atomKey(index + 1, at + 1),
            part: component,
            required: part.required && component.required,
            requiredInComposite: component.required,
            requiredComposite: part.required,
            repeat: part.repeat,
          });
      });
    }
  });
  const chosen = ordinal === undefined || ordinal === '*' ? found : found.slice(Number(ordinal) - 1, Number(ordinal));
  const first = chosen[0];
  if (!first || ordinal === '0' || compositeOrdinal === '0') return undefined;
  const { id: elementId, name, format } = first.part.element;
  return {
    keys: chosen.map(({ key }) => key),
    id: elementId,
    name,
    format,
    required: first.required,
    requiredInComposite: first.requiredInComposite,
    requiredComposite: first.requiredComposite,
    repeat: first.repeat,
  };
}

/** Every id that `elementKeys` knows in a segment, in the order of the segment: what a message about a wrong id may suggest. */
export function elementIds(directory: Directory, tag: string): string[] {
  const ids = new Set<string>();
  for (const part of directory.segments.get(tag)?.parts ?? []) {
    if (part.composite) for (const component of part.composite.parts) ids.add(`${part.id}.${component.id}`);
    else ids.add(part.id);
  }
  return [...ids];
}

/** Every position of a segment that may hold a text, in its order, by the id that names it alone and its atom key. */
export function elementPositions(directory: Directory, tag: string): readonly { readonly id: string; readonly key: number }[] {
  const parts = directory.segments.get(tag)?.parts ?? [];
  return parts.flatMap(({ composite }, element) =>
    Array.from({ length: composite?.parts.length ?? 1 }, (_, component) => ({
      id: elementId(directory, tag, element + 1, component + 1)!,
      key: atomKey(element + 1, component + 1),
    })),
  );
}

/** The directory id of an atom key: `3207`, `C108.4440`, `C108.4440[2]`; undefined where the segment has no such position. */
export function elementId(directory: Directory, tag: string, element: number, component: number): string | undefined {
  const segment = directory.segments.get(tag);
  const part = segment?.parts[element - 1];
  if (!segment || !part) return undefined;
  const before = segment.parts.slice(0, element - 1).filter((other) => other.id === part.id).length;
  const again = segment.parts.some((other, index) => other.id === part.id && index !== element - 1);
  if (!part.composite) return component > 1 ? undefined : again ? `${part.id}[${before + 1}]` : part.id;
  const inner = part.composite.parts[component - 1];
  if (!inner) return undefined;
  const same = part.composite.parts.flatMap((other, index) => (other.id === inner.id ? [index] : []));
  return `${part.id}${again ? `[${before + 1}]` : ''}.${inner.id}${same.length > 1 ? `[${same.indexOf(component - 1) + 1}]` : ''}`;
}

function readFormat(text: string): ElementFormat {
  const match = /^(an|a|n)(?:(\d+)|\.\.(\d+))$/.exec(text);
  if (!match) throw new Error(`directory table: no such format: ${text}`);
  const [, type, exact, max] = match;
  return { type: type as ElementFormat['type'], min: Number(exact ?? 0), max: Number(exact ?? max) };
}

function readMark(text: string): { id: string; required: boolean; repeat: number } {
  const [, id = '', required, repeat] = /^(\w+)(!)?(?:\*(\d+))?$/.exec(text) ?? [];
  return { id, required: required !== undefined, repeat: Number(repeat ?? 1) };
}

function elementPart(text: string, elements: ReadonlyMap<string, ElementDefinition>): ElementPart {
  const mark = readMark(text);
  const element = elements.get(mark.id);
  if (!element) throw new Error(`directory table: no such data element: ${text}`);
  return { ...mark, element };
}

function segmentPart(
  text: string,
  elements: ReadonlyMap<string, ElementDefinition>,
  composites: ReadonlyMap<string, CompositeDefinition>,
): ElementPart | CompositePart {
  const mark = readMark(text);
  const composite = composites.get(mark.id);
  return composite ? { ...mark, composite } : elementPart(text, elements);
}

/** Nodes from indented lines: `SG4 9999`, ` CNI!`, ` CNT 9`, ` SG5 9999`, `  RFF!`. */
function messageNodes(body: readonly string[]): readonly MessageNode[] {
  const top: MessageNode[] = [];
  const open: MessageNode[][] = [top];
  for (const line of body) {
    const depth = line.length - line.trimStart().length;
    const [, id = '', required, repeat] = /^ *(\w+)(!)?(?: (\d+))?$/.exec(line) ?? [];
    const siblings = open[depth];
    if (!siblings || id === '') throw new Error(`directory table: no such node: ${line}`);
    open.length = depth + 1;
    const common = { id, required: required !== undefined, repeat: Number(repeat ?? 1) };
    if (/^SG\d/.test(id)) {
      const nodes: MessageNode[] = [];
      siblings.push({ ...common, nodes });
      open.push(nodes);
    } else siblings.push(common);
  }
  return top;
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

/** `@header` lines open a section. */
function sections(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of lines(text)) {
    if (line.startsWith('@')) found.set(line.slice(1), (current = []));
    else current.push(line);
  }
  return found;
}

function lazy<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
