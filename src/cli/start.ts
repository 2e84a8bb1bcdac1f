import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { finding, hasError } from '../diagnostics/diagnostic.ts';
import type { FindingJson } from '../diagnostics/json.ts';
import { renderFinding, renderFindings } from '../diagnostics/text.ts';
import { isGiven } from '../gateway/outcome/fates.ts';
import { loadConfigurationFolder, openLibrary } from '../gateway/library/library.ts';
import { checkAtStart } from './checked.ts';
import { faultOf } from './fault.ts';
import { operatorLog } from './log.ts';
import { asItPays, beforeItPays } from './optimizer.ts';
import { programFolder } from './program.ts';
import { openGateway, type RunningGateway } from './running.ts';
import { differences, readSamples, replyDifferences, type Fate, type ReplyFate, type Sample } from './samples.ts';

/**
 * What `npm start` runs when all is built: the sample gateway, every sample relayed through its own HTTP interface, and
 * what became of each beside what must become of it. With `--once` it ends there.
 */
beforeItPays();
const values = asked();
const config = join(programFolder, 'samples', 'gateway');
const temporary = values.data === undefined && values.once ? mkdtempSync(join(tmpdir(), 'portolan-')) : undefined;
const data = values.data ?? temporary ?? join(programFolder, 'data');
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const library = openLibrary({ root: programFolder, maps: config });
const loaded = loadConfigurationFolder(config, library);
const findings = [...checkAtStart(library), ...loaded.findings];
if (hasError(findings)) {
  process.stderr.write(renderFindings(findings, { bytes: (source) => library.file(source) ?? bytesOf(source) }));
  process.exit(1);
}
const report = operatorLog(process.stderr, values.once ? 'error' : 'warn');
const port = values.once ? 0 : values.port === undefined ? undefined : portOf(values.port);
const started = async (): Promise<{ readonly running: RunningGateway; readonly url: string }> => {
  const running = await openGateway({ library, loaded, config, data, report, workers: 1 });
  const url = await running.listen(undefined, port);
  asItPays();
  return { running, url };
};
const { running, url } = await started().catch(async (error: unknown) => {
  const fault = await faultOf(error);
  if (!fault) throw error;
  process.stderr.write(renderFinding(fault.diagnostic));
  process.exit(fault.exit);
});
say(`the sample gateway is at ${url}; its store is ${temporary === undefined ? data : 'temporary'}\n`);

let failed = 0;
for (const sample of readSamples(programFolder)) if (!(await relay(sample))) failed++;
say(failed === 0 ? 'every sample ended as its file says' : `${failed} samples did not end as their files say`);

if (values.once) {
  await running.close();
  if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  process.exitCode = failed === 0 ? 0 : 1;
} else {
  say(
    `\ninterface  ${url}/docs\nmailbox    curl -H 'Authorization: Bearer demo-customs' ${url}/v1/inbox\nstatus     bin/portolan status --url ${url} --key demo-operator\n\nCtrl-C ends it.`,
  );
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  await running.close();
}

function asked() {
  try {
    return parseArgs({ options: { once: { type: 'boolean' }, data: { type: 'string' }, port: { type: 'string' } } }).values;
  } catch (error) {
    return wrongly((error as Error).message.replace(/\. .*$/s, ''));
  }
}

function portOf(text: string): number {
  const port = Number(text);
  return Number.isInteger(port) && port >= 0 && port < 65_536 ? port : wrongly(`\`${text}\` is no port`);
}

function wrongly(message: string): never {
  process.stderr.write(renderFinding(finding('CLI_USAGE', { message, help: 'npm start -- [--once] [--data DIR] [--port N]' })));
  process.exit(2);
}

interface OutcomeView {
  readonly state: string;
  readonly findings: readonly FindingJson[];
  readonly messages: readonly {
    readonly id: string;
    readonly state: string;
    readonly agencies?: Readonly<Record<string, string>>;
    readonly findings?: readonly FindingJson[];
    readonly losses?: readonly { readonly code: string; readonly reason: string; readonly value: string }[];
    readonly outcomes?: readonly {
      readonly agency: string;
      readonly lossCount: number;
      readonly facts: { readonly written: number; readonly withheld: number };
    }[];
  }[];
}

