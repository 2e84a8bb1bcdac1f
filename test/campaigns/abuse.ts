import { once } from 'node:events';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageReader } from '../../src/gateway/translation/reading.ts';
import { AnyReader } from '../../src/gateway/translation/any-reader.ts';
import { library } from '../maps/fixture.ts';
import { root } from '../root.ts';
import type { CampaignOptions, CampaignResult } from './run.ts';
import { pause, serve, type Serving } from './serving/process.ts';

/** How large the abuse is. The short form of the suite has the same kinds in smaller numbers. */
export interface Scale {
  readonly terminators: number; // megabytes of `'` that are sent
  readonly read: number; // megabytes of them through the readers alone
  readonly element: number; // megabytes of one element
  readonly messages: number;
  readonly components: number;
  readonly slow: number; // uploads
  readonly idle: number; // connections
  readonly patience: number; // seconds that the gateway gives who is slow
  readonly memory: number; // megabytes that the gateway may grow by, whatever comes in: a body in its copies, the heap of a translating thread
}

const full: Scale = {
  terminators: 1_000,
  read: 1_000,
  element: 50,
  messages: 10_000,
  components: 1_000_000,
  slow: 300,
  idle: 1_000,
  patience: 20,
  memory: 1_100,
};
const patienceOfOthers = 60_000; // ms: on a machine that does nothing else it is a few seconds

/** Everything by which a sender can do harm without meaning to, one after the other; others are served meanwhile, and memory is bounded. */
export async function run({ seconds, seed }: CampaignOptions, scale = full): Promise<CampaignResult> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-abuse-'));
  const config = join(folder, 'config');
  cpSync(join(root, 'samples/gateway'), config, { recursive: true });
  appendFileSync(join(config, 'gateway.yaml'), `limits: { idle: ${scale.patience}, upload: ${scale.patience} }\n`);
  const gateway = await serve(join(folder, 'data'), config);
  const wrong: string[] = [];
  const told: string[] = [];
  try {
    wrong.push(...streamed(scale.read, told));
    const witness = new Witness(gateway, seed);
    await witness.look(); // what is compiled or loaded at first use does not count
    const before = await gateway.memory();
    const end = Date.now() + seconds * 1_000;
    let round = 0;
    do {
      for (const [what, abuse] of Object.entries(abuses)) {
        witness.start();
        const started = performance.now();
        const answer = await abuse(gateway, scale, `${seed}${round}`);
        if (answer !== undefined) wrong.push(`${what}: ${answer}`);
        const took = (performance.now() - started) / 1_000;
        const { peak, slowest, faults } = await witness.stop();
        wrong.push(...faults.map((each) => `${what}: ${each}`));
        if (peak - before > scale.memory) wrong.push(`${what}: memory grew by ${Math.round(peak - before)} MB`);
        if (slowest > patienceOfOthers) wrong.push(`${what}: others waited ${Math.round(slowest / 1_000)} s`);
        told.push(`${what}: ${took.toFixed(1)} s, +${Math.round(peak - before)} MB, others waited ${(slowest / 1_000).toFixed(1)} s at most`);
      }
      round++;
    } while (Date.now() < end);
  } finally {
    await gateway.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  for (const each of [...told, ...wrong]) console.error(each);
  return { figure: `${told.length} abuses, ${wrong.length} wrong; ${told.join(' · ')}`, ok: wrong.length === 0 };
}

/** The readers alone have no limit of a body: they read on, and keep nothing. */
function streamed(megabytes: number, told: string[]): string[] {
  const wrong: string[] = [];
  for (const [what, begun] of [
    ['in a message', head('S1')],
    ['between messages', head('S1').replace(/UNH.*/, '')],
  ] as const) {
    const codes = new Set<string>();
    const messages = new MessageReader(library(), { message: ({ findings }) => findings.forEach(({ code }) => codes.add(code)) });
    const reader = new AnyReader(library(), messages);
    const piece = Buffer.alloc(megabyte, "'");
    const [before, started] = [process.memoryUsage().rss, performance.now()];
    let peak = before;
    reader.push(Buffer.from(begun));
    for (let sent = 0; sent < megabytes; sent++) {
      reader.push(piece);
      peak = Math.max(peak, process.memoryUsage().rss);
    }
    reader.end();
    messages.end();
    const grown = Math.round((peak - before) / megabyte);
    told.push(`${megabytes} MB of terminators ${what}, read: ${((performance.now() - started) / 1_000).toFixed(1)} s, +${grown} MB`);
    if (grown > 100) wrong.push(`terminators ${what}: reading grew by ${grown} MB`);
    if (what === 'in a message' && !codes.has('EDIFACT_LIMIT')) wrong.push(`terminators ${what}: told as ${[...codes].join(', ')}`);
  }
  return wrong;
}

