import t from 'tap';
import { lineColumn } from '../../src/diagnostics/place.ts';
import { loadConfiguration } from '../../src/partners/config.ts';
import { defaultLimits, limitsOf } from '../../src/partners/limits.ts';
import { findingsWith, sample } from './fixture.ts';

t.test('the sample configuration is in order, and says that its keys are public', async (t) => {
  const { configuration, findings } = loadConfiguration(sample);
  t.same(
    findings.filter(({ code }) => code !== 'CONFIG_DEMO_KEY'),
    [],
  );
  t.ok(findings.length >= 4, 'a warning for every demonstration key');
  t.same(configuration?.agencies.map(({ id }) => id).sort(), ['customs', 'customs.test', 'port-health', 'port-health.test'], 'each agency has a test side');
  t.same(configuration?.partners.map(({ id }) => id).sort(), ['blue-anchor', 'quay-net']);
  t.equal(configuration?.partners.find(({ id }) => id === 'quay-net')?.agreement.duplicateWindow, 90 * 86_400_000);
});

const append =
  (line: string) =>
  (text: string): string =>
    `${text}${line}\n`;
const replace =
  (from: string, to: string) =>
  (text: string): string =>
    text.replace(from, to);

t.test('every mistake is told with file, line and column', async (t) => {
  const cases: readonly (readonly [what: string, path: string, change: (text: string) => string, expected: string])[] = [
    ['a key nobody knows', 'gateway.yaml', append('listne: {}'), 'CONFIG_UNKNOWN_KEY gateway.yaml:10:1 listne | the file'],
    [
      'a key that is missing',
      'partners/blue-anchor.yaml',
      replace('name: Blue Anchor Line\n', ''),
      'CONFIG_KEY_MISSING partners/blue-anchor.yaml:2:1 name | the file',
    ],
    ['a port that is a word', 'gateway.yaml', replace('8080', 'http'), 'CONFIG_VALUE gateway.yaml:5:9 `listen.port` | must be integer'],
    [
      'YAML that does not parse',
      'gateway.yaml',
      append('x: [1'),
      'CONFIG_YAML gateway.yaml:11:1 a `[` before this is not closed: a `]` is missing, or a comma',
    ],
    [
      'a file that is not in UTF-8',
      'partners/blue-anchor.yaml',
      replace('Blue Anchor', 'Blue \u{fffd}nchor'),
      'CONFIG_YAML partners/blue-anchor.yaml:3:12 the file is not in UTF-8',
    ],
    ['a key twice', 'gateway.yaml', append('name: again'), 'CONFIG_YAML gateway.yaml:10:1 the key `name` stands twice'],
    [
      'an anchor',
      'gateway.yaml',
      replace('name: Portolan', 'name: &n Portolan'),
      'CONFIG_YAML gateway.yaml:2:10 anchors and aliases are not allowed in the configuration',
    ],
    [
      'a key in clear',
      'gateway.yaml',
      replace('{ demo: demo-operator }', 'hunter2'),
      'CONFIG_VALUE gateway.yaml:9:12 `operators.0.keys.0` | is none of the forms that the schema has for it',
    ],
    [
      'a channel of a kind that there is not',
      'agencies/customs.yaml',
      replace('channel: mailbox', 'channel: { push: { url: "https://x" } }'),
      'CONFIG_UNKNOWN_KEY agencies/customs.yaml:5:12 push | `channel`',
    ],
    [
      'a channel that is neither the word nor one with keys',
      'agencies/customs.yaml',
      replace('channel: mailbox', 'channel: mailbocks'),
      'CONFIG_VALUE agencies/customs.yaml:5:10 `channel` | is none of the forms that the schema has for it',
    ],
    [
      'errors reported by a message that nobody knows how to fill',
      'partners/blue-anchor.yaml',
      replace('agreement:\n', 'agreement:\n  errors: { map: x12/309/4010, codes: { other: "12" } }\n'),
      'CONFIG_UNKNOWN_NAME partners/blue-anchor.yaml:8:18 map that reports errors | x12/309/4010',
    ],
    [
      'of several reports the second by such a message',
      'partners/blue-anchor.yaml',
      replace('agreement:\n', 'agreement:\n  errors: [{ map: un/aperak/d96a, codes: { other: "1" } }, { map: iata/xfnm/3, codes: { other: "1" } }]\n'),
      'CONFIG_UNKNOWN_NAME partners/blue-anchor.yaml:8:67 map that reports errors | iata/xfnm/3',
    ],
    [
      'documents acknowledged by a message that is no notice',
      'partners/blue-anchor.yaml',
      replace('agreement:\n', 'agreement:\n  notice: { map: un/aperak/d96a, when: always }\n'),
      'CONFIG_UNKNOWN_NAME partners/blue-anchor.yaml:8:18 map of notices | un/aperak/d96a',
    ],
    [
      'a deviation that no grammar has',
      'partners/blue-anchor.yaml',
      replace('agreement:\n', 'agreement:\n  deviations: [{ name: slants-between-lines, rule: x, seen: y, verdict: accepted }]\n'),
      'CONFIG_UNKNOWN_NAME partners/blue-anchor.yaml:8:24 deviation | slants-between-lines',
    ],
    [
      'a deviation twice',
      'partners/blue-anchor.yaml',
      replace('agreement:\n', `agreement:\n  deviations:\n${'    - { name: slants-between-fields, rule: x, seen: y, verdict: refused }\n'.repeat(2)}`),
      'CONFIG_DUPLICATE partners/blue-anchor.yaml:10:15 deviation | slants-between-fields',
    ],
    [
      'a deviation that is accepted until no day',
      'partners/blue-anchor.yaml',
      replace('agreement:\n', 'agreement:\n  deviations: [{ name: slants-between-fields, rule: x, seen: y, verdict: accepted, until: soon }]\n'),
      'CONFIG_VALUE partners/blue-anchor.yaml:8:91 `agreement.deviations.0.until` | must match pattern "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"',
    ],
    [
      'a profile nobody publishes',
      'agencies/customs.yaml',
      replace('profile: customs', 'profile: custom'),
      'CONFIG_UNKNOWN_NAME agencies/customs.yaml:4:10 profile | custom',
    ],
    [
      'nobody who answers for an agency',
      'agencies/customs.yaml',
      replace('channel: mailbox', 'answeredBy: port-heath\nchannel: mailbox'),
      'CONFIG_UNKNOWN_NAME agencies/customs.yaml:5:13 agency | port-heath',
    ],
    ...['original', 'canonical', 'errors-2', 'answer-1'].map(
      (id) =>
        [
          'an agency by the name of what is kept beside its document',
          'agencies/customs.yaml',
          replace('agency: customs', `agency: ${id}`),
          'CONFIG_VALUE agencies/customs.yaml:2:9 `agency` | is the name of something else that is kept of each message',
        ] as const,
    ),
    ['a route to nobody', 'routes/arrivals.yaml', replace('to: [customs]', 'to: [costums]'), 'CONFIG_UNKNOWN_NAME routes/arrivals.yaml:5:10 agency | costums'],
    [
      'a condition on nothing',
      'routes/arrivals.yaml',
      replace('UnloadingLocation.ID', 'UnloadingLocation.Id'),
      'CONFIG_UNKNOWN_NAME routes/arrivals.yaml:10:19 attribute | Declaration/Consignment+/UnloadingLocation.Id',
    ],
    [
      'a code nobody reports',
      'partners/quay-net.yaml',
      replace('EDIFACT_COUNT_MISMATCH', 'EDIFACT_COUNT'),
      'CONFIG_UNKNOWN_NAME partners/quay-net.yaml:12:20 code | EDIFACT_COUNT',
    ],
    [
      'two parties of one name',
      'partners/blue-anchor.yaml',
      replace('partner: blue-anchor', 'partner: customs'),
      'CONFIG_DUPLICATE agencies/customs.yaml:2:9 id | customs',
    ],
  ];
  for (const [what, path, change, expected] of cases)
    t.ok(findingsWith(path, change).includes(expected), what, { found: findingsWith(path, change), wanted: expected });
});

