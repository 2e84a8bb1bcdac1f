import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import t from 'tap';
import { root } from './root.ts';

/** Which room may import which: only rooms of a lower storey. `src/README.md` shows the same table. */
const storeys: readonly (readonly string[])[] = [
  ['diagnostics'],
  ['syntax', 'language', 'dictionary', 'store'],
  ['maps', 'validation', 'partners', 'replies', 'channels'],
  ['gateway'],
  ['web'],
  ['cli'],
];

/** The one file (or room) through which each package comes in. */
const doors: Readonly<Record<string, readonly string[]>> = {
  'better-sqlite3': ['store/sqlite.ts'],
  'iconv-lite': ['syntax/code-tables.ts'],
  yaml: ['language/yaml.ts'],
  ajv: ['language/file.ts', 'validation/'],
  'libxml2-wasm': ['validation/xsd.ts'],
  ulid: ['gateway/ids.ts'],
  fastify: ['web/'],
  '@fastify/swagger': ['web/openapi.ts'],
  '@fastify/type-provider-typebox': ['web/'],
  typebox: ['web/'],
  'prom-client': ['web/metrics.ts'],
  pino: ['cli/log.ts'],
  pkijs: ['channels/as2/'],
  asn1js: ['channels/as2/'],
  ssh2: ['channels/sftp/'],
  nodemailer: ['channels/mail/'],
  imapflow: ['channels/mail/'],
  'postal-mime': ['channels/mail/'],
};

/** Files of more than 300 lines, each with the reason why it is one. */
const long: Readonly<Record<string, string>> = {
  'diagnostics/codes.ts': 'the one register: a row for each code',
  'diagnostics/codes.zh-Hant.ts': 'the same rows in another language',
};

const pure: readonly string[] = ['diagnostics', 'syntax', 'language', 'dictionary', 'maps', 'validation', 'partners', 'replies'];
const harmless: readonly string[] = ['node:crypto', 'node:buffer', 'node:module']; // hashing and bytes are computation; a package may be loaded when it is first needed

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'));
const sources = files
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, room: file.split('/')[0]!, text: readFileSync(join(root, 'src', file), 'utf8') }));
const storeyOf = (room: string): number => storeys.findIndex((rooms) => rooms.includes(room));
const importsOf = (text: string): readonly string[] => [...text.matchAll(/(?:\bfrom|\b(?:import|require)\(|^import)\s*'([^']+)'/gm)].map((match) => match[1]!);
const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

t.test('imports run downward, and siblings do not know each other', (t) => {
  const wrong = sources.flatMap(({ file, room, text }) => {
    if (storeyOf(room) < 0) return [`${file}: ${room} is not a room`];
    const reached = importsOf(text)
      .filter((name) => name.startsWith('.'))
      .map((name) => normalize(join(dirname(file), name)));
    return reached
      .filter((other) => other.split('/')[0] !== room && storeyOf(other.split('/')[0]!) >= storeyOf(room))
      .map((other) => `${file} imports ${other}`);
  });
  t.same(wrong, []);
  t.notOk(
    sources.some(({ file, text }) => file === 'store/verify.ts' && /'\.\/log\.ts'/.test(text)),
    'the verifier shares no code with the log that it verifies',
  );
  t.end();
});

t.test('every package has its door', (t) => {
  const used = sources.flatMap(({ file, text }) =>
    importsOf(text)
      .filter((name) => /^[a-z@](?!ode:)/.test(name))
      .map((name) => ({ file, name: packageOf(name) })),
  );
  t.same(
    used
      .filter(({ file, name }) => !doors[name]?.some((door) => file === door || (door.endsWith('/') && file.startsWith(door))))
      .map(({ file, name }) => `${file} imports ${name}`),
    [],
  );
  t.end();
});

t.test('what decides has no clock, no chance and no I/O', (t) => {
  const inside = sources.filter(({ room }) => pure.includes(room));
  t.same(
    inside.flatMap(({ file, text }) =>
      importsOf(text)
        .filter((name) => name.startsWith('node:') && !harmless.includes(name))
        .map((name) => `${file} imports ${name}`),
    ),
    [],
  );
  const impure = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\brandom(?:Bytes|UUID|Int)\(|\bperformance\.now\(|\bprocess\.|\bfetch\(|\bconsole\./;
  t.same(
    inside.filter(({ text }) => impure.test(text.replace(/\/\*.*?\*\/|\/\/.*$/gms, ''))).map(({ file, text }) => `${file}: ${impure.exec(text)?.[0] ?? ''}`),
    [],
  );
  t.end();
});

t.test('no barrels, no attics, no default exports, no giants', (t) => {
  t.same(
    files.filter((file) => /(?:^|\/)(?:index\.ts|utils|helpers|common|types)(?:$|\/)/.test(file)),
    [],
  );
  t.same(
    sources.filter(({ text }) => /^export default\b|^export \* /m.test(text)).map(({ file }) => file),
    [],
  );
  t.same(
    sources.filter(({ file, text }) => text.split('\n').length > 301 && !long[file]).map(({ file, text }) => `${file}: ${text.split('\n').length - 1} lines`),
    [],
  );
  t.same(
    Object.keys(long).filter((file) => !sources.some((each) => each.file === file && each.text.split('\n').length > 301)),
    [],
    'no exception that nobody needs',
  );
  t.end();
});

t.test('no message and no agency is named in the code: a format is a file in mappings', (t) => {
  const named = files.filter((file) => /\.(?:ts|md|sql)$/.test(file)).filter((file) => /cuscar|fwb/i.test(readFileSync(join(root, 'src', file), 'utf8')));
  t.same(named, []);
  t.end();
});

t.test('the drawing in src/README.md is this table, and names every room that exists', (t) => {
  const tour = readFileSync(join(root, 'src/README.md'), 'utf8');
  const drawn = storeys
    .map((rooms, storey) => `${storey}  ${rooms.join('   ')}`)
    .reverse()
    .join('\n');
  t.ok(tour.includes(`\`\`\`\n${drawn}\n\`\`\``), `src/README.md shows\n${drawn}`);
  for (const room of new Set(sources.map((each) => each.room))) {
    t.ok(tour.includes(`[\`${room}\`](${room}/README.md)`), `${room} is in the tour`);
    t.ok(files.includes(`${room}/README.md`), `${room} has a card`);
  }
  t.end();
});
