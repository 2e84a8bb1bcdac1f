// Runs test files, some processes beside each other. What a gateway needs is loaded and optimized once for all
// files that share a process; a file that measures its process, or changes it, has one of its own.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const grace = 5; // seconds in which a file that took too long may say itself what it waits for, and then again to end
const together = 32; // files in a process, at most: what the first has loaded and compiled, the others find
const cores = availableParallelism();
const beside = cores + 1; // processes: there is always one that waits for a clock, a disk or a program
// What a test makes is soon forgotten: in the small nursery that Node begins with it would be copied many times before that.
const nursery = (mebibytes) => [`--min-semi-space-size=${mebibytes}`, `--max-semi-space-size=${mebibytes}`];
const nurseries = { ofAllMaps: nursery(128), usual: nursery(64), measured: nursery(16) }; // threads have it too
const optimizer = ['--interrupt-budget=1000000']; // bytes of code that run before a function is optimized: most files end before that pays,
const optimizerOfLong = ['--interrupt-budget=250000']; // and the longest do not
const program = join(dirname(fileURLToPath(import.meta.url)), 'test-files.mjs');
const say = (text) => process.stderr.write(`${text}\n`);

/** The files that take longest come first, and last those that take least, so that nothing long is left to run alone at the end. */
const longest = [
  /\/(maps\/(laws\/|forecast|mutation|coverage)|gateway\/(any-to-any|library\/cases)|cli\/checked)/, // of all maps
  /\/(campaigns\/|readme|cli\/(cli|disk|drain|faults))/,
  /\/(channels|cli|gateway|maps|store|web)\//,
];
const rank = (path) => longest.findIndex((each) => each.test(path)) >>> 0;

/** What measures or changes the whole process: memory, folder, surroundings, how it ends, how it is optimized. */
const ofProcess = /\bprocess\.(memoryUsage|chdir|on|once|exit\w*)\b|\bprocess\.env\[[^\]]*\] = |\bsetFlagsFromString\b/;

/** What measures time: files that do share processes of their own, as nothing runs beside a file there. */
const ofTime = /\bprocess\.cpuUsage\b/;

/** What is about the disk itself: what is written, flushed, locked and found again after a fall. */
const ofDisk = /\/(store|folder)\/|\/cli\/(disk|faults)|kill/;
const memory = '/dev/shm'; // a file system in memory, where there is one
const ample = 4 * 2 ** 30; // bytes: more than all tests hold at a time

/** Where other tests make what they soon remove: in memory, if it has room for that, since each gateway waits for the disk many times. */
function folderInMemory() {
  try {
    const { bavail, bsize } = statfsSync(memory);
    if (process.env.TMPDIR !== undefined || bavail * bsize < ample || process.availableMemory() < 2 * ample) return undefined;
    const folder = mkdtempSync(join(memory, 'portolan-'));
    chmodSync(folder, 0o1777); // as any such folder: some processes of tests are of another user
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
    return folder;
  } catch {
    return undefined;
  }
}

const textOf = (root, file) => readFileSync(resolve(root, file), 'utf8');
/** Where memory is measured a large nursery would count; what campaigns measure stands beside them. */
const ofMemory = (root, file) => /\/campaigns\//.test(file) || /\bmemoryUsage\b/.test(textOf(root, file));

/** The files of each process, in the order in which the processes begin. */
function processesOf(root, files) {
  const sorted = [...files].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const ofAllMaps = sorted.filter((file) => rank(file) === 0);
  const own = new Set(sorted.filter((file) => rank(file) === 1 || (rank(file) > 1 && ofProcess.test(textOf(root, file)))));
  const others = sorted.filter((file) => !own.has(file) && rank(file) > 0);
  const kindOf = (file) => 2 * ofTime.test(textOf(root, file)) + ofDisk.test(file);
  const kinds = [3, 2, 1, 0].map((kind) => others.filter((file) => kindOf(file) === kind));
  // Each compiles all maps: they are dealt to as few as keep all cores busy.
  const dealt = Array.from({ length: cores }, (_, i) => ofAllMaps.filter((_, at) => at % cores === i)).filter(({ length }) => length > 0);
  const size = Math.min(together, Math.ceil(others.length / beside));
  const shared = [];
  for (const kind of kinds) while (kind.length > 0) shared.push(kind.splice(0, size));
  return [...dealt, ...[...own].map((file) => [file]), ...shared].sort(([a], [b]) => rank(a) - rank(b));
}

/**
 * Runs them all, each for at most so many seconds, with a line for every file and every failure; last the count. Returns the exit code.
 * `native` is there when what is compiled for this machine is: those of all maps do not need it, and begin before.
 */
