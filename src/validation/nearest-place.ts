import type { Place } from '../diagnostics/place.ts';
import type { Rows } from '../dictionary/rows.ts';

/** Where the row, or what is below or above it, was read: for what is not there at all. */
export function nearestPlace(rows: Rows, row: number): Place | undefined {
  for (let at = row; at >= 0; at = rows.parent(at)) {
    const place = placeIn(rows, at);
    if (place) return place;
  }
  return undefined;
}

function placeIn(rows: Rows, row: number): Place | undefined {
  for (let slot = 0; slot < rows.class(row).attributes.length; slot++) {
    const place = rows.originPlace(row, slot);
    if (place) return place;
  }
  for (let child = rows.firstChild(row); child >= 0; child = rows.nextSibling(child)) {
    const place = rows.removed(child) ? undefined : placeIn(rows, child);
    if (place) return place;
  }
  return undefined;
}
