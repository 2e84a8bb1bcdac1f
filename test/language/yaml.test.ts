import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { parse } from 'yaml';
import { readPlainYaml } from '../../src/language/plain-yaml.ts';
import { parseYaml, readAnyYaml, valueOf, type Yaml } from '../../src/language/yaml.ts';
import { root } from '../root.ts';

// The quick reader and the package that knows all of YAML: what the first reads, the second reads the same, to the character.

const fileOf = (text: string) => ({ path: 'x.yaml', text });

/** A node as text: what it says, and from where to where. */
const shown = (node: Yaml | undefined): string => {
  if (node === undefined) return '';
  const at = `@${node.start}-${node.end}`;
  if (node.kind === 'scalar') return `${JSON.stringify(node.text)}${at}`;
  if (node.kind === 'list') return `[${node.items.map(shown).join(' ')}]${at}`;
  return `{${node.entries.map(({ key, value }) => `${shown(key)}: ${shown(value)}`).join(', ')}}${at}`;
};
const byPackage = (text: string): string => {
  const { root, faults } = readAnyYaml(fileOf(text));
  return faults.length > 0 ? `refused: ${faults[0]!.message}` : shown(root);
};

const plain: readonly (readonly [what: string, text: string, shown: string])[] = [
  ['a map', 'a: b\nc: d e', '{"a"@0-1: "b"@3-4, "c"@5-6: "d e"@8-11}@0-11'],
  ['comments and empty lines', '# one\n\na: b # two\n  # three\nc: d', '{"a"@7-8: "b"@10-11, "c"@28-29: "d"@31-32}@7-32'],
  ['a map in a map', 'a:\n  b: c\n  d: e\n', '{"a"@0-1: {"b"@5-6: "c"@8-9, "d"@12-13: "e"@15-16}@5-16}@0-16'],
  ['a list, as far out as its key', 'a:\n- b\n- c: d\n  e: f\ng: h', '{"a"@0-1: ["b"@5-6 {"c"@9-10: "d"@12-13, "e"@16-17: "f"@19-20}@9-20]@3-20, "g"@21-22: "h"@24-25}@0-25'], // prettier-ignore
  ['flow collections', 'a: { b: [c, d, ], "e": f:g }', '{"a"@0-1: {"b"@5-6: ["c"@9-10 "d"@12-13]@8-16, "e"@18-21: "f:g"@23-26}@3-28}@0-28'],
  ['a flow collection of several lines', 'a: [b, # c\n  d]', '{"a"@0-1: ["b"@4-5 "d"@13-14]@3-15}@0-15'],
  ['quotes', `a: 'it''s'\n"b": "c # d"`, `{"a"@0-1: "it's"@3-10, "b"@11-14: "c # d"@16-23}@0-23`],
  [
    'a number below zero in a flow collection',
    'a: { b: -1, c: [-.5 d, -e] }',
    '{"a"@0-1: {"b"@5-6: "-1"@8-10, "c"@12-13: ["-.5 d"@16-21 "-e"@23-25]@15-26}@3-28}@0-28',
  ],
  ['what looks like a mark and is none', 'a: b#c\nd: -1\ne: ?x', '{"a"@0-1: "b#c"@3-6, "d"@7-8: "-1"@10-12, "e"@13-14: "?x"@16-18}@0-18'],
];

t.test('what nearly every file keeps to', (t) => {
  for (const [what, text, wanted] of plain) {
    t.equal(shown(readPlainYaml(fileOf(text))), wanted, what);
    t.equal(byPackage(text), wanted, `${what}, by the package`);
  }
  t.end();
});

t.test('anything else is left to the package, right or wrong', (t) => {
  const texts = ['', 'a', '- a', 'a:', 'a: &x b', 'a: *x', 'a: !t b', 'a: |\n  b', 'a: "b\\n"', 'a: b\n  c', 'a: b\na: c', '<<: b', 'a: [b', 'a: b: c', 'a:\tb', 'a: {b}', '? a', '--- a', 'a: - b', 'a: [b]c', 'a: [-]', 'a: [-, b]', 'a:\n  b: c\n d: e']; // prettier-ignore
  for (const text of texts) t.equal(readPlainYaml(fileOf(text)), undefined, JSON.stringify(text));
  t.end();
});

