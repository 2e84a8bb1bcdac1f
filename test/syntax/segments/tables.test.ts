import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openDirectories } from '../../../src/gateway/library/directories.ts';
import { readSources } from '../../../src/gateway/library/sources.ts';
import { directoryText, formatText, readDirectory } from '../../../src/syntax/segments/tables.ts';
import { root } from '../../root.ts';
import { directories, directory } from '../edifact/tables.ts';

const folder = join(root, 'schemas/edifact');
const tables = ['un', 'service'].flatMap((set) => ['index', 'segments', 'codes', 'messages'].map((file) => join(folder, set, `${file}.txt`)));

/** Whether the shared tables have the directory; one of another agency has files of its own. */
const isIndexed = (name: string): boolean => !name.startsWith('IA');

t.test('all directories are there, oldest first', (t) => {
  const names = directories.names.filter(isIndexed);
  t.equal(names.length, 64);
  t.same(directories.names[0], 'IA131', 'those of other agencies go before: the newest is one of the UN');
  t.same(names.slice(0, 4), ['D94B', 'D95A', 'D95B', 'D96A']);
  t.same(names.slice(10, 14), ['D99B', 'D00A', 'D00B', 'D01A'], 'the century turns');
  t.same(names.slice(-6), ['D23A', 'D24A', 'service-1', 'service-2', 'service-3', 'service-4']);
  t.end();
});

