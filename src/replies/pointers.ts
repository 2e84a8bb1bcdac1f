import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { DictionaryClass } from '../dictionary/dictionary.ts';
import type { Rows } from '../dictionary/rows.ts';

/** One step of a pointer (WCO class 97A): into which section, to which of its instances there, and to which attribute. */
export interface PointerStep {
  readonly section: string; // WCO id of a class (375)
  readonly sequence: number | undefined; // which instance, from 1 (006)
  readonly tag: string; // WCO id of an attribute (381), '' where the class as a whole is meant
  readonly location: string; // a place in the words of its author (512)
}

/** What a pointer means in a document: a row, or one of its attributes. */
export interface Pointed {
  readonly rows: Rows;
  readonly row: number;
  readonly slot: number | undefined;
  readonly numbers: readonly string[]; // of the instances on the way that were told apart: as they state it themselves, else by counting
}

/** `pointed` is the nearest instance where the pointer leads no further; then `finding` says why. */
export interface Resolution {
  readonly pointed: Pointed | undefined;
  readonly finding: Diagnostic | undefined;
}

const ids = { pointer: '97A', section: '375', sequence: '006', tag: '381', location: '512' } as const;

export const isPointer = (cls: DictionaryClass): boolean => cls.wco === ids.pointer;

/** The pointer below a row: its steps in their order; none where nothing is pointed at. */
export function pointerOf(rows: Rows, row: number): PointerStep[] {
  const steps: PointerStep[] = [];
  for (let child = rows.firstChild(row); child >= 0; child = rows.nextSibling(child)) {
    if (rows.removed(child) || !isPointer(rows.class(child))) continue;
    const sequence = textOf(rows, child, ids.sequence);
    steps.push({
      section: textOf(rows, child, ids.section),
      sequence: sequence === '' ? undefined : Number(sequence),
      tag: textOf(rows, child, ids.tag),
      location: textOf(rows, child, ids.location),
    });
  }
  return steps;
}

/** `42A/67A/68A[2].006` */
export const pointerText = (steps: readonly PointerStep[]): string =>
  steps
    .map(({ section, sequence, tag, location }) => `${section}${sequence === undefined ? '' : `[${sequence}]`}${tag === '' ? '' : `.${tag}`}${location}`)
    .join('/');

/** Follows a pointer from the root that its first step names, in the first document that has such a root. */
export function resolvePointer(steps: readonly PointerStep[], documents: readonly Rows[]): Resolution {
  const pointer = pointerText(steps);
  let at: Pointed | undefined;
  for (const [i, { section, sequence, tag, location }] of steps.entries()) {
    const stop = (found: Diagnostic): Resolution => ({ pointed: at, finding: found });
    if (section === '') return stop(finding('ANSWER_POINTER_WORDS', { pointer, location }));
    const there = at ? instances(at.rows, childrenOf(at), section) : rootsOf(documents, section);
    const inside = at ? at.rows.class(at.row).path : 'the document';
    if (!there) return stop(finding('ANSWER_POINTER_SECTION', { pointer, section, class: inside }));
    const { rows, found, name } = there;
    if (sequence === undefined && found.length > 1) return stop(finding('ANSWER_POINTER_AMBIGUOUS', { pointer, class: name, count: String(found.length) }));
    const row = sequence === undefined ? found[0] : numbered(rows, found, sequence);
    if (row === undefined)
      return stop(finding('ANSWER_POINTER_INSTANCE', { pointer, class: name, sequence: String(sequence ?? 1), count: String(found.length) }));
    const numbers = sequence === undefined || i === 0 ? (at?.numbers ?? []) : [...(at?.numbers ?? []), textOf(rows, row, ids.sequence) || String(sequence)];
    at = { rows, row, slot: undefined, numbers };
    if (tag === '') continue;
    const attribute = rows.class(row).attributes.find(({ wco, aliases }) => wco === tag || aliases.includes(tag));
    if (!attribute) return stop(finding('ANSWER_POINTER_TAG', { pointer, tag, class: rows.class(row).path }));
    at = { ...at, slot: attribute.slot };
  }
  return { pointed: at, finding: undefined };
}

interface Instances {
  readonly rows: Rows;
  readonly found: readonly number[];
  readonly name: string;
}

const isSection = ({ wco, aliases }: DictionaryClass, section: string): boolean => wco === section || aliases.includes(section);

function rootsOf(documents: readonly Rows[], section: string): Instances | undefined {
  for (const rows of documents) {
    const found = rows.roots().filter((row) => isSection(rows.class(row), section));
    if (found.length > 0) return { rows, found, name: rows.class(found[0]!).path };
  }
  return undefined;
}

const childrenOf = ({ rows, row }: Pointed): { readonly row: number; readonly cls: DictionaryClass } => ({ row, cls: rows.class(row) });

/** The rows of a section below a row; undefined where the class has no such section at all. */
function instances(rows: Rows, { row, cls }: { readonly row: number; readonly cls: DictionaryClass }, section: string): Instances | undefined {
  const classes = cls.classes.filter((each) => isSection(each, section));
  if (classes.length === 0) return undefined;
  return { rows, found: classes.flatMap((each) => rows.children(row, each)), name: classes[0]!.path };
}

/** Instances go by the number that one of them states; where none does, or several do, by counting. What stands once needs no number. */
function numbered(rows: Rows, found: readonly number[], sequence: number): number | undefined {
  if (found.length === 1 && !rows.class(found[0]!).many) return found[0];
  const stated = found.filter((row) => Number(textOf(rows, row, ids.sequence) || NaN) === sequence);
  return stated.length === 1 ? stated[0] : found[sequence - 1];
}

function textOf(rows: Rows, row: number, wco: string): string {
  const attribute = rows.class(row).attributes.find((each) => each.wco === wco);
  const value = attribute && rows.get(row, attribute.slot);
  return typeof value === 'string' ? value : (value?.value ?? '');
}
