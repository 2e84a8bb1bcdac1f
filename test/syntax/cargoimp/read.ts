import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { describePlace } from '../../../src/diagnostics/place.ts';
import { Grammars } from '../../../src/syntax/cargoimp/grammar.ts';
import { cargoImpReader, type CargoImpReaderOptions } from '../../../src/syntax/cargoimp/reader.ts';
import type { Interchange, MessageHeader } from '../../../src/syntax/unit.ts';
import { root } from '../../root.ts';

const folder = join(root, 'schemas/cargoimp');
export const grammarFiles = readdirSync(folder).filter((file) => file.endsWith('.txt'));
export const grammars = new Grammars(grammarFiles.map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') })));

export interface ReadUnit {
  readonly message: number;
  readonly line: number;
  readonly tag: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly start: number;
  readonly end: number;
  readonly own: number; // atoms that are its own
  readonly spans: readonly (readonly [number, number])[];
}

export interface Read {
  readonly interchanges: Interchange[];
  readonly messages: MessageHeader[];
  readonly units: ReadUnit[];
  readonly findings: Diagnostic[];
  readonly order: string[]; // of calls
}

/** Reads pieces of bytes and keeps everything. */
export function read(pieces: readonly (string | Uint8Array)[], options: Partial<CargoImpReaderOptions> = {}): Read {
  const kept: Read = { interchanges: [], messages: [], units: [], findings: [], order: [] };
  const reader = cargoImpReader(
    {
      interchange: (each) => kept.order.push('interchange') && kept.interchanges.push(each),
      message: (each) => kept.order.push('message') && kept.messages.push(each),
      messageEnd: () => kept.order.push('messageEnd'),
      interchangeEnd: () => kept.order.push('interchangeEnd'),
      finding: (each) => kept.findings.push(each),
      unit: (unit) => {
        const atoms = Array.from({ length: unit.size }, (_, k) => k);
        kept.units.push({
          message: unit.place().edi!.message!,
          line: unit.position,
          tag: unit.tag,
          fields: Object.fromEntries(atoms.map((k) => [unit.place(k).edi!.id!, unit.text(k)])),
          start: unit.base + unit.start,
          end: unit.base + unit.end,
          own: unit.shared?.own ?? unit.size,
          spans: atoms.map((k) => [unit.base + unit.starts[k]!, unit.base + unit.ends[k]!] as const),
        });
      },
    },
    { grammars, ...options },
  );
  for (const piece of pieces) reader.push(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
  reader.end();
  return kept;
}

/** `RTD line=1 pieces=2`, one a unit. */
export const inWords = ({ units }: Read): string[] =>
  units.map(({ tag, fields }) => [tag, ...Object.entries(fields).map(([name, text]) => `${name}=${text}`)].join(' '));

/** `CARGOIMP_FIELD in line 4 of message 1 (RTG), field carrier`. */
export const said = ({ findings }: Read): string[] => findings.map((each) => `${each.code} ${each.data ? describePlace(each.data) : ''}`);
