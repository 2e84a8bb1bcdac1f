import { createRequire } from 'node:module';
import { Scanner } from '../../src/syntax/segments/scanner.ts';
import { x12Framing } from '../../src/syntax/x12/opening.ts';
import { faster, interleave, type Row } from './measure.ts';

const require = createRequire(import.meta.url);

/** What is called of npm `node-x12`: it makes an object of each segment and element. */
const { X12Parser } = require('node-x12') as {
  readonly X12Parser: new (strict: boolean) => { parse(text: string): { readonly functionalGroups: readonly unknown[] } };
};

/** X12: one pass over bytes into offset tables, at least ten times npm `node-x12`, and 0.6 of a bare index of its three separators. */
export function run(rounds: number): Row[] {
  const bytes = manifest(2_000);
  const text = bytes.toString('latin1');
  const [starts, kinds] = [new Int32Array(bytes.length), new Uint8Array(bytes.length)];
  const scan = (): number => {
    let tokens = 0;
    const scanner = new Scanner(x12Framing, { segment: ({ count }) => void (tokens += count) });
    scanner.push(bytes);
    scanner.finish();
    return tokens;
  };
  const [ours, bare] = [scan(), index(bytes, starts, kinds)];
  if (ours !== bare) throw new Error(`the scanner counts ${ours} tokens, the index ${bare}`);
  if (new X12Parser(false).parse(text).functionalGroups.length !== 1) throw new Error('the peer does not read what is measured');
  const took = interleave(rounds, 1, {
    peer: () => new X12Parser(false).parse(text),
    index: () => void Array.from({ length: 10 }, () => index(bytes, starts, kinds)),
    scan: () => void Array.from({ length: 10 }, scan),
  });
  const tenfold = took.peer.map((time) => time * 10);
  return [faster('scanner, X12', 'npm node-x12', 10, took.scan, tenfold), faster('scanner, X12', 'a bare index', 0.6, took.scan, took.index)];
}

/** One interchange with so many manifests of one bill each, in the manner of 309. */
function manifest(sets: number): Buffer {
  const one = (n: number): string =>
    [
      `ST*309*${String(n).padStart(4, '0')}`,
      'M10*BLUE*O*DK*9704611*ELBE TRADER*438N*BA0438*1*X',
      'P4*2704*20260914*1',
      'LX*1',
      `M11*BAL${n}*57035*480*CTN*21940*K******BLUE`,
      'N1*SH*ALSTER WERKZEUGBAU GMBH',
      'N3*BILLSTRASSE 88*HALLE 2',
      'N4*HAMBURG*HH*20539*DE',
      'N1*CN*CANTOSO INC',
      'N3*100 MAIN ST',
      'N4*LOS ANGELES*CA*90001*US',
      `VID*CN*BLAU*${4482134 + n}*BA77120`,
      'N10*480*HAND TOOLS OF STEEL',
      `SE*14*${String(n).padStart(4, '0')}`,
    ].join('~');
  const body = Array.from({ length: sets }, (_, n) => one(n + 1)).join('~');
  return Buffer.from(
    `ISA*00*          *00*          *ZZ*BLUEANCHOR     *ZZ*PORTOLAN       *260914*0930*U*00401*000000438*0*P*>~GS*AQ*BLUEANCHOR*PORTOLAN*20260914*0930*438*X*004010~${body}~GE*${sets}*438~IEA*1*000000438~`,
  );
}

/** The bare limit: starts and kinds of tokens by fixed characters, and nothing else. */
function index(bytes: Uint8Array, starts: Int32Array, kinds: Uint8Array): number {
  const { length } = bytes;
  let token = 0;
  let start = 0;
  for (let at = 0; at < length; at++) {
    const byte = bytes[at]!;
    if (byte !== 0x2a && byte !== 0x7e && byte !== 0x3e) continue;
    starts[token] = start;
    kinds[token++] = byte === 0x7e ? 1 : byte === 0x2a ? 2 : 4;
    start = at + 1;
  }
  return token;
}
