import { createRequire } from 'node:module';
import { edifactReader } from '../../src/syntax/edifact/reader.ts';
import { Scanner } from '../../src/syntax/edifact/scanner.ts';
import { cuscar } from './generate.ts';
import type { Row } from './run.ts';

/** The parts of npm `edifact` that are called here; it has no types. */
interface Peer {
  onopensegment: () => void;
  onclosesegment: () => void;
  onelement: () => void;
  oncomponent: (value: string) => void;
  encoding(name: string): void;
  write(text: string): void;
  end(): void;
}

const MEGABYTE = 1_000_000;
const PASSES = 20; // of one megabyte, per round

/**
 * Budget: one pass over bytes into offset tables at least 2 times npm `edifact` (its raw parser, without validator or tree), in one
 * interleaved run, warm, one megabyte. Both count segments and components; ours has the place of each in its tables.
 */
export async function run(rounds: number): Promise<Row[]> {
  const Parser = createRequire(import.meta.url)('edifact/parser.js') as new () => Peer;
  const bytes = oneMegabyte();
  const text = bytes.toString('latin1');
  let touched = 0;

  const peer = (): readonly number[] => {
    let segments = 0;
    let components = 0;
    const parser = new Parser();
    parser.onopensegment = () => void segments++;
    parser.onelement = () => undefined;
    parser.onclosesegment = () => undefined;
    parser.oncomponent = (value) => {
      components++;
      touched ^= value.length;
    };
    parser.encoding('UNOA');
    parser.write(text);
    parser.end();
    return [segments, components];
  };
  const scanner = (): readonly number[] => {
    let segments = 0;
    let components = 0;
    const scan = new Scanner({
      segment({ count, starts }) {
        segments++;
        components += count - 1;
        touched ^= starts[count - 1] as number;
      },
    });
    scan.push(bytes);
    scan.finish();
    return [segments, components];
  };
  const reader = (): readonly number[] => {
    let segments = 2; // UNB and UNZ are not units
    let components = 0;
    const read = edifactReader({
      unit(unit) {
        segments++;
        components += unit.size;
        for (let atom = 0; atom < unit.size; atom++) touched ^= unit.text(atom).length;
      },
    });
    read.push(bytes);
    read.end();
    return [segments, components];
  };

  const [ours, theirs] = [scanner(), peer()];
  if (String(ours) !== String(theirs)) throw new Error(`the scanner counts ${ours.join(' segments, ')} components, the peer ${theirs.join(', ')}`);
  const ratios: { scanner: number[]; reader: number[] } = { scanner: [], reader: [] };
  for (let round = -2; round < rounds; round++) {
    const took = { scanner: 0, peer: 0, reader: 0 };
    // Pass by pass in turn, so that what else the machine does falls on all alike.
    for (let pass = 0; pass < PASSES; pass++) {
      took.scanner += time(scanner);
      took.peer += time(peer);
      took.reader += time(reader);
    }
    if (round < 0) continue; // warm-up
    ratios.scanner.push(took.peer / took.scanner);
    ratios.reader.push(took.peer / took.reader);
  }
  if (touched === -1) throw new Error('nothing was touched'); // keeps the work from being optimized away
  return [
    row('EDIFACT scanner with positions, 1 MB', 'npm edifact raw parser', ratios.scanner),
    row('EDIFACT reader, envelopes and every value decoded, 1 MB', 'npm edifact raw parser', ratios.reader),
  ];
}

export function oneMegabyte(): Buffer {
  const chunks: Uint8Array[] = [];
  let bills = 1000;
  for (;;) {
    chunks.length = 0;
    for (const chunk of cuscar({ bills, perMessage: 500 })) chunks.push(chunk);
    const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (size >= MEGABYTE) return Buffer.concat(chunks);
    bills = Math.ceil((bills * MEGABYTE) / size) + 1;
  }
}

/** Processor time, in microseconds: what else runs on the machine does not count. */
function time(stage: () => unknown): number {
  const start = process.cpuUsage();
  stage();
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

function row(stage: string, against: string, ratios: readonly number[]): Row {
  const sorted = [...ratios].sort((a, b) => a - b);
  const at = (index: number): number => Math.round((sorted[index] as number) * 100) / 100;
  return { stage, against, ratio: at(sorted.length >> 1), min: at(0), max: at(sorted.length - 1), better: 'higher' };
}