/** Sends one sample as its partner, tells what became of it, and compares. */
async function relay({ name, bytes, expected, replies }: Sample): Promise<boolean> {
  const key = demoKey(expected.as);
  const response = await fetch(`${url}/v1/interchanges`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, prefer: 'wait=30' },
    body: new Uint8Array(bytes),
  });
  const answer = (await response.json()) as {
    id?: string;
    code?: string;
    detail?: string;
    errors?: readonly FindingJson[];
    receipt?: { index: number };
    duplicate?: true;
    outcome?: OutcomeView;
  };
  say(`${name}, ${bytes.length} bytes from ${expected.as}`);
  let fate: Fate;
  if (response.status !== 202 || !answer.outcome) {
    say(`  problem ${response.status} ${answer.code ?? ''}: ${answer.detail ?? ''}`);
    fate = { outcome: 'problem', deliveries: [], losses: [], findings: (answer.errors ?? []).map(({ code }) => code), answer: 'none', receipt: undefined };
  } else fate = await told(answer.id!, answer.receipt?.index, answer.outcome, key, answer.duplicate === true);
  const wrong = differences(expected, fate);
  const message = answer.outcome?.messages[0]?.id;
  if (message !== undefined) for (const each of replies) wrong.push(...replyDifferences(each, await replied(each, message, key)));
  say(wrong.length === 0 ? '  as expected\n' : `  NOT as expected: ${wrong.join('; ')}\n`);
  return wrong.length === 0;
}

async function told(id: string, index: number | undefined, outcome: OutcomeView, key: string, duplicate: boolean): Promise<Fate> {
  const accepted = outcome.messages.some(({ state }) => state !== 'rejected');
  say(`  ${duplicate ? 'received before' : 'received'} as ${id}, entry ${index ?? '?'} of the log; ${accepted ? 'accepted' : 'rejected'}`);
  const findings = [...outcome.findings, ...outcome.messages.flatMap((message) => message.findings ?? [])].filter(({ severity }) => severity !== 'info');
  const losses = outcome.messages.flatMap((message) => message.losses ?? []);
  for (const { severity, code, message } of findings) say(`  ${severity} ${code}: ${message}`);
  for (const { reason, value } of losses) say(`  lost: ${reason} (\`${value}\`)`);
  for (const { agency, lossCount, facts } of outcome.messages.flatMap((message) => message.outcomes ?? []))
    say(`  → ${agency}: ${facts.written} facts, ${facts.withheld} withheld, ${lossCount} its format cannot say`);
  const answer = await answerTo(id, key);
  if (answer !== 'none') say(`  answered by ${answer}`);
  const deliveries = [
    ...new Set(
      outcome.messages.flatMap(
        ({ agencies = {} }) => Object.entries(agencies).flatMap(([agency, state]) => (isGiven(state) ? [agency] : [])), // and may have answered, where it was sent before
      ),
    ),
  ];
  return {
    outcome: accepted ? 'accepted' : 'rejected',
    deliveries,
    losses: losses.map(({ code }) => code),
    findings: findings.map(({ code }) => code),
    answer,
    receipt: index,
  };
}

/** Sends what an agency answers, and tells what follows from it. */
async function replied({ as, bytes }: Sample['replies'][number], message: string, key: string): Promise<ReplyFate> {
  const call = async (path: string, by: string, body?: Uint8Array<ArrayBuffer>): Promise<Response> =>
    fetch(`${url}/v1/${path}`, { headers: { authorization: `Bearer ${by}`, prefer: 'wait=30' }, ...(body && { method: 'POST', body }) });
  await call('interchanges', demoKey(as, 'agencies'), new Uint8Array(bytes));
  const { agencies } = (await (await call(`messages/${message}`, key)).json()) as { agencies?: Readonly<Record<string, string>> };
  const state = agencies?.[as] ?? 'unknown';
  say(`  ${as} answers; for it the message is ${state}`);
  const item = await inMailbox(key, (each) => each.kind === 'answer' && each.message === message);
  const text = item ? await (await call(`inbox/${item.number}`, key)).text() : '';
  for (const line of text.split(/(?<=')\n?/)) if (line.trim() !== '') say(`    ${line}`);
  return { state, text };
}

/** What stands in the sender's mailbox for this interchange. */
async function answerTo(id: string, key: string): Promise<string> {
  const found = await inMailbox(key, ({ kind, interchange }) => kind !== 'message' && kind !== 'answer' && interchange === id);
  return found === undefined ? 'none' : found.kind === 'rejection' ? 'contrl negative' : 'contrl positive';
}

interface MailboxItem {
  readonly number: number;
  readonly kind: string;
  readonly interchange: string;
  readonly message: string | null;
}

/** The first item of a mailbox that is meant. */
async function inMailbox(key: string, isMeant: (item: MailboxItem) => boolean): Promise<MailboxItem | undefined> {
  for (let after = 0; ;) {
    const page = (await (await fetch(`${url}/v1/inbox?after=${after}&limit=500`, { headers: { authorization: `Bearer ${key}` } })).json()) as {
      items: MailboxItem[];
      next: number;
    };
    const found = page.items.find(isMeant);
    if (found || page.items.length === 0) return found;
    after = page.next;
  }
}

function demoKey(party: string, folder = 'partners'): string {
  const file = loaded.files.find(({ path }) => path === `${folder}/${party}.yaml`);
  return /demo: *([\w-]+)/.exec(file?.text ?? '')?.[1] ?? '';
}

function bytesOf(source: string): Uint8Array | undefined {
  try {
    return readFileSync(join(config, source));
  } catch {
    return undefined;
  }
}
