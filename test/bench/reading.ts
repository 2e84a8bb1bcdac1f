import { openLibrary } from '../../src/gateway/library/library.ts';
import type { ReadMessage } from '../../src/gateway/translation/reading.ts';
import { AnyReader } from '../../src/gateway/translation/any-reader.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { root } from '../root.ts';
import { manifests } from './generate.ts';
import { faster, interleave, type Row } from './measure.ts';
import { tree, validating } from './peer.ts';

/**
 * What reading costs after the scanner. Units whose segment groups, elements and code values were checked: at least as fast as npm
 * `edifact` with its validator (which knows neither groups nor codes), four times its reader. Those and the facts of the map, with a
 * fate for every atom and a place for every fact: at least 0.4 of the validator, 1.5 of the reader.
 */
export function run(rounds: number): Row[] {
  const library = openLibrary({ root });
  return manifests().flatMap(({ size, documents, passes }) => {
    const texts = documents.map((bytes) => bytes.toString('latin1'));
    let touched = 0;
    const validate = validating((value) => void (touched ^= value.length));
    let atoms = 0;
    const units = (bytes: Buffer): void => {
      const reader = new AnyReader(library, { unit: (unit) => void (atoms += unit.size), finding: fail });
      reader.push(bytes);
      reader.end();
    };
    let bound = 0;
    const rows = (bytes: Buffer): void => {
      const sink = {
        message({ parsed, findings }: ReadMessage): void {
          if (!parsed || findings.length > 0 || parsed.losses.length > 0) throw new Error('the manifest is not read whole');
          bound += parsed.account.bound;
        },
      };
      readBytes(library, bytes, sink, { reuse: true }); // as a gateway reads
    };
    const took = interleave(rounds, passes, {
      validate: () => texts.forEach((text) => void validate(text)),
      tree: () => texts.forEach((text) => void tree(text)),
      units: () => documents.forEach(units),
      rows: () => documents.forEach(rows),
    });
    if (bound > atoms) throw new Error('more was bound than there is');
    if (touched === -1) throw new Error('nothing was touched'); // keeps the work from being optimized away
    return [
      faster(`checked units, ${size}`, 'npm edifact with its validator', 1, took.units, took.validate),
      faster(`checked units, ${size}`, 'npm edifact, its reader', 4, took.units, took.tree),
      faster(`accounted rows, ${size}`, 'npm edifact with its validator', 0.4, took.rows, took.validate),
      faster(`accounted rows, ${size}`, 'npm edifact, its reader', 1.5, took.rows, took.tree),
    ];
  });
}

function fail(finding: { readonly code: string }): never {
  throw new Error(`the manifest is not in order: ${finding.code}`);
}
