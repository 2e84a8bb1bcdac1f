import { keyElement } from '../../src/syntax/unit.ts';
import { Scanner } from '../../src/syntax/segments/scanner.ts';
import { SegmentUnit } from '../../src/syntax/segments/segment-unit.ts';
import { edifactForm } from '../../src/syntax/edifact/syntax.ts';
import { manifests } from './generate.ts';
import { faster, interleave, type Row } from './measure.ts';
import { raw } from './peer.ts';
import { structuralIndex } from './structural-index.ts';

/**
 * One pass over bytes into offset tables: at least 2.5 times npm `edifact` (its raw parser, without validator or tree), and 0.6 of
 * a bare structural index. Together with cutting the values that a map for one agency touches: at least twice the raw parser.
 */
export function run(rounds: number): Row[] {
  return manifests().flatMap(({ size, documents, passes }) => {
    const texts = documents.map((bytes) => bytes.toString('latin1'));
    const longest = Math.max(...documents.map(({ length }) => length));
    const [starts, kinds] = [new Int32Array(longest >> 1), new Uint8Array(longest >> 1)];
    let touched = 0;
    const touch = (value: string): void => void (touched ^= value.charCodeAt(value.length - 1));
    const scan = (bytes: Buffer): number => {
      let components = 0;
      const scanner = new Scanner(edifactForm.framing, { segment: ({ count }) => void (components += count - 1) });
      scanner.push(bytes);
      scanner.finish();
      return components;
    };
    const values = (bytes: Buffer): number => {
      let cut = 0;
      const unit = new SegmentUnit('', edifactForm);
      const scanner = new Scanner(edifactForm.framing, {
        segment(scanner) {
          unit.take(scanner);
          const wanted = touches[unit.tag];
          if (!wanted) return;
          unit.tabulate(scanner);
          if (wanted.only && !wanted.only.includes(unit.text(0))) return;
          for (let atom = 0; atom < unit.size; atom++) {
            if (keyElement(unit.keys[atom]!) < wanted.from) continue;
            touch(unit.text(atom));
            cut++;
          }
        },
      });
      scanner.push(bytes);
      scanner.finish();
      unit.giveBack(); // as a reader does
      return cut;
    };
    const sum = <Item>(items: readonly Item[], of: (item: Item) => number): number => items.reduce((total, item) => total + of(item), 0);
    const peer = (text: string): number => raw(text, touch);
    const [ours, theirs] = [sum(documents, scan), sum(texts, peer)];
    if (ours !== theirs) throw new Error(`the scanner counts ${ours} components, the peer ${theirs}`);
    const share = `${Math.round((100 * sum(documents, values)) / theirs)} % of the values`;
    const took = interleave(rounds, passes, {
      raw: () => sum(texts, peer),
      index: () => sum(documents, (bytes) => structuralIndex(bytes, starts, kinds)),
      scan: () => sum(documents, scan),
      values: () => sum(documents, values),
    });
    if (touched === -1) throw new Error('nothing was touched'); // keeps the work from being optimized away
    return [
      faster(`scanner, ${size}`, 'npm edifact raw', 2.5, took.scan, took.raw),
      faster(`scanner, ${size}`, 'a bare structural index', 0.6, took.scan, took.index),
      faster(`scanner and ${share}, ${size}`, 'npm edifact raw', 2, took.values, took.raw),
    ];
  });
}

/** What the sample agency `port-health` is granted, by segment: numbers, ports, totals, consignee, goods. `only`: of these qualifiers; `from`: of these elements on. */
const touches: Readonly<Record<string, { readonly only?: readonly string[]; readonly from: number }>> = {
  BGM: { from: 2 },
  CNI: { from: 2 },
  RFF: { only: ['BM'], from: 1 },
  CNT: { from: 1 },
  LOC: { only: ['9', '11'], from: 2 },
  NAD: { only: ['CN'], from: 4 },
  GID: { from: 1 },
  FTX: { only: ['AAA'], from: 4 },
  MEA: { only: ['AAE'], from: 3 },
};
