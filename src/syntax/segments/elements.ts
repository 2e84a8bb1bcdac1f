import type { EdiAddress, Place } from '../../diagnostics/place.ts';
import { unique } from '../unique.ts';
import { keyComponent, keyElement, type Unit } from '../unit.ts';
import type { CompositePart, Directory, ElementDefinition, ElementPart, SegmentDefinition } from './directory.ts';
import type { SegmentUnit } from './segment-unit.ts';
import { quickCheck, type QuickCheck } from './quick-check.ts';
import type { Report } from './structure.ts';

/** A position that holds a value, with all that is asked of it. */
export interface Position {
  readonly id: string; // 'C507.2380' or '1004'
  readonly element: ElementDefinition;
  readonly codes: ReadonlyMap<string, string> | undefined;
  /** Components beside it (1131, 3055) that name another code list, by number; the directory's list then does not hold. */
  readonly otherList: readonly number[];
  readonly plain: boolean; // an, no code list: only its length can be wrong
  readonly unwrap: boolean; // line breaks of hard wrapping do not count: the reader takes the values of envelopes without them
}

/** A segment, with all that is asked of it. */
export interface Checked {
  readonly tag: string;
  readonly definition: SegmentDefinition;
  readonly positions: readonly (readonly Position[])[]; // by element, by component, from 0
  readonly mandatory: readonly number[]; // elements, from 1
  readonly quick: QuickCheck;
  next: Checked | undefined; // what came after it the last time: messages repeat themselves, and one another
  other: Checked | undefined; // and what before that: a segment that occurs twice is followed by itself and by another
}

const compiled = new WeakMap<Directory, ElementCheck>();

/** Status, number, representation and code values of the data elements of segments, by a directory. */
export class ElementCheck {
  readonly #directory: Directory;
  readonly #checked = new Map<string, Checked>(); // by tag
  #last: Checked | undefined;

  static of(directory: Directory): ElementCheck {
    let check = compiled.get(directory);
    if (!check) compiled.set(directory, (check = new ElementCheck(directory)));
    return check;
  }

  private constructor(directory: Directory) {
    this.#directory = directory;
  }

