import type { Place } from '../../src/diagnostics/place.ts';
import type { MessageParser } from '../../src/maps/parse.ts';
import { keyComponent, keyElement, type OutAtoms, type OutHeader, type Unit, type UnitWriter } from '../../src/syntax/unit.ts';

/** One unit on the tape, with its atoms in the order in which a reader would find them. */
export interface Recorded {
  readonly kind: Unit['kind'];
  readonly tag: string;
  readonly atoms: readonly { readonly key: number; readonly name: string | undefined; readonly text: string }[];
}

/** A writer that keeps units instead of bytes: laws of maps can be tried without a syntax between. */
export class Tape implements UnitWriter {
  header: OutHeader | undefined;
  readonly units: Recorded[] = [];

  beginMessage(header: OutHeader): void {
    this.header = header;
  }
  unit(tag: string, atoms: OutAtoms): void {
    this.units.push({ kind: this.header?.namespace === undefined ? 'segment' : 'leaf', tag, atoms: sorted(atoms) });
  }
  open(tag: string, atoms: OutAtoms): void {
    this.units.push({ kind: 'open', tag, atoms: sorted(atoms) });
  }
  close(tag: string): void {
    this.units.push({ kind: 'close', tag, atoms: [] });
  }
  endMessage(): void {
    this.header ??= { type: '' };
  }
}

function sorted(atoms: OutAtoms): Recorded['atoms'] {
  return atoms.keys
    .map((key, i) => ({ key, name: atoms.names[i], text: atoms.texts[i]! }))
    .filter(({ text }) => text !== '')
    .sort((a, b) => a.key - b.key);
}

/** Plays units to a parser, as a reader would hand them out. */
export function play(units: readonly Recorded[], parser: MessageParser): void {
  units.forEach((recorded, i) => parser.unit(asUnit(recorded, i + 2)));
}

function asUnit({ kind, tag, atoms }: Recorded, position: number): Unit {
  const bytes = Buffer.from(atoms.map(({ text }) => text).join(''), 'utf8');
  const lengths = atoms.map(({ text }) => Buffer.byteLength(text));
  const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((sum, each) => sum + each, 0));
  const place = (atom?: number): Place => ({
    source: '',
    start: atom === undefined ? 0 : starts[atom]!,
    end: 0,
    edi: { tag, segment: position, ...(atom === undefined ? {} : { element: keyElement(atoms[atom]!.key) + 1, component: keyComponent(atoms[atom]!.key) }) },
  });
  return {
    kind,
    tag,
    position,
    bytes,
    base: 0,
    start: 0,
    end: bytes.length,
    size: atoms.length,
    keys: Int32Array.from(atoms, ({ key }) => key),
    repetitions: new Int32Array(atoms.length),
    starts: Int32Array.from(starts),
    ends: Int32Array.from(starts, (start, i) => start + lengths[i]!),
    name: (atom) => atoms[atom]!.name,
    text: (atom) => atoms[atom]!.text,
    place,
  };
}