/** Another partner, who goes on sending small interchanges and expects its receipts. */
class Witness {
  readonly #gateway: Serving;
  readonly #template = readFileSync(join(root, 'samples/wrong-count/input.edi'), 'latin1');
  readonly #seed: number;
  #number = 0;
  #running: Promise<void> = Promise.resolve();
  #stopped = true;
  #peak = 0;
  #slowest = 0;
  #faults: string[] = [];

  constructor(gateway: Serving, seed: number) {
    this.#gateway = gateway;
    this.#seed = seed;
  }

  start(): void {
    [this.#stopped, this.#peak, this.#slowest, this.#faults] = [false, 0, 0, []];
    this.#running = this.#run();
  }

  async stop(): Promise<{ readonly peak: number; readonly slowest: number; readonly faults: readonly string[] }> {
    this.#stopped = true;
    await this.#running;
    return { peak: this.#peak, slowest: this.#slowest, faults: this.#faults };
  }

  async #run(): Promise<void> {
    do {
      await this.look().catch((error: unknown) => this.#faults.push(`another sender: ${String(error)}`));
      await pause(50);
    } while (!this.#stopped);
  }

  async look(): Promise<void> {
    const body = this.#template.replaceAll('QN1001001', `W${this.#seed}N${++this.#number}`);
    const started = performance.now();
    const response = await fetch(`${this.#gateway.url}/v1/interchanges`, { method: 'POST', headers: { authorization: 'Bearer demo-quay-net' }, body });
    const text = await response.text();
    this.#slowest = Math.max(this.#slowest, performance.now() - started);
    if (response.status !== 202) this.#faults.push(`another sender got ${response.status}: ${text.slice(0, 200)}`);
    this.#peak = Math.max(this.#peak, await this.#gateway.memory());
  }
}

const head = (reference: string): string => `UNB+UNOC:3+BLUEANCHOR+PORTOLAN+260914:0930+${reference}'UNH+1+CUSCAR:D:95B:UN'`;
const request = (body: string): string =>
  `POST /v1/interchanges HTTP/1.1\r\nhost: x\r\nauthorization: Bearer demo-blue-anchor\r\nprefer: wait=30\r\n${body}\r\n\r\n`;
const megabyte = 1 << 20;

/** Each gives back what was wrong with the answer, if anything was. */
const abuses: Readonly<Record<string, (gateway: Serving, scale: Scale, run: string) => Promise<string | undefined>>> = {
  async 'terminators without end'({ port }, { terminators }, run) {
    const answer = await upload(port, [Buffer.from(head(`T${run}`))], Buffer.alloc(megabyte, "'"), terminators);
    return /^HTTP\/1.1 413 [^]*WEB_BODY_TOO_LARGE/.test(answer) ? undefined : `answered ${answer.slice(0, 200)}`;
  },
  async 'billion laughs'({ url }) {
    const entities = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');
    return expectStatus(await post(url, `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "ha">${entities}]><l>&l9;</l>`), 422, 'XML_DOCTYPE');
  },
  async 'one element'({ url }, { element }, run) {
    return expectRejected(await post(url, `${head(`E${run}`)}FTX+${'x'.repeat(element * megabyte)}'UNT+3+1'UNZ+1+E${run}'`), 'EDIFACT_LIMIT');
  },
  async 'one XML element'({ url }, { element }) {
    const sample = readFileSync(join(root, 'samples/cargo-report-xml/input.xml'), 'utf8');
    return expectRejected(await post(url, sample.replace(/(<ID[^>]*>)[^<]*/, (_, tag: string) => `${tag}${'x'.repeat(element * megabyte)}`)), 'XML_LIMIT');
  },
  async 'components in one segment'({ url }, { components }, run) {
    return expectRejected(await post(url, `${head(`C${run}`)}FTX${'+a:'.repeat(components / 2)}'UNT+3+1'UNZ+1+C${run}'`), 'EDIFACT_LIMIT');
  },
  async 'messages in one interchange'({ url }, { messages }, run) {
    const sample = readFileSync(join(root, 'samples/latin-1/input.edi'), 'latin1');
    const message = /UNH[^]*(?=UNZ)/.exec(sample)![0];
    const reference = /UNH\+([^+]+)/.exec(message)![1]!;
    const many = Array.from({ length: messages }, (_, i) => message.replaceAll(reference, `${reference}${i}`));
    const number = /\+([^+']+)'?\s*$/.exec(sample.trim().replace(/'$/, ''))![1]!;
    const body = Buffer.from(`${sample.slice(0, sample.indexOf('UNH'))}${many.join('')}UNZ+${messages}+${number}'`.replaceAll(number, `M${run}`), 'latin1');
    const { status, json } = await post(url, body);
    if (status !== 202) return `answered ${status}: ${JSON.stringify(json).slice(0, 300)}`;
    for (let waited = 0; waited < 600; waited++) {
      const view = (await (await fetch(`${url}/v1/interchanges/${json.id}`, { headers: { authorization: 'Bearer demo-blue-anchor' } })).json()) as View;
      if (view.state === 'processed') return view.count === messages || view.messages.length === Math.min(messages, 500) ? undefined : `${JSON.stringify(view).slice(0, 300)}`;
      if (view.state !== 'received') return `${view.state}: ${JSON.stringify(view).slice(0, 400)}`;
      await pause(1_000);
    }
    return 'no outcome in ten minutes';
  },
  async 'uploads drop by drop'({ port }, { slow }) {
    const lines = await Promise.all(Array.from({ length: slow }, (_, i) => line(port, request(i % 2 ? `content-length: ${60 * megabyte}` : 'transfer-encoding: chunked'))));
    const dripping = setInterval(() => lines.forEach(({ socket }, i) => socket.write(i % 2 ? 'U' : '1\r\nU\r\n')), 500);
    const answers = await Promise.all(lines.map(({ said }) => said));
    clearInterval(dripping);
    const odd = answers.filter((answer) => !/^HTTP\/1.1 (408|429) [^]*retry-after: /.test(answer));
    return odd.length === 0 ? undefined : `${odd.length} of ${slow} were answered ${odd[0]!.slice(0, 200)}`;
  },
  async 'connections that say nothing'({ port }, { idle }) {
    const lines: Line[] = [];
    while (lines.length < idle) lines.push(...(await Promise.all(Array.from({ length: 100 }, () => line(port, '')))));
    await pause(500);
    for (const { socket } of lines) socket.destroy();
    return undefined;
  },
}; // prettier-ignore

interface Line {
  readonly socket: Socket;
  readonly said: Promise<string>;
}

interface View {
  readonly state: string;
  readonly count?: number;
  readonly messages: readonly unknown[];
}

async function line(port: number, text: string): Promise<Line> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (data: string) => (answer += data));
  socket.on('error', () => undefined);
  const said = new Promise<string>((resolve) => socket.on('close', () => resolve(answer)));
  await new Promise<void>((resolve) => socket.once('connect', resolve).once('close', resolve));
  if (text !== '') socket.write(text);
  return { socket, said };
}

/** Sends a body of unknown length piece by piece, as fast as it is taken, until all is sent or an answer comes. */
async function upload(port: number, first: readonly Buffer[], piece: Buffer, times: number): Promise<string> {
  const { socket, said } = await line(port, request('transfer-encoding: chunked\r\nconnection: close'));
  let over = false;
  socket.once('data', () => (over = true)).once('close', () => (over = true));
  const send = async (bytes: Buffer): Promise<void> => {
    socket.write(`${bytes.length.toString(16)}\r\n`);
    socket.write(bytes);
    if (!socket.write('\r\n')) await Promise.race([once(socket, 'drain').catch(() => undefined), said]);
  };
  for (const bytes of first) await send(bytes);
  for (let i = 0; i < times && !over; i++) await send(piece);
  if (!over) socket.write('0\r\n\r\n');
  return said;
}

interface Answer {
  readonly status: number;
  readonly json: { readonly id: string; readonly code?: string; readonly outcome?: { readonly state: string } };
}

async function post(url: string, body: string | Buffer): Promise<Answer> {
  const headers = { authorization: 'Bearer demo-blue-anchor', prefer: 'wait=30' };
  const response = await fetch(`${url}/v1/interchanges`, { method: 'POST', headers, body: new Uint8Array(Buffer.from(body)) });
  return { status: response.status, json: (await response.json()) as Answer['json'] };
}

const expectStatus = ({ status, json }: Answer, expected: number, code: string): string | undefined =>
  status === expected && JSON.stringify(json).includes(code) ? undefined : `answered ${status}: ${JSON.stringify(json).slice(0, 300)}`;

/** Taken, since there is somebody to answer, and judged: or refused at once. */
const expectRejected = (answer: Answer, code: string): string | undefined =>
  answer.status === 202
    ? (expectStatus(answer, 202, code) ?? (answer.json.outcome?.state === 'rejected' ? undefined : `became ${answer.json.outcome?.state}`))
    : expectStatus(answer, 413, code);
