import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { lineColumn, type Place } from '../../diagnostics/place.ts';
import type { Loss } from '../../maps/account.ts';
import type { Library } from '../library/library.ts';

interface Made {
  readonly losses: readonly Loss[];
  readonly findings: readonly Diagnostic[];
}

/** The same with line and column of the rules that findings and losses name: whoever is told later may have other files by then. */
export function located<T extends Made>(made: T, library: Library): T {
  if (made.losses.length === 0 && made.findings.length === 0) return made;
  const withLine = <E extends { readonly rule?: Place | undefined }>(each: E): E => (each.rule ? { ...each, rule: placed(each.rule, library) } : each);
  return { ...made, losses: made.losses.map(withLine), findings: made.findings.map(withLine) };
}

const known = new WeakMap<Place, Place>(); // of a rule that is broken once more

function placed(rule: Place, library: Library): Place {
  let place = known.get(rule);
  if (!place) {
    const bytes = rule.at ? undefined : library.file(rule.source);
    known.set(rule, (place = bytes ? { ...rule, at: lineColumn(bytes, rule.start) } : rule));
  }
  return place;
}