t.test('an agency with a fault is there all the same: its routes are told nothing of', (t) => {
  const found = findingsWith('agencies/customs.yaml', replace('profile: ', 'profile: no-'));
  t.match(found, [/^CONFIG_UNKNOWN_NAME agencies/]);
  t.equal(found.length, 1);
  t.end();
});

t.test('a folder without gateway.yaml is no configuration', async (t) => {
  const { configuration, findings } = loadConfiguration({ ...sample, files: sample.files.filter(({ path }) => path !== 'gateway.yaml') });
  t.equal(configuration, undefined);
  t.ok(findings.some(({ code }) => code === 'CONFIG_FILE_MISSING'));
});

t.test('every limit has a default, in the schema and in the program alike, and is explained', (t) => {
  interface Property {
    readonly type: string;
    readonly description: string;
    readonly default?: number;
    readonly properties?: Readonly<Record<string, Property>>;
  }
  const file = sample.schemas.find(({ path }) => path === 'gateway.schema.json')!;
  const { limits } = (JSON.parse(file.text) as { properties: { limits: Property } }).properties;
  const defaultsOf = ({ properties = {} }: Property): object =>
    Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, each.properties ? defaultsOf(each) : each.default]));
  t.same(defaultsOf(limits), defaultLimits);
  const unexplained = ({ properties = {} }: Property): string[] =>
    Object.entries(properties).flatMap(([name, each]) => [...(each.description.length > 10 ? [] : [name]), ...unexplained(each)]);
  t.same(unexplained(limits), []);
  t.end();
});

