// One command on a fresh machine: installs what is missing, builds what is stale, then does what was asked.
//
//   node bin/setup.mjs start|test|check|bench|campaign|golden [ARGUMENTS]
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runTests } from './tests.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => join(root, ...parts);
const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);
const say = (text) => process.stderr.write(`${text}\n`);
const endAt = (code) => code !== 0 && process.exit(code);
// The compiler makes much and forgets it soon, and is over before most of its code is worth optimizing.
const ofCompiler = ['--min-semi-space-size=64', '--max-semi-space-size=128', '--interrupt-budget=250000'];

/** Runs a program to its end with our terminal; a failure ends us with its exit code. */
function run(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) say(`${program}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** Whether the packages of package-lock.json are what npm says it has installed; a checkout makes the file new, not what it says. */
function isInstalled() {
  const packages = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {});
  const installed = packages(at('node_modules', '.package-lock.json'));
  const wanted = Object.entries(packages(at('package-lock.json'))).filter(([name, { optional }]) => name !== '' && !optional);
  return wanted.every(([name, { version, integrity }]) => installed[name]?.version === version && installed[name].integrity === integrity);
}

function install() {
  if (!isInstalled()) {
    say('installing the packages of package-lock.json …');
    run('npm', ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    });
  }
}

// Of SQLite nothing is asked of these: a third of the time in which it is compiled goes to them.
const unasked = ['ENABLE_FTS3', 'ENABLE_FTS3_PARENTHESIS', 'ENABLE_FTS4', 'ENABLE_FTS5', 'ENABLE_RTREE', 'ENABLE_GEOPOLY', 'SOUNDEX'];
// With -O3, its default, it is compiled a quarter longer and is no faster.
const ofSqlite = `-O2 ${unasked.map((part) => `-USQLITE_${part}`).join(' ')}`;

/** Fetches or compiles what is not JavaScript, beside us; ends with an exit code. Where SQLite is compiled, that takes longer than our own code. */
function installNative() {
  if (existsSync(at('node_modules', 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node'))) return Promise.resolve(0);
  say('building better-sqlite3 …');
  const env = { CFLAGS: ofSqlite, CXXFLAGS: '-O2', ...process.env };
  const options = { cwd: root, env, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' };
  const child = spawn('npm', ['rebuild', 'better-sqlite3', '--loglevel=error'], options);
  return new Promise((resolve) => {
    child.once('error', ({ message }) => (say(`npm: ${message}`), resolve(1)));
    child.once('close', (code) => resolve(code ?? 1));
  });
}

function files(folder, suffix) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Ends with an exit code. */
function build() {
  const failed = compile();
  if (failed !== 0) return failed;
  // A gateway checks at its start what this has not found to be in order.
  const inputs = ['mappings', 'schemas'].flatMap((folder) => files(at(folder), '')).map(modified);
  if (modified(at('dist', '.checked')) > Math.max(modified(at('dist', '.built')), ...inputs)) return 0;
  const check = `import { markChecked } from '${pathToFileURL(at('dist', 'src', 'cli', 'checked.js')).href}'; process.exitCode = markChecked() ? 0 : 1;`;
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', check], { stdio: 'inherit' });
  if (status !== 0) say('the maps are not in order: bin/portolan map lint');
  return 0;
}

function compile() {
  const stamp = at('dist', '.built'); // written after a build without errors: tsc's own file is there after a failed one too
  const sources = ['src', 'test'].flatMap((folder) => files(at(folder), '.ts'));
  const newest = Math.max(...[...sources, at('tsconfig.json'), at('package-lock.json')].map(modified));
  const compiled = ['src', 'test'].flatMap((folder) => files(at('dist', folder), '.js'));
  const orphans = compiled.filter((path) => !existsSync(at(relative(at('dist'), path).replace(/\.js$/, '.ts'))));
  for (const path of orphans) rmSync(path);
  if (modified(stamp) > newest && compiled.length - orphans.length === sources.length) return 0;
  say('building …');
  if (compiled.length - orphans.length < sources.length) rmSync(at('dist', '.tsbuildinfo'), { force: true });
  const { status } = spawnSync(process.execPath, [...ofCompiler, at('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) return status ?? 1;
  mkdirSync(at('dist'), { recursive: true });
  writeFileSync(stamp, '');
  return 0;
}

/** The tests whose path contains one of the arguments, or all. */
async function test(args, native) {
  const all = files(at('dist', 'test'), '.test.js').map((path) => relative(root, path).replaceAll('\\', '/'));
  const chosen = args.length === 0 ? all : all.filter((path) => args.some((arg) => path.includes(arg.replace(/\.ts$/, '.js'))));
  process.exitCode = await runTests(root, chosen, { native: native.then(endAt) });
}

const node = (...args) => run(process.execPath, args);
const commands = {
  start: (args) => node(at('dist', 'src', 'cli', 'start.js'), ...args),
  test,
  bench: (args) => node('--expose-gc', at('dist', 'test', 'bench', 'run.js'), ...args),
  campaign: (args) => node(at('dist', 'test', 'campaigns', 'run.js'), ...args),
  golden: () => {
    for (const env of [{ PORTOLAN_GOLDEN: 'write' }, {}]) run(process.execPath, [fileURLToPath(import.meta.url), 'test'], { env: { ...process.env, ...env } });
  },
  check: () => {
    node(at('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json', '--noEmit', '--incremental', 'false');
    node(at('node_modules', 'eslint', 'bin', 'eslint.js'), '.');
    node(at('node_modules', 'prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.');
    node(at('dist', 'test', 'architecture.test.js'));
  },
};

const [name = '', ...args] = process.argv.slice(2);
const command = commands[name];
if (!command) {
  say(`usage: node bin/setup.mjs ${Object.keys(commands).join('|')} [ARGUMENTS]`);
  process.exit(2);
}
install();
const native = installNative();
const failed = build();
if (failed !== 0 || command !== test) endAt((await native) || failed);
await command(args, native);
