import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ambiguities, describeAmbiguity, qualifierOf } from '../../../src/syntax/edifact/ambiguity.ts';
import { withService } from '../../../src/syntax/segments/directory.ts';
import type { MessageNode } from '../../../src/syntax/segmented.ts';
import { rangeText } from '../../../src/syntax/edifact/range.ts';
import { readDirectory } from '../../../src/syntax/segments/tables.ts';
import { StructureWalker } from '../../../src/syntax/segments/walker.ts';
import { root } from '../../root.ts';
import { directories, directory } from './tables.ts';

/** `BGM! SG1*9(NAD! RFF*9) NAD` as a directory of one message. */
const message = (structure: string) => {
  const lines: string[] = [];
  let depth = 0;
  for (const [, id, required, repeat, open, close] of structure.matchAll(/(\w+)(!)?(?:\*(\d+))?(\()?|(\))/g)) {
    if (close === undefined && id !== undefined) lines.push(`${' '.repeat(depth)}${id}${required ?? ''}${repeat === undefined ? '' : ` ${repeat}`}`);
    depth += open !== undefined ? 1 : 0;
    if (id === undefined) depth--;
  }
  return readDirectory('D99Z', { segments: '', codes: '', messages: `@SAMPLE D 99Z UN\n${lines.join('\n')}\n` }).message('SAMPLE')!;
};

t.test('where position alone does not decide', (t) => {
  // prettier-ignore
  const cases: readonly [structure: string, said: readonly string[]][] = [
    ['UNH! BGM! SG1*9(RFF! DTM*9) SG2*9(NAD! LOC*9) UNT!', []],
    ['UNH! SG1*9(NAD! DTM) RFF SG2*9(NAD! LOC) UNT!', ['NAD can open SG1 or SG2; tell them apart by 3035']],
    ['UNH! SG1*9(NAD! DTM) RFF! SG2*9(NAD! LOC) UNT!', []], // a mandatory segment stands between
    ['UNH! SG1*9(RFF! DTM*9) DTM*9 UNT!', ['DTM can belong to SG1 or to the message; tell them apart by C507.2005']],
    ['UNH! SG1*9(RFF! SG2(TDT! NAD*2)) SG3*9(NAD!) UNT!', ['NAD can belong to SG2 or open SG3; tell them apart by 3035']],
    ['UNH! SG1*9(PAC!*9) UNT!', ['PAC can belong to SG1 or open SG1; nothing coded tells them apart, the first is taken']],
    ['UNH! SG1!(BGM!) SG2(BGM!) UNT!', []], // the first is mandatory
    ['UNH! SG1(BGM!) SG2(BGM!) UNT!', ['BGM can open SG1 or SG2; tell them apart by C002.1001']],
  ];
  for (const [structure, said] of cases) {
    const found = ambiguities(message(structure));
    t.same(found.map((each) => describeAmbiguity(each, qualifierOf(directory('D95B'), each.tag))), said, structure); // prettier-ignore
  }
  t.end();
});

t.test('what is taken is the first that is said', (t) => {
  const walker = new StructureWalker(message('UNH! SG1*9(RFF! SG2(TDT! NAD*2)) SG3*9(NAD!) UNT!'));
  t.same(['UNH', 'RFF', 'TDT', 'NAD', 'NAD', 'NAD'].map((tag) => walker.next(tag).group), ['', 'SG1', 'SG2', 'SG2', 'SG2', 'SG3']); // prettier-ignore
  t.end();
});

t.test('in the directories of other agencies position decides everywhere', (t) => {
  const names = directories.names.filter((name) => !/^D\d|^service-/.test(name));
  t.ok(names.length > 0);
  for (const name of names) for (const type of directory(name).messageTypes) t.same(ambiguities(directory(name).message(type)!), [], `${name} ${type}`);
  t.end();
});

t.test('every message of every directory: AMBIGUITY.md is what the tables make it', (t) => {
  const names = directories.names.filter((name) => /^D\d/.test(name));
  const said = new Map<string, Set<string>>();
  const say = (text: string, name: string): void => void said.set(text, (said.get(text) ?? new Set()).add(name));
  let messages = 0;
  for (const name of names) {
    const tables = withService(directory(name), directory('service-4'));
    for (const type of directory(name).messageTypes) {
      const definition = tables.message(type)!;
      messages++;
      for (const each of ambiguities(definition)) say(`| ${type} | ${describeAmbiguity(each, qualifierOf(tables, each.tag))} |`, name);
      const unknown = new Set<string>();
      const walk = (nodes: readonly MessageNode[]): void => {
        for (const node of nodes) {
          if (!node.nodes) {
            if (!tables.segments.has(node.id)) unknown.add(node.id);
            continue;
          }
          const [trigger] = node.nodes;
          if (!trigger || trigger.nodes || !trigger.required) say(`| ${type} | ${node.id} does not begin with a mandatory segment |`, name);
          walk(node.nodes);
        }
      };
      walk(definition.nodes);
      const interactive = definition.nodes[0]?.id === 'UIH';
      if (interactive) say(`| ${type} | is interactive: its segments are in no directory of batch messages |`, name);
      else if (unknown.size > 0) say(`| ${type} | names segments that the directory does not have: ${[...unknown].join(' ')} |`, name);
      const [first, last] = [definition.nodes[0]?.id, definition.nodes.at(-1)?.id];
      if (!interactive && !(first === 'UNH' && last === 'UNT')) say(`| ${type} | begins with ${first} and ends with ${last} |`, name);
    }
  }
  const rows = [...said].map(([text, has]) => `${text} ${rangeText(has, names)} |`).sort();
  const page = `# Where position alone does not decide

Written by \`test/syntax/edifact/ambiguity.test.ts\` from the tables; do not edit (\`npm run golden\`). All ${messages.toLocaleString('en')} structures of the ${names.length} directories were compiled with the service segments of syntax 4, and every segment that may follow another was looked at. ISO 9735 wants the position of a segment to decide where it belongs. Where it does not, a map tells the readings apart by the qualifier that is named here, and a reader without a map takes the first. Faults of the published structures, or of the renderings they were read from, stand here too: nothing was mended.

| message | | directories |
| --- | --- | --- |
${rows.join('\n')}
`;
  const file = join(root, 'schemas/edifact/AMBIGUITY.md');
  if (process.env['PORTOLAN_GOLDEN'] === 'write') writeFileSync(file, page);
  t.ok(readFileSync(file, 'utf8') === page, 'stale: run `npm run golden` and review the difference');
  t.ok(messages > 10_000);
  t.end();
});
