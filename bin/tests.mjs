// Runs test files, each as a process of its own and nothing loaded into it but what it imports, as many beside each other as there are processors.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

const timeout = 180; // seconds for a file
// What a test makes is soon forgotten: in the small nursery that Node begins with it would be copied many times before that.
const nursery = ['--min-semi-space-size=16']; // MiB
const optimizer = ['--interrupt-budget=1000000']; // bytes of code that run before a function is optimized: most files end before that pays
const say = (text) => process.stderr.write(`${text}\n`);

/** The files that take longest come first, so that none of them is left to run alone at the end. */
const longest = [/\/maps\/(laws\/part|forecast|mutation|coverage)/, /\/(campaigns\/|readme|cli\/(checked|cli|faults))/, /\/(gateway|maps|store|web)\//];
const rank = (path) => longest.findIndex((each) => each.test(path)) >>> 0;

/** Runs them all, with a line for every file and every failure; last the count. Returns the exit code. */
export async function runTests(root, files) {
  const waiting = [...files].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const count = { passed: 0, failed: 0, skipped: 0 };
  let no = 0;
  const work = async () => {
    for (let file; (file = waiting.shift()) !== undefined;) {
      const { passed, failed, skipped, told, ms } = await runFile(root, file);
      say(`${failed > 0 ? 'not ok' : 'ok'} ${++no} - ${file} # time=${ms}ms`);
      told.forEach(say);
      count.passed += passed;
      count.failed += failed;
      count.skipped += skipped;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  process.stdout.write(`${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}\n`);
  return count.failed === 0 && count.passed > 0 ? 0 : 1;
}

/** Runs one file to its end: its assertions by what became of them, and what is to be told of them. */
function runFile(root, file) {
  const begun = Date.now();
  const env = { ...process.env, TAP_TIMEOUT: String(timeout) };
  const child = spawn(process.execPath, ['--enable-source-maps', ...nursery, ...optimizer, file], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const report = reader();
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    lines.forEach(report.line);
  });
  let ended; // by us, as it took too long
  const end = (signal) => {
    ended = `took longer than ${timeout} s`;
    child.kill(signal);
  };
  const timers = [setTimeout(end, timeout * 1000, 'SIGTERM'), setTimeout(end, (timeout + 5) * 1000, 'SIGKILL')];
  return new Promise((resolve) => {
    child.once('error', (error) => (ended = error.message));
    child.once('close', (code, signal) => {
      timers.forEach(clearTimeout);
      if (rest) report.line(rest);
      resolve({ ...report.end(ended ?? signal ?? code), ms: Date.now() - begun });
    });
  });
}

/** Reads what a file reports (TAP 14), line by line. */
function reader() {
  const count = { passed: 0, failed: 0, skipped: 0 };
  const told = [];
  let shown = false; // whether the lines belong to the diagnosis of a failure
  let points = 0; // of the file itself
  let plan; // how many it meant to have
  const line = (text) => {
    const [, planned] = /^1\.\.(\d+)/.exec(text) ?? [];
    if (planned !== undefined) plan = Number(planned);
    const [, indent, not, , directive] = /^( *)(not )?ok\b(.*?)(?:# (SKIP|TODO)\b.*)?(?: \{)?$/i.exec(text) ?? [];
    if (indent === undefined) {
      if (shown && (/^ *Bail out/.test(text) || text.startsWith(' '))) told.push(text);
      return;
    }
    if (indent === '') points++;
    const isSubtest = / # time=/.test(text) || text.endsWith('{');
    shown = not !== undefined && !directive;
    if (shown || directive) told.push(text);
    if (directive) count.skipped++;
    else if (not) count.failed++;
    else if (!isSubtest) count.passed++;
  };
  /** `status`: the exit code, or why there is none. A file must report all that it meant to, and something. */
  const end = (status) => {
    const fault =
      status !== 0 ? `ended with ${status}` : points !== plan ? 'ended before its end' : count.passed + count.skipped === 0 ? 'tested nothing' : undefined;
    if (fault !== undefined) {
      if (count.failed === 0 || status !== 1) told.push(`  ${fault}`);
      if (count.failed === 0) count.failed++;
    }
    return { ...count, told };
  };
  return { line, end };
}
