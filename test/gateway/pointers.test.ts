import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import type { DictionaryClass } from '../../src/dictionary/dictionary.ts';
import { Rows } from '../../src/dictionary/rows.ts';
import { resolveAll } from '../../src/gateway/answers/telling.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { pointerOf } from '../../src/replies/pointers.ts';
import { positionOf } from '../../src/replies/position.ts';
import { library } from '../library.ts';
import { shared } from '../root.ts';

/**
 * Every pointer of every answer that publishers show leads to an instance of the declaration it answers, or a finding says why not. The
 * declaration is the one that stands beside the answer; where none does, one is made that has what is pointed at.
 */
const skip = shared === undefined ? 'the corpus is not here' : false;
const corpus = join(shared ?? '', 'corpus/wco-xml');

const xmlBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((each) => each.isFile() && each.name.endsWith('.xml'))
    .map((each) => join(each.parentPath, each.name))
    .sort();

/** The rows of every message of a file: by its header, or where it has no namespace by the map that accepts that. */
function rowsOf(file: string, map: string): Rows[] {
  const bytes = readFileSync(file);
  for (const plan of [undefined, library.catalog.plan(`${map}/3/bare`)]) {
    const found: Rows[] = [];
    readBytes(
      library,
      bytes,
      { message: ({ parsed, plan: by }) => void (parsed && by?.name.startsWith(map) && found.push(parsed.rows)) },
      plan ? { plan } : {},
    );
    if (found.some((rows) => rows.roots().length > 0)) return found.filter((rows) => rows.roots().length > 0);
  }
  return [];
}

const declarations = new Map<string, Rows[]>();

/** The declarations that stand in the folder of an answer, or in the one above. */
function declarationsBeside(file: string): Rows[] {
  for (const folder of [dirname(file), dirname(dirname(file))]) {
    let found = declarations.get(folder);
    if (!found) {
      const files = readdirSync(folder).filter((name) => name.endsWith('.xml') && !/notification|DMS/i.test(name));
      declarations.set(folder, (found = files.flatMap((name) => rowsOf(join(folder, name), 'wco/dec'))));
    }
    if (found.length > 0 && !folder.endsWith('wco-xml')) return found;
  }
  return [];
}

/** A declaration that has everything that a set of pointers points at. */
function matching(answer: Rows): Rows {
  const rows = new Rows(library.dictionary);
  const made = rows.add(library.dictionary.class('Declaration')!, -1);
  for (let row = 0; row < answer.size; row++) {
    let at = made;
    const [first, ...steps] = answer.removed(row) ? [] : pointerOf(answer, row);
    if (first?.section !== '42A') continue;
    setTag(rows, at, first.tag);
    for (const { section, sequence = 1, tag } of steps) {
      const cls = rows.class(at).classes.find(({ wco }) => wco === section);
      if (!cls) break;
      while (rows.children(at, cls).length < sequence) addRow(rows, cls, at);
      at = rows.children(at, cls)[sequence - 1]!;
      setTag(rows, at, tag);
    }
  }
  return rows;
}

function addRow(rows: Rows, cls: DictionaryClass, parent: number): void {
  const row = rows.add(cls, parent);
  const number = cls.attributes.find(({ wco }) => wco === '006');
  if (number) rows.set(row, number.slot, String(rows.children(parent, cls).length));
}

function setTag(rows: Rows, row: number, tag: string): void {
  const attribute = rows.class(row).attributes.find(({ wco }) => wco === tag);
  if (attribute) rows.set(row, attribute.slot, '1');
}

t.test('the pointers of the corpus', { skip }, (t) => {
  const counts = { answers: 0, pointers: 0, resolved: 0, ofTheAnswer: 0, beside: 0, generated: 0, placed: 0 };
  const reasons = new Map<string, number>();
  for (const file of xmlBelow(corpus).filter((name) => /<(\w+:)?Response[\s>]/.test(readFileSync(name, 'utf8')))) {
    for (const answer of rowsOf(file, 'wco/res')) {
      counts.answers++;
      const beside = declarationsBeside(file);
      const candidates = [...beside, matching(answer)].map((document) => ({ document, found: resolveAll(answer, document) }));
      // Of several declarations that stand there the one is meant that has most of what is pointed at; a made one only where none stands there.
      const among = beside.length > 0 ? candidates.slice(0, -1) : candidates;
      const score = (found: ReturnType<typeof resolveAll>): number => [...found.values()].filter(({ resolution }) => !resolution.finding).length;
      const { document, found } = among.reduce((best, each) => (score(each.found) > score(best.found) ? each : best));
      for (const [, { pointer, resolution }] of found) {
        counts.pointers++;
        if (resolution.finding) {
          const { code } = resolution.finding;
          reasons.set(code, (reasons.get(code) ?? 0) + 1);
          t.comment(`${code} ${pointer}: ${JSON.stringify(resolution.finding.args)} ${file.slice(corpus.length)}`);
          continue;
        }
        const { pointed } = resolution;
        if (!pointed) t.fail(`${pointer} of ${file} is neither resolved nor explained`);
        counts.resolved++;
        if (pointed?.rows === answer) counts.ofTheAnswer++;
        else if (beside.length === 0) counts.generated++;
        else {
          counts.beside++;
          if (pointed?.rows === document && positionOf(pointed)) counts.placed++;
        }
      }
    }
  }
  t.comment(JSON.stringify({ ...counts, findings: Object.fromEntries(reasons) }));
  t.equal(counts.resolved + [...reasons.values()].reduce((sum, n) => sum + n, 0), counts.pointers, 'every pointer has a fate');
  t.match(counts, { resolved: 121, ofTheAnswer: 50, beside: 68, generated: 3, placed: 68 }, 'and what is pointed at has a place in its document');
  t.same(
    Object.fromEntries(reasons),
    { ANSWER_POINTER_SECTION: 1, ANSWER_POINTER_WORDS: 7 },
    'an office of exit is no part of a shipment in version 3; the Dutch examples point with `XXXXXXXXXX`',
  );
  t.end();
});
