import t from 'tap';
import { sentence, type Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { statedByUnh } from '../../../src/syntax/edifact/headers.ts';
import { nearestDirectories } from '../../../src/syntax/edifact/nearest.ts';
import { edifactReader } from '../../../src/syntax/edifact/reader.ts';
import { edifactForm } from '../../../src/syntax/edifact/syntax.ts';
import { structureCheck } from '../../../src/syntax/segments/structure.ts';
import type { Interchange } from '../../../src/syntax/unit.ts';
import { directories } from './tables.ts';

const shipped = directories.names;
const interchange = { syntax: 'edifact', charset: { declared: 'UNOA', detected: 'ASCII' }, start: 0 } as Interchange;

t.test('the nearest directory: the same family, then by date', (t) => {
  // prettier-ignore
  const cases: readonly [names: readonly string[], stated: string, nearest: string | undefined][] = [
    [shipped, 'D 93A UN', 'D94B'],
    [shipped, 'D 23B UN', 'D23A'],
    [shipped, 'D 25A UN', 'D24A'],
    [shipped, 'D 01D EN', 'D01C'],
    [shipped, 'S 93A UN', 'D94B'],
    [[...shipped, 'S93A'], 'S 94B UN', 'S93A'],
    [[...shipped, 'S93A'], 'D 93A UN', 'D94B'],
    [shipped, '1 911 UN', 'D94B'],
    [['D98A', 'D00A'], 'D 99A UN', 'D98A'], // as near: the older
    [['D99A', 'D00B'], 'D 00A UN', 'D00B'],
    [shipped, '11 1 IA', 'IA131'], // releases of another agency: the nearest of its own
    [['D96A', 'IA111', 'IA131', 'IA151'], '12 1 IA', 'IA111'], // as near: the older
    [['D96A', 'IA111', 'IA131', 'IA151'], '14 2 IA', 'IA151'],
    [shipped, '11 1 XX', undefined], // an agency of which there is none
    [shipped, 'D 3 UN', undefined],
    [[], 'D 96A UN', undefined],
  ];
  for (const [names, stated, nearest] of cases) {
    const [version = '', release = '', agency = ''] = stated.split(' ');
    const header = { type: 'CUSCAR', index: 0, start: 0, interchange };
    statedByUnh((_, at = 1) => ['', version, release, agency][at - 1] ?? '', header);
    t.equal(nearestDirectories(names, header)[0], nearest, stated);
  }
  t.end();
});

t.test('a message of a directory that is not there is read with the nearest that has it, and that is said', (t) => {
  const said = (header: string): string[] => {
    const findings: Diagnostic[] = [];
    const reader = edifactReader(structureCheck({ finding: (each) => void findings.push(each) }, { directory: directories.of, form: edifactForm }), {});
    reader.push(Buffer.from(`UNB+UNOA:3+A+B+260101:1200+1'UNH+1+${header}'BGM+785+X+9'XXX+1'UNT+4+1'UNZ+1+1'`));
    reader.end();
    return findings.map((each) => `${each.severity} ${sentence(each)}`);
  };
  const [first, ...rest] = said('CUSCAR:D:93A:UN');
  t.equal(first, 'warning there are no tables of directory D93A: the message is read with those of D94B, the nearest');
  t.match(rest[0], /^error D94B has no segment XXX/, 'and is checked with it');
  t.match(said('CUSCAR:D:95B:UN')[0], /^error D95B has no segment XXX/, 'a directory that is there is not spoken of');
  t.match(said('GOVCBR:D:93A:UN')[0], /with those of D\d\d[AB], the nearest/, 'the nearest that has the message');
  t.match(said('PNRGOV:11:1:XX'), [/^warning .* has no message PNRGOV/], 'an agency of which there is no directory: none stands in');
  t.match(said('PNRGOV:11:1:IA')[0], /directory IA111: the message is read with those of IA131, the nearest$/, 'of another agency its own nearest release');
  t.match(said('PNRGOV:13:1:IA')[0], /^error IA131 has no segment BGM/, 'one that is there is not spoken of');
  t.match(said('NOSUCH:D:93A:UN').slice(0, 2), [/the nearest$/, /^warning D94B has no message NOSUCH/]);
  t.end();
});
