import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { checkAtStart, markChecked } from '../../src/cli/checked.ts';
import { openLibrary } from '../../src/gateway/library/library.ts';
import { root } from '../root.ts';

// The shipped maps are known to be in order; then a gateway starts with something that is not.
t.ok(markChecked());
const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const own = 'map: x/own/1\nkind: message\nversion: 1.0.0\ntitle: X\ndictionary: wco-dm@3\nlaw: none\nformat: { family: xml, root: X, namespace: "urn:own" }\nsyntax:\n  group: message\n  xml: X\n  nodes: [ { xml: ID, bind: id } ]\nbusiness: { class: Declaration, per: message, attrs: { ID: id } }\n'; // prettier-ignore

const rules = 'rules: own\ntitle: X\nlist:\n  - rule: packages\n    for: Declaration\n    severity: error\n    message: "none"\n    zh-Hant: "無"\n    source: X\n    assert: TotalPackageQuantity > 0\n    examples:\n      - pass: { TotalPackageQuantity: 1 }\n      - fail: { TotalPackageQuantity: 0 }\n'; // prettier-ignore

const cases: readonly { readonly what: string; readonly maps?: Readonly<Record<string, string>>; readonly said: readonly string[] }[] = [
  { what: 'nothing of its own', said: [] },
  { what: 'a map of its own that is in order', maps: { 'maps/own.yaml': own }, said: [] },
  { what: 'a map that is not', maps: { 'maps/own.yaml': own.replace('ID: id }', 'Identity: id }') }, said: ['MAP_UNKNOWN_ATTRIBUTE maps/own.yaml'] },
  { what: 'no YAML', maps: { 'maps/own.yaml': 'map: [' }, said: ['MAP_YAML maps/own.yaml'] },
  { what: 'the name of a shipped map', maps: { 'maps/own.yaml': own.replace('x/own/1', 'wco/cri/3') }, said: ['MAP_DUPLICATE_NAME maps/own.yaml'] },
  {
    what: 'a dialect of nothing',
    maps: { 'maps/own.yaml': 'map: x/own/1/y\nkind: dialect\nversion: 1.0.0\nextends: x/own/1@1.0.0\n' },
    said: ['MAP_NO_BASE maps/own.yaml'],
  },
  { what: 'parts that every map knows', maps: { 'maps/parts.yaml': 'kind: parts\nparts:\n  x: 1\n' }, said: ['MAP_SHAPE maps/parts.yaml'] },
  {
    what: 'a directory in place of a shipped one',
    maps: { 'directories/D95B/segments.txt': '' },
    said: ['MAP_UNKNOWN_MESSAGE mappings/un/baplie/d95b/map.yaml'],
  },
  { what: 'a rule of its own that is in order', maps: { 'rules/own.yaml': rules }, said: [] },
  {
    what: 'a rule that breaks its example',
    maps: { 'rules/own.yaml': rules.replace('TotalPackageQuantity: 0', 'TotalPackageQuantity: 1') },
    said: ['RULE_EXAMPLE rules/own.yaml'],
  },
  { what: 'a rule about nothing', maps: { 'rules/own.yaml': rules.replace('for: Declaration', 'for: Declaratio') }, said: ['RULE_PATH rules/own.yaml'] },
  { what: 'the name of a shipped set', maps: { 'rules/own.yaml': rules.replace('rules: own', 'rules: transport') }, said: ['CONFIG_DUPLICATE rules/own.yaml'] },
];

t.test('what a configuration adds is checked at every start', async (t) => {
  for (const { what, maps = {}, said } of cases) {
    const config = mkdtempSync(join(folder, 'config-'));
    for (const [path, text] of Object.entries(maps)) {
      mkdirSync(join(config, path, '..'), { recursive: true });
      writeFileSync(join(config, path), text);
    }
    t.same(errors(openLibrary({ root, maps: config })).slice(0, 1), said, what);
  }
});

t.test('so are shipped maps and rules that are not what they were', async (t) => {
  const changed = join(folder, 'program');
  for (const each of ['mappings', 'schemas']) cpSync(join(root, each), join(changed, each), { recursive: true });
  t.same(errors(openLibrary({ root: changed })), []);
  const map = join(changed, 'mappings/un/calinf/d00b/map.yaml');
  writeFileSync(map, readFileSync(map, 'utf8').replace('class: Declaration', 'class: Declaratio'));
  const rule = join(changed, 'schemas/rules/transport.yaml');
  writeFileSync(rule, readFileSync(rule, 'utf8').replace('fail: { ID: CSQU3054384 }', 'fail: { ID: CSQU3054383 }'));
  t.same(errors(openLibrary({ root: changed })), ['MAP_UNKNOWN_CLASS mappings/un/calinf/d00b/map.yaml', 'RULE_EXAMPLE schemas/rules/transport.yaml']);
});

function errors(library: ReturnType<typeof openLibrary>): string[] {
  return [
    ...new Set(
      checkAtStart(library)
        .filter(({ severity }) => severity === 'error')
        .map(({ code, rule }) => `${code} ${rule?.source}`),
    ),
  ];
}