t.test('what is stated of the limits overrides, the rest stays', (t) => {
  const { configuration } = loadConfiguration({
    ...sample,
    files: sample.files.map((f) =>
      f.path === 'gateway.yaml' ? { ...f, text: `${f.text}limits: { queue: 7, edifact: { segments: 9 }, xml: { depth: 5 } }\n` } : f,
    ),
  });
  t.same(configuration?.gateway.limits, limitsOf({ queue: 7, edifact: { segments: 9 }, xml: { depth: 5 } }));
  t.equal(configuration?.gateway.limits.edifact.elements, defaultLimits.edifact.elements);
  t.match(findingsWith('gateway.yaml', append('limits: { edifact: { components: 70000 } }')).join(), /CONFIG_VALUE .*must be <= 65535/);
  t.end();
});

t.test('what a profile names and nobody has is told with the nearest name', async (t) => {
  const cases: readonly (readonly [what: string, from: string, to: string, expected: string])[] = [
    ['a map', 'map: wco/cri/3', 'map: wco/cry/3', 'CONFIG_UNKNOWN_NAME customs/profile.yaml:4:6 map | wco/cry/3'],
    ['a dialect', 'map: wco/cri/3', 'map: wco/dec/3\ndialect: hmcr', 'CONFIG_UNKNOWN_NAME customs/profile.yaml:5:10 map | wco/dec/3/hmcr'],
    ['a set of rules', 'rules: [cargo-report,', 'rules: [cargo-reports,', 'CONFIG_UNKNOWN_NAME customs/profile.yaml:9:9 rule | cargo-reports'],
    ['a rule', 'rules: [cargo-report,', 'rules: [cargo-report/bill-twice,', 'CONFIG_UNKNOWN_NAME customs/profile.yaml:9:9 rule | cargo-report/bill-twice'],
    ['a weight of nothing', 'title:', 'severity: { RULE_BROKE: error }\ntitle:', 'CONFIG_UNKNOWN_NAME customs/profile.yaml:3:25 code or rule of this profile | RULE_BROKE'],
    ['a schema', 'title:', 'schema: shape.yaml\ntitle:', 'CONFIG_UNKNOWN_NAME customs/profile.yaml:3:9 schema | customs/shape.yaml'],
    ['an attribute', 'Declaration.ID', 'Declaration.Id', 'GRANT_UNKNOWN_PATH customs/profile.yaml:6:5 Declaration.Id'],
  ]; // prettier-ignore
  for (const [what, from, to, expected] of cases) {
    const profiles = sample.profiles.map(({ path, text }) => ({ path, text: path === 'customs/profile.yaml' ? text.replace(from, to) : text }));
    const found = loadConfiguration({ ...sample, profiles })
      .findings.filter(({ rule }) => rule?.source === 'customs/profile.yaml')
      .map(({ code, rule, args }) => {
        const { line, column } = lineColumn(Buffer.from(profiles.find(({ path }) => path === rule!.source)!.text), rule!.start);
        return `${code} ${rule!.source}:${line}:${column} ${Object.values(args).join(' | ')}`;
      });
    t.ok(found.includes(expected), what, { found, expected });
  }
});
