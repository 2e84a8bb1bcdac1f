import type { Rows } from '../dictionary/rows.ts';
import type { Place } from '../diagnostics/place.ts';
import { describePlace } from '../diagnostics/place.ts';
import type { Pointed } from './pointers.ts';

/** Where a fault is in the message of whom we answer, in the terms of that message; what is not known is ''. */
export interface Position {
  readonly section: string; // 1049: heading or detail
  readonly item: string; // 1052
  readonly subitem: string; // 1054
  readonly tag: string; // 9166
  readonly sequence: string; // 1050: of the segment in the message, the header being 1
  readonly words: string; // the same for people
}

const heading = '1';
const detail = '2';

/** From a place in the sender's message. */
export function positionAt(place: Place | undefined, numbers: readonly string[] = []): Position | undefined {
  if (!place) return undefined;
  const { edi } = place;
  const [item = ''] = numbers;
  const subitem = numbers.length > 1 ? numbers.at(-1)! : '';
  return {
    section: item === '' ? heading : detail,
    item,
    subitem: /^\d{1,6}$/.test(subitem) ? subitem : '',
    tag: edi?.tag ?? '',
    sequence: edi === undefined || edi.segment === 0 ? '' : String(edi.segment),
    words: describePlace(place),
  };
}

/** From what a pointer means: the place the fact was read from; of a row that of its first fact in the message, or of the first around it. */
export function positionOf({ rows, row, slot, numbers }: Pointed): Position | undefined {
  const exact = slot === undefined ? undefined : rows.originPlace(row, slot);
  return positionAt(exact ?? firstPlace(rows, row) ?? placeAround(rows, row), numbers);
}

function firstPlace(rows: Rows, row: number): Place | undefined {
  const { length } = rows.class(row).attributes;
  const places = Array.from({ length }, (_, slot) => rows.originPlace(row, slot)).filter((place) => place !== undefined);
  const first = places.reduce<Place | undefined>((least, place) => (least && least.start <= place.start ? least : place), undefined);
  if (first) return wholeUnit(first);
  for (let child = rows.firstChild(row); child >= 0; child = rows.nextSibling(child)) {
    const place = rows.removed(child) ? undefined : firstPlace(rows, child);
    if (place) return place;
  }
  return undefined;
}

function placeAround(rows: Rows, row: number): Place | undefined {
  for (let above = rows.parent(row); above >= 0; above = rows.parent(above)) {
    const place = firstPlace(rows, above);
    if (place) return place;
  }
  return undefined;
}

/** The segment without the element: the row as a whole is meant. */
function wholeUnit({ edi, ...place }: Place): Place {
  return edi ? { ...place, edi: { tag: edi.tag, segment: edi.segment } } : place;
}
