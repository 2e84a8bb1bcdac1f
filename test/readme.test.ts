import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { main } from '../src/cli/main.ts';
import { root } from './root.ts';

/** The commands of README.md and of the analyst's manual that are marked to run: alone, or against a gateway on the sample configuration. */
const pages = ['README.md', 'mappings/README.md'].map((page) => readFileSync(join(root, page), 'utf8')).join('\n');

/** The folder `my` of the manual: its files are written as the reader comes to them. */
const my = mkdtempSync(join(tmpdir(), 'portolan-manual-'));
t.teardown(() => rmSync(my, { recursive: true, force: true }));
const steps = [...pages.matchAll(/<!-- (?:run|file my\/(\S+)) -->\n```\w+\n(.*?)```/gs)].map(([, file, text]) => ({ file, text: text! }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(my, file)), { recursive: true });
  writeFileSync(join(my, file), text);
}

const blocks = [...pages.matchAll(/<!-- run( against the gateway)? -->\n```sh\n(.*?)```/gs)].map(([, gateway, script]) => ({
  gateway: gateway !== undefined,
  script: script!,
}));

// What the test runner loads into every Node below it is none of the README's business.
const plainly = 'unset NODE_OPTIONS; ';

function run(script: string) {
  return spawnSync('bash', ['-euo', 'pipefail', '-c', plainly + script], { cwd: root, encoding: 'utf8', timeout: 60_000 });
}

process.chdir(root);
const typed = new Set<string>(); // commands that ran as a process of their own

/** A command as it is typed; a further use of one runs in this process, with the arguments that the shell makes of it. */
async function runOnce(command: string) {
  const [, name] = /^bin\/portolan (\w+) [^|<>;&$`\\]*$/.exec(command) ?? [];
  if (name === undefined || !typed.has(name)) {
    if (name !== undefined) typed.add(name);
    return run(command);
  }
  const args = run(command.replace('bin/portolan', "printf '%s\\0'")).stdout.split('\0').slice(0, -1);
  const said = { stdout: '', stderr: '' };
  const status = await main(args, { out: (text) => void (said.stdout += Buffer.from(text).toString()), tell: (text) => void (said.stderr += text) });
  return { status, ...said };
}

t.test('the commands that need no gateway', async (t) => {
  t.ok(steps.length > 0, 'README.md has commands to run');
  for (const step of steps) {
    if (step.file !== undefined) {
      write(step.file, step.text);
      continue;
    }
    for (const command of step.text.trim().split('\n')) {
      const { status, stdout, stderr } = await runOnce(command.replace(/\bmy(?=\/| |$)/g, my));
      t.equal(status, 0, `${command}\n${stderr}`);
      t.ok((stdout + stderr).length > 0, `${command} says something`);
    }
  }
});

const withoutCurl = spawnSync('curl', ['--version']).status === 0 ? false : 'curl is not installed';

t.test('the calls to the gateway', { skip: withoutCurl }, async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'portolan-readme-'));
  const gateway = spawn('bash', ['-c', `${plainly} exec bin/portolan serve --config samples/gateway --data '${data}' --port 0`], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(async () => {
    const ended = new Promise((resolve) => gateway.once('exit', resolve));
    gateway.kill('SIGTERM');
    await ended;
    rmSync(data, { recursive: true, force: true });
  });
  let url: string | undefined;
  for await (const line of createInterface({ input: gateway.stdout })) {
    url = (JSON.parse(line) as { url?: string }).url;
    if (url !== undefined) break;
  }
  gateway.stdout.resume();
  const said: string[] = [];
  for (const { script } of blocks.filter((block) => block.gateway)) {
    t.ok(script.includes('http://127.0.0.1:8080'), 'the README names the address of the sample configuration');
    const { status, stdout, stderr } = run(script.replaceAll('http://127.0.0.1:8080', url!));
    t.equal(status, 0, `${script}\n${stdout}\n${stderr}`);
    said.push(stdout);
  }
  t.match(said.join('\n'), /"receipt"/, 'the sender got a receipt');
  t.match(said.join('\n'), /<Declaration\b/, 'the agency found its document');
});

t.test('every file and folder that README.md, CONTRIBUTING.md and the tour point to is there', (t) => {
  for (const [page, folder] of [
    ['README.md', '.'],
    ['CONTRIBUTING.md', '.'],
    ['src/README.md', 'src'],
  ] as const) {
    const text = readFileSync(join(root, page), 'utf8');
    for (const [, link] of text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) t.ok(existsSync(join(root, folder, link!)), `${page} → ${link!}`);
  }
  t.end();
});
