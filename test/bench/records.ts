import { openLibrary } from '../../src/gateway/library/library.ts';
import { recordReader } from '../../src/syntax/records/reader.ts';
import { root } from '../root.ts';
import { faster, interleave, type Row } from './measure.ts';

const chunk = 65_536;

/**
 * A file of fixed columns, every record known, every column located and checked, its place and order too: at least 0.05 of a bare
 * splitter that looks for line ends and for nothing else.
 */
export function run(rounds: number): Row[] {
  const layout = openLibrary({ root }).layouts.get('ocean/manifest')!;
  const file = manifest(20_000);
  const columns = (): number => {
    let found = 0;
    const reader = recordReader(layout, {
      unit: ({ size }) => void (found += size),
      finding: ({ code }) => {
        throw new Error(`the file of the bench is not in order: ${code}`);
      },
    });
    for (let at = 0; at < file.length; at += chunk) reader.push(file.subarray(at, at + chunk));
    reader.end();
    return found;
  };
  const split = (): number => {
    let lines = 0;
    for (let at = file.indexOf(0x0a); at >= 0; at = file.indexOf(0x0a, at + 1)) lines++;
    return lines;
  };
  const [found, lines] = [columns(), split()];
  if (found < 3 * lines) throw new Error(`${found} columns in ${lines} records`);
  const took = interleave(rounds, 1, { columns, split: () => Array.from({ length: 20 }, split) });
  const bare = took.split.map((time) => time / 20);
  return [faster(`records, ${(file.length / 1_000_000).toFixed(1)} MB`, 'a bare line splitter', 0.05, took.columns, bare)];
}

function manifest(bills: number): Buffer {
  const line = (text: string): string => `${text.padEnd(80)}\n`;
  let text = line('ACRBLUEANCHORPORTOLAN  261120000007') + line('M01MAN0000042  SEA LARK               9074729PT0042EBANC9') + line('P01NLRTM20261203');
  for (let i = 1; i <= bills; i++) {
    const number = String(i).padStart(7, '0');
    text +=
      line(`B01BL${number}       MB${number}       PTLISNLRTM00000010000000001250KGM`) +
      line('B02PTPRMPORTIMAO QUAY') +
      line('S01HARBOR LAMPS LTD                   QUAY STREET 4                      PT') +
      line('U01NORTH IMPORTS                      DOCK ROAD 9                        NL') +
      line('D0100100000010CT DESK LAMPS') +
      line('K01MSKU123456522G100000010');
  }
  return Buffer.from(text + line(`ZCR${String(6 * bills + 4).padStart(6, '0')}${String(bills).padStart(6, '0')}`), 'latin1');
}