const folders = ['mappings', 'schemas', 'samples'].map((folder) => join(root, folder));
const files = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((file) => (file.endsWith('.yaml') ? join(folder, file) : [])),
);
const texts = files.map((file) => readFileSync(file, 'utf8'));

t.test('the files of this program are read quickly, and the same', (t) => {
  const left = texts.filter((text) => !readPlainYaml(fileOf(text)));
  t.ok(left.length * 50 < texts.length, `${left.length} of ${texts.length} files need the package`);
  for (const [at, text] of texts.entries()) {
    const read = at % 16 === 0 ? readPlainYaml(fileOf(text)) : undefined;
    if (read) t.equal(shown(read), byPackage(text), files[at]!);
  }
  t.end();
});

t.test('whatever is read quickly is what the package reads', (t) => {
  const marks = [' ', '  ', '\n', '\n  ', '\n    ', ':', ': ', '- ', '-', ' #', '{', '}', '[', ']', ',', "'", '"', 'a', '?', '? ', '&x ', '!t ', '|', '\n# c\n', '\n\n', 'b: c', '{d: e}', '[f, g]', '1', '~', '<<', '%', '@', '---', '\n- ', "''"]; // prettier-ignore
  const pieces = texts.flatMap((text) => text.split('\n').flatMap((_, at, lines) => (at % 9 === 0 ? [outdented(lines.slice(at, at + 6))] : [])));
  const change = fc.record({ at: fc.nat(400), gone: fc.nat(2), put: fc.constantFrom(...marks) });
  const changed = fc.tuple(fc.constantFrom(...pieces), fc.array(change, { maxLength: 3 })).map(([piece, changes]) =>
    changes.reduce((text, { at, gone, put }) => {
      const there = at % (text.length + 1);
      return text.slice(0, there) + put + text.slice(there + gone);
    }, piece),
  );
  const invented = fc.array(fc.constantFrom(...marks), { minLength: 1, maxLength: 14 }).map((parts) => `a: ${parts.join('')}`);
  let read = 0;
  fc.assert(
    fc.property(fc.oneof(changed, invented), (text) => {
      const quick = readPlainYaml(fileOf(text));
      if (!quick) return;
      read++;
      const wanted = byPackage(text);
      if (shown(quick) !== wanted) throw new Error(`${shown(quick)}, and not ${wanted}`);
    }),
    { numRuns: 6_000 },
  );
  t.ok(read > 500, `${read} of 6000 texts were read quickly`);
  t.end();
});

function outdented(lines: readonly string[]): string {
  const said = lines.filter((line) => line.trim() !== '');
  const indent = Math.min(...said.map((line) => /^ */.exec(line)![0].length));
  return lines.map((line) => line.slice(indent)).join('\n');
}

t.test('scalars without quotes are numbers, truth values and null where the core schema says so', (t) => {
  const scalars = ['~', 'null', 'NULL', 'nUll', 'true', 'False', 'TRUE', 'tRue', 'yes', 'NO', '0', '017', '-1', '+5', '0o17', '0x1F', '0x', '1_000', '1.', '.5', '.', '-1.50', '1e3', '.e3', '1.2.3', '.inf', '-.INF', '.nan', '2026-11-20', "'1'", '"true"', 'n', 'f'];
  for (const scalar of scalars) {
    for (const text of [`a: ${scalar}`, `a: [${scalar}, x]`, `${scalar}: a`])
      t.same(valueOf(parseYaml(fileOf(text)).root!), parse(text), text);
    t.same(valueOf(parseYaml(fileOf(`a: ${scalar}`)).root!, true), parse(`a: ${scalar}`, { schema: 'failsafe' }), `${scalar}, where all are texts`);
  }
  t.same(Object.keys(valueOf(parseYaml(fileOf('__proto__: a')).root!) as object), ['__proto__']);
  t.end();
}); // prettier-ignore
