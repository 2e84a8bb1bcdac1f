import { join } from 'node:path';
import t from 'tap';
import { cases, conformance, type ConformanceOptions, type Verdict } from '../../../src/channels/adapter/conformance.ts';
import { main } from '../../../src/cli/main.ts';
import { root } from '../../root.ts';
import { freePort } from './port.ts';
import { scripted } from './scripted.ts';

async function check(options: ConformanceOptions): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  for await (const verdict of conformance({ patience: 2_000, large: 300_000, ...options })) verdicts.push(verdict);
  return verdicts;
}
const of = (verdicts: readonly Verdict[], verdict: Verdict['verdict']): string[] => verdicts.filter((each) => each.verdict === verdict).map(({ name }) => name);

t.test('the MATIP adapter holds in every case, with 50 MB too', async (t) => {
  const port = await freePort();
  const verdicts = await check({
    command: [process.execPath, join(root, 'adapters/matip/matip.mjs')],
    settings: { own: 0x1234, peer: 0x5678, call: { host: '127.0.0.1', port, timeout: 10 } },
    peer: { own: 0x5678, peer: 0x1234, listen: { host: '127.0.0.1', port } },
    patience: 10_000,
    large: 50_000_000,
  });
  t.same(verdicts.filter(({ verdict }) => verdict !== 'held'), []);
  t.equal(verdicts.length, cases.length + 1);
}); // prettier-ignore

t.test('an adapter that does one thing wrong fails in the case of it', async (t) => {
  const table: readonly (readonly [what: string, script: string, fails: readonly string[]])[] = [
    ['nothing wrong', '', []],
    ['another protocol', `on.hello = () => say({ type: 'ready', protocol: 'other/9', name: 'x', version: '1', window: 1 });`, ['start']],
    ['never ready', `on.hello = () => {};`, ['start']],
    ['a frame without a window', `on.hello = () => say({ type: 'ready', protocol: 'portolan-adapter/1', name: 'x', version: '1' });`, ['start']],
    ['silent about what came before', `const seen = new Set(); const deliver = on.deliver; on.deliver = (f) => seen.has(f.delivery) ? undefined : (seen.add(f.delivery), deliver(f));`, ['repeat']],
    ['always of the first attempt', `on.deliver = ({ delivery, body }) => delivery ? say({ type: 'outcome', delivery, attempt: 1, ...(right(body) ? { state: 'delivered' } : { state: 'failed', failure: 'content' }) }) : say({ type: 'error', reason: '' });`, ['repeat']],
    ['one outcome for all that are open', `let busy = 0; const deliver = on.deliver; on.deliver = (f) => { if (busy++) return; setTimeout(() => { busy = 0; deliver(f); }, 50); };`, ['several at once', 'stop']],
    ['blind to the hash', `on.deliver = ({ delivery }) => delivery ? say({ type: 'outcome', delivery, state: 'delivered' }) : say({ type: 'error', reason: '' });`, ['bytes that are not as stated']],
    ['falls over what is no JSON', `on.garbage = () => process.exit(9);`, ['malformed frames']],
    ['falls over a type it does not know', `on.weather = () => process.exit(9);`, ['malformed frames']],
    ['falls over a large body', `const deliver = on.deliver; on.deliver = (f) => f.body?.size > 200_000 ? process.exit(9) : deliver(f);`, ['large body']],
    ['words of its own for a failure', `const deliver = on.deliver; on.deliver = (f) => f.body?.size > 200_000 ? say({ type: 'outcome', delivery: f.delivery, state: 'failed', failure: 'too-big', reason: 'x' }) : deliver(f);`, ['large body']],
    ['does not end', `on.stop = () => {};`, ['stop']],
    ['ends with what was under way', `const deliver = on.deliver; on.deliver = (f) => setTimeout(() => deliver(f), 30);`, ['stop']],
    ['ends in disorder', `on.stop = () => process.exit(3);`, ['stop']],
    ['does not come up a second time', `const up = on.hello; on.hello = (f) => existsSync(join(here, 'once')) ? process.exit(1) : (writeFileSync(join(here, 'once'), ''), up(f));`, ['crash in the middle', 'stop']],
  ]; // prettier-ignore
  const left = [...table];
  const one = async (): Promise<void> => {
    for (let row = left.shift(); row; row = left.shift()) {
      const [what, script, fails] = row;
      const verdicts = await check({ command: scripted(t, script), settings: {}, patience: 3_000, startPatience: what === 'never ready' ? 1_000 : 30_000 });
      t.same(of(verdicts, 'failed'), fails, `${what}: ${verdicts.map((each) => ('reason' in each ? `${each.name}: ${each.reason}` : '')).filter(Boolean).join('; ')}`); // prettier-ignore
      if (!fails.includes('start')) t.same(of(verdicts, 'skipped'), ['slow answer', 'arrival repeated'], 'nothing is claimed of arrivals without a peer');
    }
  };
  await Promise.all([one(), one(), one()]);
});

t.test('two sides that answer each other too early are found out', async (t) => {
  // the sending side drops a file that the receiving side reads, and waits for nobody
  const hasty = `
    import { watch, readdirSync, renameSync } from 'node:fs';
    const seen = new Set();
    const look = () => { for (const name of readdirSync(hello.settings.box)) if (name.endsWith('.in') && !seen.has(name)) { seen.add(name); const bytes = readFileSync(join(hello.settings.box, name)); say({ type: 'arrival', key: name, body: { size: bytes.length, sha256: hashOf(bytes), base64: bytes.toString('base64') } }); } };
    const up = on.hello; on.hello = (f) => { up(f); if (f.settings.reads) { look(); setInterval(look, 10); } };
    const answer = on.deliver; on.deliver = (f) => { if (f.delivery && right(f.body)) { const name = join(f.settings?.box ?? hello.settings.box, f.delivery + '-' + f.attempt); writeFileSync(name, read(f.body)); renameSync(name, name + '.in'); } answer(f); };
  `;
  const command = scripted(t, hasty);
  const box = command.at(-1)!;
  const verdicts = await check({ command, settings: { box }, peer: { box, reads: true } });
  t.same(of(verdicts, 'failed'), ['slow answer'], verdicts.map((each) => ('reason' in each ? each.reason : '')).join(' '));
});

t.test('portolan channel check', async (t) => {
  const run = async (...args: string[]) => {
    let out = '';
    let told = '';
    const code = await main(['channel', ...args], { out: (text) => void (out += String(text)), tell: (text) => void (told += text) });
    return { code, out, told };
  };
  const good = await run('check', '--patience', '2', '--', ...scripted(t));
  t.equal(good.code, 0);
  t.match(good.out, /^held {5}start: [^]*skipped {2}slow answer: [^]*\n11 held, 0 failed, 2 skipped\n$/);
  const bad = await run('check', '--patience', '1', '--json', '--', ...scripted(t, 'on.stop = () => process.exit(3);'));
  t.equal(bad.code, 1);
  t.match((JSON.parse(bad.out) as { cases: readonly Verdict[] }).cases.at(-1), { name: 'stop', verdict: 'failed', reason: 'it ended with code 3' });
  t.match(await run('try', '--', 'x'), { code: 2, told: /`try` is not check/ });
  t.match(await run('check', '--patience', 'x', '--', 'x'), { code: 2 });
});
