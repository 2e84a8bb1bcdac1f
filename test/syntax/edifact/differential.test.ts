import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { root, shared } from '../../root.ts';
import { Scanner } from '../../../src/syntax/segments/scanner.ts';
import { SegmentUnit } from '../../../src/syntax/segments/segment-unit.ts';
import { edifactForm } from '../../../src/syntax/edifact/syntax.ts';
import { edifactFraming } from '../../../src/syntax/edifact/opening.ts';
import { unaService } from '../../../src/syntax/edifact/service.ts';
import type { ServiceCharacters } from '../../../src/syntax/segments/service.ts';
import { corpus } from './corpus.ts';
import { unitLine } from './read.ts';

/** The raw parser of npm `edifact`, which has no types. */
interface Peer {
  onopensegment: (tag: string) => void;
  onclosesegment: () => void;
  onelement: () => void;
  oncomponent: (value: string) => void;
  configure(config: Readonly<Record<string, number>>): void;
  encoding(name: string): void;
  write(text: string): void;
  end(): void;
}
const Parser = createRequire(import.meta.url)('edifact/parser.js') as new () => Peer;

/** Service characters with which its UNOC cannot be configured: they stand for something else in the expression it makes of its repertoire. */
const isExotic = (service: ServiceCharacters): boolean => Object.values(service).some((code: number) => '^|\\~[]'.includes(String.fromCharCode(code)));

/** The peer with these service characters; it throws where it cannot make its expressions with them. */
function configured(service: ServiceCharacters): Peer {
  const parser = new Parser();
  parser.configure({
    segmentTerminator: service.terminator,
    dataElementSeparator: service.element,
    componentDataSeparator: service.component,
    decimalMark: service.decimal,
    releaseCharacter: service.release,
  });
  parser.encoding(isExotic(service) ? 'UNOB' : 'UNOC');
  return parser;
}

function isConfigurable(service: ServiceCharacters): boolean {
  try {
    return configured(service) !== undefined;
  } catch {
    return false;
  }
}

/** Segments as the peer sees them, `NAD 1=CZ 2.2=160`, up to where it gives up. Bytes are characters; the service characters are told to it. */
function peer(text: string, service: ServiceCharacters): string[] {
  const lines: string[] = [];
  let line = '';
  let element = 0;
  let component = 0;
  const parser = configured(service);
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
  try {
    parser.write(text);
    parser.end();
  } catch (error) {
    lines.push(`gives up: ${(error as Error).message}`);
  }
  return lines;
}

interface Segment {
  readonly line: string;
  readonly raw: string; // its bytes, a character each
  readonly service: ServiceCharacters;
  readonly terminated: boolean;
  readonly first: boolean; // of its interchange, or of what follows other bytes
}

/** The same as we see them; text is compared as bytes, since the peer knows no UTF-8. */
function ours(bytes: Uint8Array): Segment[] {
  const segments: Segment[] = [];
  const unit = new SegmentUnit('', edifactForm);
  let first = true;
  const scanner = new Scanner(edifactFraming, {
    segment(s) {
      unit.take(s);
      unit.tabulate(s);
      unit.encoding = 'iso-8859-1';
      const raw = s.bytes.toString('latin1', s.start, s.end);
      segments.push({ line: unitLine(unit), raw, service: s.service, terminated: s.terminated, first: first || raw.startsWith('UNB') });
      first = false;
    },
    una: () => void (first = true),
    outside: () => void (first = true),
    limit: () => undefined,
  });
  scanner.push(bytes);
  scanner.finish();
  return segments;
}

const character = (code: number): string => String.fromCharCode(code);

/** What the peer does otherwise, and why that is its way and not ours. Each row is needed: there is a file of ours or of the corpus that meets it. */
// prettier-ignore
const known: readonly (readonly [why: string, holds: (segment: Segment) => boolean])[] = [
  ['line breaks inside a segment are dropped; here they are data, and told', ({ raw }) => /[\r\n]/.test(raw)],
  ['the repetition separator of syntax 4 is unknown', ({ raw, service }) => service.repetition !== 0 && raw.includes(character(service.repetition))],
  ['a tag is capital letters only; here any other is told, and read', ({ raw, service }) => !/^[A-Z]+$/.test(raw.split(character(service.element))[0]?.replace(character(service.terminator), '') ?? '')],
  ['bytes 0x00 to 0x1f and 0x80 to 0x9f are refused, though Windows-1252 and UTF-8 have characters there', ({ raw }) => /[\x00-\x1f\x80-\x9f]/.test(raw)],
  ['an input that ends in a segment is an error without that segment', ({ terminated }) => !terminated],
];

