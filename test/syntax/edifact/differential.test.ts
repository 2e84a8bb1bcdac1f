import { createRequire } from 'node:module';
import fc from 'fast-check';
import t from 'tap';
import { read } from './read.ts';

/** The raw parser of npm `edifact`, which has no types. */
interface Peer {
  onopensegment: (tag: string) => void;
  onclosesegment: () => void;
  onelement: () => void;
  oncomponent: (value: string) => void;
  encoding(name: string): void;
  write(text: string): void;
  end(): void;
}
const Parser = createRequire(import.meta.url)('edifact/parser.js') as new () => Peer;

/** Segments as the peer sees them: `NAD 1=CZ 2.2=160`. It is given whole input in syntax 3, where it is known to be right. */
function peer(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  let element = 0;
  let component = 0;
  const parser = new Parser();
  parser.onopensegment = (tag) => {
    line = tag;
    element = 0;
  };
  parser.onelement = () => {
    element++;
    component = 0;
  };
  parser.oncomponent = (value) => {
    component++;
    if (value !== '') line += ` ${element}${component > 1 ? `.${component}` : ''}=${value}`;
  };
  parser.onclosesegment = () => void lines.push(line);
  parser.encoding('UNOC');
  parser.write(text);
  parser.end();
  return lines;
}

t.test('the same segments as another parser sees', (t) => {
  const value = fc.array(fc.constantFrom(...'AZaz09 ,-.', '?+', '?:', "?'", '??'), { maxLength: 8 }).map((characters) => characters.join(''));
  const segment = fc
    .tuple(fc.constantFrom('BGM', 'NAD', 'FTX', 'LOC'), fc.array(fc.array(value, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 }))
    .map(([tag, elements]) => `${tag}+${elements.map((components) => components.join(':')).join('+')}'`);
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 8 }), fc.constantFrom('', '\n', '\r\n'), (segments, lineBreak) => {
      const body = ["UNH+1+CUSCAR:D:95B:UN'", ...segments, `UNT+${segments.length + 2}+1'`];
      const text = ["UNB+UNOC:3+S+R+261120:1052+1'", ...body, "UNZ+1+1'"].join(lineBreak);
      const ours = read(Buffer.from(text, 'latin1'));
      return JSON.stringify(peer(text).slice(1, -1)) === JSON.stringify(ours.units) && ours.findings.length === 0;
    }),
    { numRuns: 200 },
  );
  t.pass();
  t.end();
});