t.test('every table names its publication, and all together are small', (t) => {
  for (const path of tables) t.match(readFileSync(path, 'utf8').split('\n')[0], /^# UN\/EDIFACT .*published by UN\/ECE/, path);
  const bytes = tables.reduce((sum, path) => sum + statSync(path).size, 0);
  t.ok(bytes < 2_000_000, `${bytes} bytes`);
  t.end();
});

t.test('every directory says what its checksum is of', (t) => {
  for (const name of directories.names.filter(isIndexed)) {
    const { segments, messages, codes } = directoryText(directory(name));
    const sum = createHash('sha256').update([segments, messages, codes].join('\0')).digest('hex');
    if (sum !== directories.hash(name)) t.fail(`${name} is not what its checksum is of`);
  }
  const { segments, messages, codes } = directoryText(directory('D95B'));
  const again = readDirectory('D95B', { segments, messages, codes });
  t.same(again.segments, directory('D95B').segments, 'what stands alone is read alike');
  t.same(again.message('CUSCAR'), directory('D95B').message('CUSCAR'));
  t.same(again.codes('3035'), directory('D95B').codes('3035'));
  t.end();
});

t.test('a table that was changed is refused', (t) => {
  const copy = mkdtempSync(join(tmpdir(), 'portolan-'));
  t.teardown(() => rmSync(copy, { recursive: true, force: true }));
  mkdirSync(join(copy, 'schemas/edifact/un'), { recursive: true });
  for (const file of ['segments', 'codes', 'messages', 'index'])
    writeFileSync(join(copy, `schemas/edifact/un/${file}.txt`), readFileSync(join(folder, `un/${file}.txt`), 'utf8').replaceAll('Consignee', 'Consigner').replace(/^((codes.txt|D95B)\t)\w+/gm, '$1abc'));
  const changed = openDirectories(readSources({ root: copy })).get('D95B');
  t.throws(() => changed?.codes('3035'), /codes\.txt is not the table that its index\.txt names/);
  t.end();
}); // prettier-ignore

t.test('what one directory says is not what another says', (t) => {
  // prettier-ignore
  const cases: readonly [directory: string, what: string, found: unknown][] = [
    ['D95B', '3035 CN', 'Consignee'],
    ['D95B', '1153 XC', 'Cargo control number'],
    ['D04A', '3035 CN', 'Consignee'],
    ['D00A', '3035 DDA', undefined],
    ['D00B', '3035 DDA', 'Report responsible party'],
    ['D16A', '3055 412', undefined],
    ['D95B', 'C516', '5025! 5004 6345 6343 4405'],
    ['D99B', 'C516', '5025! 5004 6345 6343 4405'],
    ['D96A', 'C701', '1049! 1052 1054'],
    ['D05B', 'C701', '1049 1052 1054'],
    ['D95B', '1131', 'an..3'],
    ['D16A', '1131', 'an..17'],
    ['D24A', '7124', 'n4'],
    ['D94B', 'GOVCBR', undefined],
    ['D16A', 'GOVCBR', 'UNH BGM DTM MOA IFD RFF CUX FII GPO LAN MEA UNS HYN UNS AUT CNT UNT'],
    ['service-3', 'CONTRL', 'UNH UCI UNT'],
    ['service-1', '0052', 'n..3'],
    ['service-2', '0052', 'an..3'],
    ['service-4', 'AUTACK', 'UNH USB UNT'],
  ];
  const look = (name: string, what: string): unknown => {
    const found = directory(name);
    const [id = '', code] = what.split(' ');
    if (code !== undefined) return found.codes(id)?.get(code);
    const message = found.message(id)?.nodes.filter(({ nodes }) => !nodes).map((node) => node.id);
    const element = found.elements.get(id);
    return message?.join(' ') ?? (element && formatText(element.format)) ?? found.composites.get(id)?.parts.map((part) => `${part.id}${part.required ? '!' : ''}`).join(' ');
  }; // prettier-ignore
  for (const [name, what, expected] of cases) t.same(look(name, what), expected, `${what} in ${name}`);
  t.end();
});

t.test('lines of many directories', (t) => {
  const names = ['D95A', 'D95B', 'D96A', 'D96B'];
  const files = {
    segments: '1001\tan..3\tOne\n1004\tan..35\tTwo\t..D95B\n1004\tan..70\tTwo\tD96A..\nBGM\t1001! 1004\tBeginning\nXXX\t1001*3\tOnce\tD95A D96A..D96B\n',
    codes: '@1001\nA\tThen\t..D95B\nA\tNow\tD96A..\nB\tOnce\tD95B\n@1004\nZ\tNever again\tD95A\n',
    messages: '@FIRSTS D = UN\t..D95A\nUNH!\n@FIRSTS D = UN\tD95B..\nUNH!\nSG1 9\n BGM!\n XXX 2\n@SECOND D = UN\tD96B\nUNH!\n',
  };
  const of = (name: string) => readDirectory(name, files, names);
  t.same(names.map((name) => of(name).elements.get('1004')?.format.max), [35, 35, 70, 70]); // prettier-ignore
  t.same(names.map((name) => of(name).segments.has('XXX')), [true, false, true, true]); // prettier-ignore
  t.same(names.map((name) => [...(of(name).codes('1001') ?? [])].join(' ')), ['A,Then', 'A,Then B,Once', 'A,Now', 'A,Now']); // prettier-ignore
  t.same(names.map((name) => of(name).codedElements.length), [2, 1, 1, 1]); // prettier-ignore
  t.same(names.map((name) => of(name).messageTypes.join(' ')), ['FIRSTS', 'FIRSTS', 'FIRSTS', 'FIRSTS SECOND']); // prettier-ignore
  t.match(of('D96A').message('FIRSTS'), {
    release: '96A',
    nodes: [
      { id: 'UNH' },
      {
        id: 'SG1',
        repeat: 9,
        nodes: [
          { id: 'BGM', required: true },
          { id: 'XXX', repeat: 2 },
        ],
      },
    ],
  });
  t.throws(() => readDirectory('D96A', { ...files, segments: '1001\tan..3\tOne\tD99Z..\n' }, names).segments, /no such directory: D99Z/);
  t.end();
});

t.test('a directory is at hand in less than 50 ms of CPU', (t) => {
  for (const name of ['D94B', 'D24A']) {
    const text = (file: string): string => readFileSync(join(folder, 'un', `${file}.txt`), 'utf8');
    const start = process.cpuUsage();
    const found = readDirectory(
      name,
      { segments: text('segments'), messages: text('messages'), codes: text('codes') },
      directories.names.filter(isIndexed).slice(0, -4),
    );
    t.ok(found.segments.get('NAD') && found.message('CUSCAR') && found.codes('3035'));
    const { user, system } = process.cpuUsage(start);
    t.ok(user + system < 50_000, `${name}: ${(user + system) / 1000} ms`);
  }
  t.end();
});