/** Differences that no row explains, each with the file; and which rows were needed. */
function differences(name: string, bytes: Uint8Array, needed: Set<string>): string[] {
  const segments = ours(bytes);
  const runs: Segment[][] = [];
  for (const segment of segments) {
    if (segment.first || runs.length === 0) runs.push([]);
    runs.at(-1)?.push(segment);
  }
  return runs.flatMap((run) => {
    const { service } = run[0] as Segment;
    const lines = run.map(({ line }) => line);
    const whole = peer(run.map(({ raw }) => raw).join(''), service);
    if (whole.join('\n') === lines.join('\n')) return [];
    // One segment at a time: what differs must be explained by what stands in it.
    const odd = run.filter((segment) => peer(segment.raw, service).join('\n') !== segment.line);
    for (const segment of odd) {
      const row = known.find(([, holds]) => holds(segment));
      if (row) needed.add(row[0]);
    }
    const unexplained = odd.filter((segment) => !known.some(([, holds]) => holds(segment)));
    if (odd.length === 0) return [`${name}: only together: ${whole.find((line, k) => line !== lines[k]) ?? 'the end'}`];
    return unexplained.map(({ raw }) => `${name}: ${raw.slice(0, 60)} → ${peer(raw, service).join(' | ').slice(0, 80)}`);
  });
}

const written = ['samples', 'test/cases', 'mappings'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.edi'))
    .map((file) => ({ name: join(folder, file), bytes: readFileSync(join(root, folder, file)) })),
);

t.test('samples, cases and the corpus, as another parser sees them: every difference has its reason', (t) => {
  const needed = new Set<string>();
  const files = [...written, ...corpus()];
  t.same(files.flatMap(({ name, bytes }) => differences(name, bytes, needed)), []); // prettier-ignore
  if (shared !== undefined) t.same([...needed].sort(), known.map(([why]) => why).sort(), 'no reason that nothing needs'); // prettier-ignore
  t.ok(files.length > 60, `${files.length} files`);
  t.end();
});

t.test('generated messages, in any service characters', (t) => {
  const separators = '!"#%&*,/:;<=>?+\''.split('');
  const arbitrary = fc.shuffledSubarray(separators, { minLength: 4, maxLength: 4 }).chain(([c = '', e = '', r = '', end = '']) => {
    const released = [c, e, r, end].map((each) => `${r}${each}`);
    const value = fc.array(fc.constantFrom(...'AZaz09 -.()\xfc\xe9', ...released), { maxLength: 8 }).map((characters) => characters.join(''));
    const elements = fc.array(fc.array(value, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 });
    const segment = fc
      .tuple(fc.constantFrom('BGM', 'NAD', 'FTX', 'LOC'), elements)
      .map(([tag, parts]) => `${tag}${e}${parts.map((components) => components.join(c)).join(e)}${end}`);
    return fc.tuple(fc.array(segment, { maxLength: 8 }), fc.constantFrom('', '\n', '\r\n')).map(([segments, lineBreak]) => {
      const around = (text: string): string => text.replaceAll(/[:+']/g, (found) => (found === ':' ? c : found === '+' ? e : end));
      const [head, tail] = [
        [around("UNB+UNOC:3+S+R+261120:1052+1'"), around("UNH+1+CUSCAR:D:95B:UN'")],
        [around("UNT+2+1'"), around("UNZ+1+1'")],
      ];
      return `UNA${c}${e}.${r} ${end}${[...head, ...segments, ...tail].join(lineBreak)}`;
    });
  });
  const needed = new Set<string>();
  fc.assert(
    fc.property(arbitrary, (text) => {
      fc.pre(isConfigurable(unaService(Buffer.from(text, 'latin1'), 0)));
      const found = differences(text, Buffer.from(text, 'latin1'), needed);
      if (found.length > 0) throw new Error(found.join('\n'));
    }),
    { numRuns: 300 },
  );
  t.same([...needed], [], 'and none needs a reason');
  t.end();
});
