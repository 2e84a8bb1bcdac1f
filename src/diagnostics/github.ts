import { sentence, type Diagnostic } from './diagnostic.ts';
import { lineColumn } from './place.ts';

/**
 * Findings as GitHub workflow commands, one a line: they show as annotations beside the changed lines of a review.
 *
 *     ::error file=mappings/…/map.yaml,line=48,col=24,title=MAP_UNKNOWN_ELEMENT::the dictionary has no …
 */
export function renderGithub(findings: readonly Diagnostic[], bytes: (source: string) => Uint8Array | undefined): string {
  return findings.map((each) => annotation(each, bytes)).join('');
}

function annotation(diagnostic: Diagnostic, bytes: (source: string) => Uint8Array | undefined): string {
  const kind = diagnostic.severity === 'warning' ? 'warning' : diagnostic.severity === 'info' ? 'notice' : 'error';
  const place = diagnostic.rule ?? diagnostic.data; // the file under review is the map, not the message
  const found = place && bytes(place.source);
  const { line, column } = place && found ? lineColumn(found, place.start) : { line: undefined, column: undefined };
  const properties = [
    place && place.source !== '' ? `file=${property(place.source)}` : undefined,
    line === undefined ? undefined : `line=${line}`,
    column === undefined ? undefined : `col=${column}`,
    `title=${diagnostic.code}`,
  ].filter((each) => each !== undefined);
  return `::${kind} ${properties.join(',')}::${data(sentence(diagnostic))}\n`;
}

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