  /** What is asked of a segment; undefined where the directory does not have it. `isEnvelope`: it stands around messages. */
  of(tag: string, isEnvelope: boolean): Checked | undefined {
    const last = this.#last;
    if (last?.next?.tag === tag) return (this.#last = last.next);
    if (last?.other?.tag === tag) return (this.#last = last.other);
    const found = this.#checked.get(tag) ?? this.#make(tag, isEnvelope);
    if (!found) return undefined;
    if (last) {
      last.other = last.next;
      last.next = found;
    }
    return (this.#last = found);
  }

  /** With care: of a segment that is not plainly in order (`isInOrder`). */
  check(checked: Checked, unit: Unit, report: Report): void {
    checkSegment(this.#directory, checked, unit, report);
  }

  #make(tag: string, isEnvelope: boolean): Checked | undefined {
    const directory = this.#directory;
    const definition = directory.segments.get(tag);
    if (!definition) return undefined; // and not kept: a sender may make up any number of tags
    const mandatory = definition.parts.flatMap((part, index) => (part.required ? [index + 1] : []));
    const positions = definition.parts.map((part) => positionsOf(directory, part, isEnvelope));
    const checked: Checked = {
      tag: unique(tag),
      definition,
      mandatory,
      positions,
      quick: quickCheck(definition, positions),
      next: undefined,
      other: undefined,
    };
    this.#checked.set(tag, checked);
    return checked;
  }
}

/** Separators behind the last component that an element has: nothing stands there, and nothing may. */
export function checkVacant({ definition, positions }: Checked, unit: SegmentUnit, report: Report): void {
  const element = unit.vacant(positions);
  const part = definition.parts[element - 1];
  if (!part) return;
  const { length } = positions[element - 1]!;
  const place = (): Place => {
    const { edi, ...rest } = unit.elementPlace(element, part.id);
    return { ...rest, edi: { ...(edi as EdiAddress), component: length + 1 } };
  };
  report('EDIFACT_TOO_MANY_ELEMENTS', { what: part.id, allowed: String(length), parts: length === 1 ? 'component' : 'components' }, place);
}

function checkSegment(directory: Directory, checked: Checked, unit: Unit, report: Report): void {
  const { definition, positions } = checked;
  const { keys, repetitions, size } = unit;
  let mandatory = 0; // next of `checked.mandatory` to be seen
  let tooMany = -1; // the element already reported
  for (let atom = 0; atom < size;) {
    const element = keyElement(keys[atom] as number);
    for (; mandatory < checked.mandatory.length && (checked.mandatory[mandatory] as number) <= element; mandatory++)
      if ((checked.mandatory[mandatory] as number) < element) missing(definition, checked.mandatory[mandatory] as number, unit, report);
    // The atoms of one repetition of one element.
    const repetition = repetitions[atom] as number;
    let end = atom + 1;
    while (end < size && keyElement(keys[end] as number) === element && repetitions[end] === repetition) end++;
    const part = definition.parts[element - 1];
    const row = positions[element - 1];
    if (!part || !row) {
      if (element > 0 && tooMany < 0) {
        const args = { what: unit.tag, allowed: String(definition.parts.length), parts: 'data elements' };
        report('EDIFACT_TOO_MANY_ELEMENTS', args, () => unit.place(atom));
        tooMany = element;
      }
    } else {
      if (repetition === part.repeat)
        report('EDIFACT_TOO_MANY_REPETITIONS', { id: part.id, allowed: String(part.repeat) }, () => withId(unit.place(atom), part.id));
      checkComponents(directory, part, row, unit, atom, end, report);
    }
    atom = end;
  }
  for (; mandatory < checked.mandatory.length; mandatory++) missing(definition, checked.mandatory[mandatory] as number, unit, report);
}

function checkComponents(
  directory: Directory,
  part: ElementPart | CompositePart,
  row: readonly Position[],
  unit: Unit,
  from: number,
  end: number,
  report: Report,
): void {
  let next = 0; // component, from 0, before which mandatory ones were looked for
  for (let atom = from; atom < end; atom++) {
    const component = keyComponent(unit.keys[atom] as number);
    const position = row[component - 1];
    if (!position) {
      report('EDIFACT_TOO_MANY_ELEMENTS', { what: part.id, allowed: String(row.length), parts: row.length === 1 ? 'component' : 'components' }, () =>
        withId(unit.place(atom), part.id),
      );
      break;
    }
    if (part.composite) next = mandatoryBetween(part, next, component - 1, unit, from, report);
    checkValue(directory, position, unit, atom, from, end, report);
  }
  if (part.composite) mandatoryBetween(part, next, part.composite.parts.length, unit, from, report);
}

/** Reports the mandatory components from `from` (from 0) up to before `to`; gives where to go on. */
function mandatoryBetween(part: CompositePart, from: number, to: number, unit: Unit, atom: number, report: Report): number {
  for (let at = from; at < to; at++) {
    const component = part.composite.parts[at];
    if (!component?.required) continue;
    const id = `${part.id}.${component.id}`;
    report('EDIFACT_ELEMENT_MISSING', { id, name: component.element.name }, () => withId(unit.place(atom), id, { component: at + 1 }));
  }
  return to + 1;
}

function checkValue(directory: Directory, position: Position, unit: Unit, atom: number, from: number, end: number, report: Report): void {
  const { id, element, codes } = position;
  const { type, min, max } = element.format;
  const bytes = (unit.ends[atom] as number) - (unit.starts[atom] as number);
  if (position.plain && bytes <= max && min === 0) return; // a character is at least a byte
  const text = unit.text(atom);
  const value = position.unwrap ? text.replace(/[\r\n]/g, '') : text;
  const place = (): Place => withId(unit.place(atom), id);
  const { name } = element;
  const shown = value.length > 40 ? `${value.slice(0, 40)}…` : value;
  if (type === 'n' ? !/^-?(\d+([.,]\d*)?|[.,]\d+)$/.test(value) : type === 'a' && /\d/.test(value))
    report('EDIFACT_CHAR_TYPE', { id, name, value: shown, type: type === 'n' ? 'a number' : 'letters' }, place, { actual: value });
  // ISO 9735: sign and decimal mark do not count in the length of a number. Characters, not UTF-16 units, do in a text.
  const length = type === 'n' ? value.replace(/[-.,]/g, '').length : value.length <= max && min === 0 ? value.length : Array.from(value).length;
  if (length > max) report('EDIFACT_TOO_LONG', { id, name, length: String(length), max: String(max) }, place, { actual: value });
  if (length < min) report('EDIFACT_TOO_SHORT', { id, name, length: String(length), min: String(min) }, place, { actual: value });
  if (codes && !codes.has(value) && !namesOtherList(position, unit, from, end))
    report('EDIFACT_VALUE', { id, name, value: shown, directory: directory.name }, place, { actual: value });
}

function namesOtherList(position: Position, unit: Unit, from: number, end: number): boolean {
  for (let atom = from; atom < end; atom++) if (position.otherList.includes(keyComponent(unit.keys[atom] as number))) return true;
  return false;
}

function missing(definition: SegmentDefinition, element: number, unit: Unit, report: Report): void {
  const part = definition.parts[element - 1] as ElementPart | CompositePart;
  const name = (part.composite ?? part.element).name;
  report('EDIFACT_ELEMENT_MISSING', { id: part.id, name }, () => withId(unit.place(), part.id, { element: element + 1 }));
}

/**
 * Composites whose values the reader judges by what it can do with them: the character set and syntax version of UNB, and the
 * message that UNH and UNG name, since the code lists of a year do not know the associations that came after it.
 */
const judgedElsewhere: ReadonlySet<string> = new Set(['S001', 'S008', 'S009']);

const withId = (place: Place, id: string, at: Partial<EdiAddress> = {}): Place => ({ ...place, edi: { ...(place.edi as EdiAddress), ...at, id } });

function positionsOf(directory: Directory, part: ElementPart | CompositePart, unwrap: boolean): readonly Position[] {
  const position = (element: ElementDefinition, id: string, otherList: readonly number[]): Position => {
    const codes = judgedElsewhere.has(part.id) ? undefined : directory.codes(element.id);
    return { id, element, codes, otherList, plain: element.format.type === 'an' && !codes, unwrap };
  };
  if (!part.composite) return [position(part.element, part.id, [])];
  const { parts } = part.composite;
  return parts.map((component, index) => {
    const otherList = parts.flatMap((other, at) => (at !== index && (other.id === '1131' || other.id === '3055') ? [at + 1] : []));
    return position(component.element, `${part.id}.${component.id}`, component.id === '1131' || component.id === '3055' ? [] : otherList);
  });
}
