import { codes, type Code } from './codes.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Fold } from './fold.ts';
import { hintIn, sentenceIn, type Language } from './language.ts';
import { lineColumn, type Place } from './place.ts';

/** A finding as `--json` prints it and reports keep it. */
export interface FindingJson {
  readonly code: string;
  readonly severity: string;
  readonly count?: number; // of one cause, where it is told once
  readonly args?: Readonly<Record<string, string>>; // of the sentence, where it is kept to be told in another language
  readonly message: string;
  readonly hint: string;
  readonly source?: SourceJson;
  readonly rule?: RuleJson;
  readonly actual?: string;
  readonly expected?: readonly string[];
  readonly cause?: FindingJson;
  readonly related?: readonly FindingJson[];
}

/** A place in a message, in the terms of its own format. `element` is the directory id where it is known, else the position. */
export interface SourceJson {
  readonly file?: string;
  readonly by?: 'line'; // Cargo-IMP: `segment` counts lines
  readonly offset: number;
  readonly message?: number;
  readonly segment?: number;
  readonly tag?: string;
  readonly group?: string;
  readonly element?: string;
  readonly component?: number;
  readonly occurrence?: number;
  readonly missing?: true;
  readonly xpath?: string;
  readonly pointer?: string;
  readonly record?: number;
  readonly line?: number;
  readonly column?: number;
}

export interface RuleJson {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** `bytes` gives the bytes of a source by name, for lines and columns; where it has none they are left out. */
export function findingJson(diagnostic: Diagnostic, bytes?: (source: string) => Uint8Array | undefined, language?: Language): FindingJson {
  const { code, severity, data, rule, actual, expected, cause, related } = diagnostic;
  return {
    code,
    severity,
    message: sentenceIn(diagnostic, language),
    hint: hintIn(diagnostic, language),
    ...(data ? { source: sourceJson(data, bytes) } : {}),
    ...(rule ? { rule: ruleJson(rule, bytes) } : {}),
    ...(actual === undefined ? {} : { actual }),
    ...(expected ? { expected } : {}),
    ...(cause ? { cause: findingJson(cause, bytes, language) } : {}),
    ...(related ? { related: related.map((each) => findingJson(each, bytes, language)) } : {}),
  };
}

/** Findings of one cause as one, with the arguments of the sentence: so they are kept, and told in the language of who reads them. */
export function foldJson({ first, count }: Fold): FindingJson {
  const { code, severity, ...rest } = findingJson(first);
  return { code, severity, ...(count > 1 ? { count } : {}), args: first.args, ...rest };
}

/** A finding that was kept, in another language. */
export function spokenJson<T extends FindingJson>(kept: T, language: Language): T {
  const { args, code } = kept;
  if (!args || language === 'en' || !Object.hasOwn(codes, code)) return kept;
  const said = { code: code as Code, args };
  return { ...kept, message: sentenceIn(said, language), hint: hintIn(said, language) };
}

/** The same for every finding that stands somewhere in a value. */
export function spoken(value: unknown, language: Language): unknown {
  if (language === 'en' || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => spoken(each, language));
  const all = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, spoken(each, language)]));
  return 'args' in all && 'message' in all && 'code' in all ? spokenJson(all as unknown as FindingJson, language) : all;
}

export function sourceJson(place: Place, bytes?: (source: string) => Uint8Array | undefined): SourceJson {
  const { edi } = place;
  const element = edi?.id ?? (edi?.element === undefined ? undefined : String(edi.element - 1));
  return {
    ...(place.source === '' ? {} : { file: place.source }),
    offset: place.start,
    ...(edi
      ? {
          ...(edi.by ? { by: edi.by } : {}),
          ...(edi.message === undefined ? {} : { message: edi.message }),
          segment: edi.segment,
          tag: edi.tag,
          ...(edi.group === undefined ? {} : { group: edi.group }),
          ...(element === undefined ? {} : { element }),
          ...(edi.component === undefined ? {} : { component: edi.component }),
          ...(edi.occurrence === undefined ? {} : { occurrence: edi.occurrence }),
          ...(edi.missing ? { missing: true as const } : {}),
        }
      : {}),
    ...(place.xpath === undefined ? {} : { xpath: place.xpath }),
    ...(place.pointer === undefined ? {} : { pointer: place.pointer }),
    ...(place.record === undefined ? {} : { record: place.record }),
    ...position(place, bytes),
  };
}

/** The place of a finding that was kept, to be described in words. */
export function keptPlace({ file = '', offset, by, message, segment, tag, group, element, missing, xpath, pointer, record }: SourceJson): Place {
  const edi = segment === undefined || tag === undefined ? undefined : { segment, tag, ...(by && { by }), ...(message !== undefined && { message }), ...(group !== undefined && { group }), ...(element !== undefined && { id: element }), ...(missing && { missing }) }; // prettier-ignore
  return { source: file, start: offset, end: offset, ...(edi && { edi }), ...(xpath !== undefined && { xpath }), ...(pointer !== undefined && { pointer }), ...(record !== undefined && { record }) }; // prettier-ignore
}

export function ruleJson(place: Place, bytes?: (source: string) => Uint8Array | undefined): RuleJson {
  return { file: place.source, ...position(place, bytes) };
}

function position(place: Place, bytes: ((source: string) => Uint8Array | undefined) | undefined): { readonly line?: number; readonly column?: number } {
  if (place.at) return place.at;
  const found = bytes?.(place.source);
  return found ? lineColumn(found, place.start) : {};
}