export async function runTests(root, files, { seconds = 180, native } = {}) {
  const waiting = processesOf(root, files);
  const folder = folderInMemory();
  const count = { passed: 0, failed: 0, skipped: 0 };
  let no = 0;
  const ended = ({ file, passed, failed, skipped, told, ms }) => {
    say(`${failed > 0 ? 'not ok' : 'ok'} ${++no} - ${file} # time=${ms}ms`);
    told.forEach(say);
    count.passed += passed;
    count.failed += failed;
    count.skipped += skipped;
  };
  const work = async () => {
    for (let next; (next = waiting.shift()) !== undefined;) {
      if (rank(next[0]) > 0) await native;
      const left = await runProcess(root, next, { seconds, folder }, ended);
      if (left.length > 0) waiting.unshift(left);
    }
  };
  await Promise.all(Array.from({ length: beside }, work));
  process.stdout.write(`${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}\n`);
  return count.failed === 0 && count.passed > 0 ? 0 : 1;
}

/** Runs files in one process, and tells each that ended. Returns those that wait still, where the process ended in the one before them. */
function runProcess(root, files, { seconds, folder }, ended) {
  const env = { ...process.env, TAP_TIMEOUT: String(seconds), ...(folder && !ofDisk.test(files[0]) ? { TMPDIR: folder } : {}) };
  const isMeasured = files.length === 1 && ofMemory(root, files[0]);
  const flags = rank(files[0]) === 0 ? [...nurseries.ofAllMaps, ...optimizerOfLong] : [...nurseries[isMeasured ? 'measured' : 'usual'], ...optimizer];
  const args = ['--enable-source-maps', ...flags, program, ...files];
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let why; // it ended: because of us, or it could not begin
  const end = (signal) => {
    why = `took longer than ${seconds} s`;
    child.kill(signal);
  };
  let timers = [];
  const restart = () => {
    timers.forEach(clearTimeout);
    timers = [setTimeout(end, (seconds + grace) * 1000, 'SIGTERM'), setTimeout(end, (seconds + 2 * grace) * 1000, 'SIGKILL')];
  };
  restart();
  const report = reader(files, (file) => {
    restart();
    ended(file);
  });
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    lines.forEach(report.line);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => (why = error.message));
    child.once('close', (code, signal) => {
      if (rest) report.line(rest);
      const left = report.end(code, why ?? `ended with ${signal ?? code}`);
      timers.forEach(clearTimeout);
      resolve(left);
    });
  });
}

/** Reads what a process reports (TAP 14), line by line: a test for each file, which has its name, and indented below it those of the file. */
function reader(files, ended) {
  const waiting = [...files];
  let failed = false; // whether the process must say so as it ends
  let open; // the file that is read, or what comes when it has ended
  const begin = (file, isFile) => (open = { file, isFile, begun: Date.now(), passed: 0, failed: 0, skipped: 0, told: [], points: 0 });
  const after = () => begin(`after ${files[files.length - waiting.length - 1]}`, false);
  const close = (fault) => {
    const { file, begun, passed, skipped, told } = open;
    failed ||= open.failed > 0;
    if (fault !== undefined) told.push(`  ${fault}`);
    ended({ file, passed, skipped, told, failed: open.failed || (fault === undefined ? 0 : 1), ms: Date.now() - begun });
    open = undefined;
  };
  /** A file must report all that it meant to, and something. */
  const faultOf = ({ points, plan, passed, skipped, failed }) =>
    points !== plan ? 'ended before its end' : passed + skipped + failed === 0 ? 'tested nothing' : undefined;
  const line = (text) => {
    if (waiting.length > 0 && text === `# Subtest: ${waiting[0]}`) {
      if (open) close();
      return begin(waiting.shift(), true);
    }
    const [, planned] = /^ {4}1\.\.(\d+)/.exec(text) ?? [];
    if (planned !== undefined && open) open.plan = Number(planned);
    const [, indent, not, , directive] = /^( *)(not )?ok\b(.*?)(?:# (SKIP|TODO)\b.*)?(?: \{)?$/i.exec(text) ?? [];
    if (indent === undefined) {
      if (open?.shown && (/^ *Bail out/.test(text) || text.startsWith(' '))) open.told.push(text);
      return;
    }
    const isSubtest = / # time=/.test(text) || text.endsWith('{');
    if (indent === '' && isSubtest && open?.isFile) return close(faultOf(open) ?? (not && open.failed === 0 ? 'failed' : undefined));
    open ??= after();
    if (indent.length === 4) open.points++;
    open.shown = not !== undefined && !directive; // and so is the diagnosis of a failure
    if (open.shown || directive) open.told.push(text);
    if (directive) open.skipped++;
    else if (not) open.failed++;
    else if (!isSubtest) open.passed++;
  };
  /** Takes the exit code, and how it came to the end. Returns the files that did not begin. */
  const end = (code, how) => {
    if (waiting.length === files.length) begin(waiting.shift(), true); // else they would be tried for ever
    if (open?.isFile) close(code === 0 ? 'ended before its end' : how);
    else if (open || waiting.length > 0 || code !== (failed ? 1 : 0)) {
      open ??= after();
      close(how);
    }
    return waiting;
  };
  return { line, end };
}
