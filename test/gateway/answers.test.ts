import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { main } from '../../src/cli/main.ts';
import { openGateway } from '../../src/cli/running.ts';
import { findMatches } from '../../src/gateway/answers/correlate.ts';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import { openStore } from '../../src/store/open.ts';
import { library } from '../library.ts';
import { root } from '../root.ts';

/** An agency answers in WCO XML what it was sent, and who sent the original reads the answer in its own format. */
await library.loadSchemas();

type Call = ((
  key: string,
  method: 'GET' | 'POST',
  url: string,
  payload?: string | Buffer,
) => Promise<{ statusCode: number; body: string; json(): unknown }>) & { readonly data: string; readonly events: readonly object[] };

/** The sample gateway; `blue-anchor` agrees on the map that writes answers for it. */
async function gateway(
  t: Test,
  answers = 'un/cusres/d96b',
  { workers = 0, map = '', files = {} }: { workers?: number; map?: string; files?: Readonly<Record<string, string>> } = {},
): Promise<Call> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
  const config = join(folder, 'config');
  cpSync(join(root, 'samples/gateway'), config, { recursive: true });
  const partner = join(config, 'partners/blue-anchor.yaml');
  writeFileSync(
    partner,
    readFileSync(partner, 'utf8')
      .replace(/^ {2}answers: .*\n/m, '')
      .replace('agreement:\n', `agreement:\n  answers: ${answers}\n`),
  );
  for (const [name, text] of Object.entries(files)) writeFileSync(join(config, name), text);
  const loaded = loadConfigurationFolder(config, library);
  if (!loaded.configuration) throw new Error('the configuration is not in order');
  const { agencies } = loaded.configuration;
  const configuration = { ...loaded.configuration, agencies: agencies.map((each) => (each.id === 'customs' && map !== '' ? { ...each, map } : each)) };
  const events: object[] = [];
  const running = await openGateway({
    library,
    loaded: { ...loaded, configuration },
    config,
    data: join(folder, 'data'),
    report: (event) => void events.push(event),
    workers,
  });
  t.teardown(async () => {
    await running.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const call = async (key: string, method: 'GET' | 'POST', url: string, payload?: string | Buffer) =>
    running.app.inject({ method, url, headers: { authorization: `Bearer ${key}`, prefer: 'wait=20' }, ...(payload === undefined ? {} : { payload }) });
  return Object.assign(call, { data: join(folder, 'data'), events });
}

/** A Response of customs: `function`, about which declaration, and its errors: code, sentence, pointer as `28A[2]/….tag`. */
function response(
  functionCode: string,
  about: string,
  errors: readonly (readonly [code: string, text: string, pointer: string])[] = [],
  number = 'R1',
): string {
  const step = (text: string): string => {
    const [, section, sequence, tag] = /^(\w+)(?:\[(\d+)\])?(?:\.(\w+))?$/.exec(text)!;
    return `<Pointer>${sequence ? `<SequenceNumeric>${sequence}</SequenceNumeric>` : ''}<DocumentSectionCode>${section}</DocumentSectionCode>${tag ? `<TagID>${tag}</TagID>` : ''}</Pointer>`;
  };
  const said = errors.map(
    ([code, text, pointer]) =>
      `<Error><Description>${text}</Description><ValidationCode>${code}</ValidationCode>${pointer === '' ? '' : pointer.split('/').map(step).join('')}</Error>`,
  );
  return `<MetaData xmlns="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"><WCOTypeName>RES</WCOTypeName><Response xmlns="urn:wco:datamodel:WCO:RES-DMS:2" xmlns:ds="urn:wco:datamodel:WCO:Response_DS:DMS:2"><FunctionCode>${functionCode}</FunctionCode><FunctionalReferenceID>${number}</FunctionalReferenceID><IssueDateTime><ds:DateTimeString formatCode="304">20260914101500Z</ds:DateTimeString></IssueDateTime>${said.join('')}<Declaration><FunctionalReferenceID>${about}</FunctionalReferenceID><ID>26NL0000000000417</ID></Declaration></Response></MetaData>`;
}

/** Sends a manifest of Blue Anchor Line; gives its message. */
async function relayed(call: Call): Promise<string> {
  const sent = await call('demo-blue-anchor', 'POST', '/v1/interchanges', readFileSync(join(root, 'samples/two-bills/input.edi')));
  return (sent.json() as { messages: { id: string }[] }).messages[0]!.id;
}

interface Seen {
  readonly state: string;
  readonly agencies?: Readonly<Record<string, string>>;
  readonly findings: readonly { readonly code: string }[];
  readonly timeline: readonly { readonly kind: string; readonly party?: string }[];
}
const seen = async (call: Call, key: string, id: string): Promise<Seen> => (await call(key, 'GET', `/v1/messages/${id}`)).json() as Seen;
const answered = async (call: Call, bytes: string): Promise<string> =>
  `${((await call('demo-customs', 'POST', '/v1/interchanges', bytes)).json() as { id: string }).id}-1`;
const mailbox = async (call: Call) =>
  ((await call('demo-blue-anchor', 'GET', '/v1/inbox')).json() as { items: { number: number; kind: string; message: string | null }[] }).items;

/** The answer in the sender's mailbox, a segment a line, without what differs from run to run. */
async function replyOf(call: Call, message: string): Promise<readonly string[]> {
  return (await whole(call, message)).split("'").slice(1, -2);
}

async function whole(call: Call, message: string): Promise<string> {
  const item = (await mailbox(call)).find((each) => each.kind === 'answer' && each.message === message);
  return (await call('demo-blue-anchor', 'GET', `/v1/inbox/${item?.number}`)).body;
}

t.test('a rejection: the state follows, and the sender reads it in its own format, with the places of its own message', async (t) => {
  const call = await gateway(t);
  const message = await relayed(call);
  const answer = await answered(
    call,
    response('03', 'BAL26-0438-RTM', [
      ['CDS12014', 'Gross mass is not plausible', '42A/28A[2]/28A[1].131'],
      ['CDS12056', 'Not to be unloaded here', '42A/28A[2]/28A[1]/29A[2]'],
      ['CDS12007', 'The ship is not known', '42A'],
      ['CDS12005', 'There is no third bill', '42A/28A[3].131'],
    ]),
  );
  const own = await seen(call, 'demo-customs', answer);
  t.equal(own.state, 'answer');
  t.same(own.findings.map(({ code }) => code), ['ANSWER_POINTER_INSTANCE'], 'the agency is told which of its pointers lead nowhere'); // prettier-ignore
  const asked = await seen(call, 'demo-blue-anchor', message);
  t.equal(asked.agencies?.['customs'], 'rejected');
  t.equal(asked.state, 'partly', 'port health has not answered');
  t.ok(asked.timeline.some(({ kind, party }) => kind === 'rejected by recipient' && party === 'customs'));
  t.same(await replyOf(call, message), [
    'UNH+1+CUSRES:D:96B:UN',
    'BGM+963+R1+27',
    'DTM+137:20260914101500UTC:304',
    'RFF+ACW:M0438',
    'RFF+ABT:26NL0000000000417',
    'RFF+ABE:BAL26-0438-RTM',
    'ERP+2:2:1+CNT:32', // the gross mass of the second bill
    'ERC+CDS12014:ZZZ:ZZZ',
    'FTX+AAO+++Gross mass is not plausible',
    'ERP+2:2:2+GID:44', // the second goods item of that bill
    'ERC+CDS12056:ZZZ:ZZZ',
    'FTX+AAO+++Not to be unloaded here',
    'ERP+1+BGM:2', // the whole
    'ERC+CDS12007:ZZZ:ZZZ',
    'FTX+AAO+++The ship is not known',
    'ERP+1+BGM:2', // as far as the pointer leads
    'ERC+CDS12005:ZZZ:ZZZ',
    'FTX+AAO+++There is no third bill',
    'UNT+19+1',
  ]);
  const found = (await call('demo-operator', 'GET', '/v1/messages?reference=26NL0000000000417')).json() as { items: { id: string }[] };
  t.ok(found.items.some(({ id }) => id === message), 'it is found by the number that the agency gave to it'); // prettier-ignore
  const kept = await call('demo-blue-anchor', 'GET', `/v1/messages/${message}/content?stage=answer-${answer.toLowerCase()}`);
  t.match(kept.body, /^UNA|^UNB/, 'and the answer is kept with it');
  t.equal((await call('demo-port-health', 'GET', `/v1/messages/${answer}`)).statusCode, 404, 'another agency knows nothing of it');
  const told: string[] = [];
  t.equal(await main(['verify', '--data', call.data], { out: (text) => void told.push(String(text)), tell: (text) => void told.push(text) }), 0, told.join(''));
});

t.test('an answer goes back in the envelope of the message: to who sent it, from whom it was sent to, with their qualifiers', async (t) => {
  const call = await gateway(t);
  const text = readFileSync(join(root, 'samples/two-bills/input.edi'), 'latin1').replace('+BLUEANCHOR+PORTOLAN+', '+BLUEANCHOR:14+PORTOLAN:ZZZ+');
  const sent = await call('demo-blue-anchor', 'POST', '/v1/interchanges', Buffer.from(text, 'latin1'));
  const message = (sent.json() as { messages: { id: string }[] }).messages[0]!.id;
  await answered(call, response('03', 'BAL26-0438-RTM'));
  t.match(await whole(call, message), /^UNB\+UNOC:3\+PORTOLAN:ZZZ\+BLUEANCHOR:14\+/);
  t.end();
});

t.test('what has no letters or no room in the form of the sender does not keep the answer from it', async (t) => {
  const call = await gateway(t);
  const message = await relayed(call);
  const spoken = await answered(call, response('03', 'BAL26-0438-RTM', [['E1', '貨物 não', '']]));
  const text = Buffer.from(await whole(call, message), 'utf8').toString();
  t.match(text, /^UNB\+UNOY:3\+PORTOLAN\+BLUEANCHOR\+.*FTX\+AAO\+\+\+貨物 não'/);
  t.same((await seen(call, 'demo-customs', spoken)).findings, []);

  const second = await gateway(t);
  const other = await relayed(second);
  const errors = Array.from({ length: 150 }, (_, i) => [`E${i}`, `text ${i}`, ''] as const);
  const many = await answered(second, response('03', 'BAL26-0438-RTM', errors));
  const segments = await replyOf(second, other);
  t.equal(segments.filter((each) => each.startsWith('ERC+')).length, 99);
  t.same(segments.filter((each) => each.startsWith('FTX+')).slice(-2), ['FTX+AAO+++text 97', 'FTX+AAO+++52 more']);
  t.match((await seen(second, 'demo-customs', many)).findings, [{ code: 'MAP_TOO_MANY', severity: 'warning' }]);
  t.equal((await seen(second, 'demo-operator', other)).agencies?.['customs'], 'rejected');
});

t.test('an acceptance by one agency, then by the other; a receipt that comes late changes nothing', async (t) => {
  const call = await gateway(t, 'un/cusres/d05b', { workers: 1 });
  const message = await relayed(call);
  await answered(call, response('02', 'BAL26-0438-RTM', [], 'R1'));
  t.equal((await seen(call, 'demo-operator', message)).agencies?.['customs'], 'acknowledged');
  await answered(call, response('01', 'BAL26-0438-RTM', [], 'R2'));
  await answered(call, response('13', 'nobody', [], 'R3')); // by the number of the first answer; it decides nothing
  t.equal((await call('demo-customs', 'POST', '/v1/inbox/1/receipt')).statusCode, 200);
  t.same((await seen(call, 'demo-operator', message)).agencies, { customs: 'accepted', 'port-health': 'sent' });
  t.equal((await mailbox(call)).filter(({ kind }) => kind === 'answer').length, 3, 'each answer reaches the sender');
  t.match(await replyOf(call, message), ['UNH+1+CUSRES:D:05B:UN', 'BGM+961+R1+11']);
});

t.test('several answers in one envelope are several messages', async (t) => {
  const call = await gateway(t);
  const message = await relayed(call);
  const [first, second] = [response('02', 'BAL26-0438-RTM', [], 'R1'), response('03', 'BAL26-0438-RTM', [['CDS12007', 'The ship is not known', '42A']], 'R2')];
  const both = first.replace('</MetaData>', second.replace(/^.*?<\/WCOTypeName>/s, ''));
  const { id, outcome } = (await call('demo-customs', 'POST', '/v1/interchanges', both)).json() as {
    id: string;
    outcome: { messages: { id: string; state: string }[] };
  };
  t.same(outcome.messages.map(({ id: each, state }) => [each, state]), [[`${id}-1`, 'answer'], [`${id}-2`, 'answer']]); // prettier-ignore
  t.equal((await seen(call, 'demo-operator', message)).agencies?.['customs'], 'rejected', 'the last one counts');
  t.equal((await mailbox(call)).filter(({ kind }) => kind === 'answer').length, 2, 'the sender gets each');
});

t.test('an answer about nothing that was delivered is kept, and says so; what is no answer is not taken from an agency', async (t) => {
  const call = await gateway(t);
  const message = await relayed(call);
  const stray = await answered(call, response('03', 'BAL26-0439-RTM').replace('26NL0000000000417', '26NL0000000000999'));
  t.same((await seen(call, 'demo-customs', stray)).findings.map(({ code }) => code), ['ANSWER_UNMATCHED']); // prettier-ignore
  t.equal((await seen(call, 'demo-operator', message)).agencies?.['customs'], 'sent');
  const manifest = readFileSync(join(root, 'samples/two-bills/input.edi'), 'latin1').replace('UNB+UNOC:3+BLUEANCHOR', 'UNB+UNOC:3+CUSTOMS');
  const refused = await answered(call, manifest);
  t.match(await seen(call, 'demo-customs', refused), { state: 'rejected', findings: [{ code: 'ANSWER_NOT_EXPECTED' }] });
});

t.test('an answer that names two messages is refused with both, and filed under neither', async (t) => {
  const call = await gateway(t);
  const first = await relayed(call);
  await answered(call, response('02', 'BAL26-0438-RTM')); // which gives it its number
  const other = readFileSync(join(root, 'samples/two-bills/input.edi'), 'latin1').replaceAll(/BA0438001|M0438|BAL26-0438-RTM/g, (name) => `${name}B`);
  const sent = await call('demo-blue-anchor', 'POST', '/v1/interchanges', other);
  const second = (sent.json() as { messages: { id: string }[] }).messages[0]!.id;
  const before = await mailbox(call);
  const spoken = await answered(call, response('03', 'BAL26-0438-RTMB', [], 'R2'));
  const { state, findings, timeline } = await seen(call, 'demo-customs', spoken);
  t.equal(state, 'rejected');
  t.match(findings, [{ code: 'ANSWER_CONTRADICTS', severity: 'error', message: `the answer names several messages: \`26NL0000000000417\` is ${first}, \`BAL26-0438-RTMB\` is ${second}` }]); // prettier-ignore
  t.equal(timeline.at(-1)?.kind, 'rejected');
  for (const [message, outcome] of [[first, 'acknowledged'], [second, 'sent']] as const) t.equal((await seen(call, 'demo-operator', message)).agencies?.['customs'], outcome); // prettier-ignore
  t.same(await mailbox(call), before, 'its sender is told nothing');
  await answered(call, response('03', 'BAL26-0438-RTMB', [], 'R2').replace('26NL0000000000417', '26NL0000000000418'));
  t.equal((await seen(call, 'demo-operator', second)).agencies?.['customs'], 'rejected', 'until it comes as it was meant');
});

/** An answer of an agency in UN/EDIFACT: what stands between UNH and UNT; its interchange has the number of the answer. */
function segments(sender: string, type: string, ...body: readonly string[]): string {
  const number = body[0]!.split('+')[2]!;
  return [`UNB+UNOC:3+${sender}+PORTOLAN+260914:1016+${number}`, `UNH+1+${type}`, ...body, `UNT+${body.length + 2}+1`, `UNZ+1+${number}`, ''].join("'");
}

t.test('an answer that comes as APERAK or CUSRES moves the message that it names', async (t) => {
  const about = 'BAL26-0438-RTM';
  // prettier-ignore
  const cases: readonly [agency: 'customs' | 'port-health', type: string, body: readonly string[], state: string, said: string][] = [
    ['customs', 'APERAK:D:96A:UN', ['BGM+962+A1+11+AB', `RFF+AGO:${about}`], 'acknowledged', 'acknowledged by recipient'],
    ['customs', 'CUSRES:D:96B:UN', ['BGM+961+C3+11', `RFF+ABE:${about}`], 'acknowledged', 'answered by recipient'],
    ['customs', 'CUSRES:D:95B:UN', ['BGM+963+C2+11', 'ERP+2', 'ERC+CDS12007', `RFF+ABE:${about}`], 'rejected', 'rejected by recipient'],
    ['customs', 'CUSRES:D:96B:UN', ['BGM+961+C1+44', `RFF+ABE:${about}`], 'accepted', 'accepted by recipient'],
    ['port-health', 'APERAK:D:96A:UN', ['BGM+962+P1+45', `RFF+AGO:${about}`, 'ERC+12', 'FTX+AAO+++The fruit is inspected'], 'partly', 'partly by recipient'],
  ];
  const call = await gateway(t);
  const message = await relayed(call);
  for (const [agency, type, body, state, said] of cases) {
    const { id } = (await call(`demo-${agency}`, 'POST', '/v1/interchanges', segments(agency.toUpperCase(), type, ...body))).json() as { id: string };
    const what = `${type.slice(0, 10)} ${body[0]}`;
    t.equal((await seen(call, `demo-${agency}`, `${id}-1`)).state, 'answer', what);
    const asked = await seen(call, 'demo-operator', message);
    t.equal(asked.agencies?.[agency], state, `${what}: the state of what it answers`);
    t.ok(asked.timeline.some(({ kind, party }) => kind === said && party === agency), `${what}: its timeline says \`${said}\``); // prettier-ignore
  }
  const answers = (await mailbox(call)).filter(({ kind }) => kind === 'answer');
  t.equal(answers.length, cases.length, 'the sender has each');
  const { body } = await call('demo-blue-anchor', 'GET', `/v1/inbox/${answers.at(-1)?.number}`);
  t.match(body, /UNH\+1\+CUSRES:D:96B:UN'BGM\+962\+P1\+45'/, 'in the form it agreed on');
  t.equal((await seen(call, 'demo-operator', message)).state, 'partly');
});

/** A case of a map of European customs. */
const union = (name: string): string => readFileSync(join(root, 'mappings/eu', name.replace(' ', '/cases/'), 'input.xml'), 'utf8');
/** The case of an entry summary declaration states all that there is; without what goods of a ship, not to order, must not. */
const entry = (name: string): string =>
  union(name)
    .replace(/<(NatOfMeaOfTraCroHEA87|IDEMEATRAGI970|PRTNOT640)>.*/g, '')
    .replace('<TINCE259>NL123456789<', '<TINCE259>GB123456789000<');

const lastOf = ({ timeline }: Seen, who: string): string | undefined => timeline.findLast(({ party }) => party === who)?.kind;

t.test('European customs answer what they took: a declaration, its amendment, a transit from its declaration to where it was unloaded', async (t) => {
  // What is taken for each, and who answers for it: one office takes several messages, and all that it says comes over its one channel.
  const takes = {
    entry: ['hmrc-entry', 'eu/cc315a', 'entry'],
    amendments: ['hmrc-entry-amendment', 'eu/cc313a', 'amendments'],
    departure: ['ncts', 'eu/cc015c', 'departure'],
    amended: ['ncts-amendment', 'eu/cc013c', 'departure'],
    invalidated: ['ncts-invalidation', 'eu/cc014c', 'departure'],
    presented: ['ncts-presentation', 'eu/cc170c', 'departure'],
    destination: ['ncts-arrival', 'eu/cc007c', 'destination'],
    unloaded: ['ncts-unloading', 'eu/cc044c', 'destination'],
    mail: ['ics2-postal', 'eu/ie3f42', 'mail'],
  } as const;
  type Taken = keyof typeof takes;
  const entries = Object.entries(takes);
  const call = await gateway(t, 'wco/res/3', {
    files: {
      ...Object.fromEntries(
        entries.map(([id, [profile, , by]]) => [
          `agencies/${id}.yaml`,
          `agency: ${id}\nname: ${id}\nprofile: ${profile}\nchannel: mailbox\ngrants: ["**"]\n${id === by ? `keys: [{ demo: demo-${id} }]` : `answeredBy: ${by}`}\n`,
        ]),
      ),
      'routes/arrivals.yaml': `routes:\n${entries.map(([id, [, map]]) => `  - { route: ${id}, when: { maps: [${map}] }, to: [${id}], policy: send }\n`).join('')}`,
    },
  });
  const send = async (key: string, bytes: string): Promise<string> =>
    `${((await call(`demo-${key}`, 'POST', '/v1/interchanges', bytes)).json() as { id: string }).id}-1`;
  const sent: Partial<Record<Taken, string>> = {};
  const lodge = async (what: Taken, bytes: string): Promise<void> => void (sent[what] = await send('blue-anchor', bytes));
  await lodge('entry', entry('cc315a/11 two-items').replace('ORRERY-ENS-0031', 'SEALARK-0041'));
  const refused = sent.entry!;
  await lodge('entry', entry('cc315a/11 two-items').replace('ORRERY-ENS-0031', 'SEALARK-0042'));
  await lodge('amendments', entry('cc313a/11 other-goods').replace('24NL00039600003115', '26DE004851ENS00013'));
  await lodge('departure', union('cc015c/5 two-houses'));
  const numbered = (text: string): string => text.replace('<LRN>KADE-2026-0042</LRN>', '<MRN>26NL000396ABCDEFJ4</MRN>');
  // prettier-ignore
  const cases: readonly (readonly [lodged: Taken | '', answer: string, about: Taken | 'refused', state: string, said: string, more?: (text: string) => string])[] = [
    ['', 'cc316a/10 two-errors', 'refused', 'rejected', 'rejected by recipient'],
    ['', 'cc328a/10 a-number', 'entry', 'accepted', 'accepted by recipient'],
    ['', 'cc351a/10 do-not-load', 'entry', 'accepted', 'answered by recipient'], // what is demanded decides nothing
    ['', 'cc305a/10 two-errors', 'amendments', 'rejected', 'rejected by recipient'],
    ['', 'cc304a/10 new-arrival', 'amendments', 'accepted', 'accepted by recipient'],
    ['', 'cc928c/5 received', 'departure', 'acknowledged', 'acknowledged by recipient'],
    ['', 'cc056c/5 two-errors', 'departure', 'rejected', 'rejected by recipient'],
    ['', 'cc906c/5 two-errors', 'departure', 'rejected', 'rejected by recipient'],
    ['', 'cc917c/5 not-of-the-schema', 'departure', 'rejected', 'rejected by recipient'],
    ['presented', 'cc056c/5 two-errors', 'presented', 'rejected', 'rejected by recipient', (text) => text.replace('>015<', '>170<')],
    ['', 'cc028c/5 accepted', 'departure', 'accepted', 'accepted by recipient'],
    ['', 'cc055c/5 two-reasons', 'departure', 'accepted', 'answered by recipient'],
    ['', 'cc022c/5 two-errors', 'departure', 'accepted', 'answered by recipient'],
    ['amended', 'cc056c/5 two-errors', 'amended', 'rejected', 'rejected by recipient', (text) => numbered(text).replace('>015<', '>013<')],
    ['amended', 'cc004c/5 accepted', 'amended', 'accepted', 'accepted by recipient'],
    ['amended', 'cc906c/5 two-errors', 'amended', 'rejected', 'rejected by recipient', numbered], // it has no type: the newest is meant
    ['', 'cc060c/5 goods-and-papers', 'departure', 'accepted', 'answered by recipient'],
    ['', 'cc029c/5 released', 'departure', 'accepted', 'accepted by recipient'],
    ['', 'cc051c/5 not-released', 'departure', 'rejected', 'rejected by recipient'],
    ['invalidated', 'cc056c/5 two-errors', 'invalidated', 'rejected', 'rejected by recipient', (text) => numbered(text).replace('>015<', '>014<')],
    ['invalidated', 'cc009c/5 invalidated', 'invalidated', 'rejected', 'rejected by recipient', (text) => text.replace('<decision>1<', '<decision>0<')],
    ['', 'cc009c/5 invalidated', 'invalidated', 'accepted', 'accepted by recipient'],
    ['', 'cc009c/5 invalidated', 'departure', 'rejected', 'rejected by recipient', (text) => text.replace(/<decision>1<.decision>(<initiatedByCustoms>)0/, '$11')],
    ['destination', 'cc057c/5 no-such-transit', 'destination', 'rejected', 'rejected by recipient'],
    ['destination', 'cc043c/5 after-a-breakdown', 'destination', 'accepted', 'accepted by recipient'],
    ['destination', 'cc025c/5 in-part', 'destination', 'accepted', 'accepted by recipient'], // without unloading
    ['unloaded', 'cc057c/5 no-such-transit', 'unloaded', 'rejected', 'rejected by recipient', (text) => text.replace('>007<', '>044<')],
    ['', 'cc057c/5 no-such-transit', 'destination', 'rejected', 'rejected by recipient'],
    ['unloaded', 'cc025c/5 in-part', 'unloaded', 'partly', 'partly by recipient'],
    ['', 'cc025c/5 in-part', 'unloaded', 'rejected', 'rejected by recipient', (text) => text.replace('Indicator>2<', 'Indicator>4<')],
    ['', 'cc025c/5 in-part', 'unloaded', 'accepted', 'accepted by recipient', (text) => text.replace('Indicator>2<', 'Indicator>1<')],
    ['mail', 'ie3n99/2 two-errors', 'mail', 'rejected', 'rejected by recipient'],
    ['', 'ie3n01/2 two-errors', 'mail', 'rejected', 'rejected by recipient'],
    ['', 'ie3r01/2 registered', 'mail', 'accepted', 'accepted by recipient'],
  ];
  const lodged: Partial<Record<Taken, string>> = {
    amended: 'cc013c/5 other-goods',
    invalidated: 'cc014c/5 withdrawn',
    presented: 'cc170c/5 presented',
    destination: 'cc007c/5 arrived',
    unloaded: 'cc044c/5 one-drum-short',
    mail: 'ie3f42/2 mail-by-air',
  };
  let times = 0;
  for (const [first, answer, about, state, said, more = (text: string) => text] of cases) {
    if (first !== '') await lodge(first, union(lodged[first]!).replace('>M1<', `>M1-${++times}<`));
    const agency = about === 'refused' ? 'entry' : about;
    const by = takes[agency][2];
    const bytes = more(union(answer)).replace('>M1<', `>M2-${++times}<`);
    const own = await seen(call, `demo-${by}`, await send(by, bytes));
    const told = own.findings.map(({ code }) => code).filter((code) => code !== 'ANSWER_POINTER_WORDS'); // its pointers are told as they are
    t.same([own.state, told], ['answer', []], `${answer}: is an answer, to a message of ours`);
    const asked = await seen(call, 'demo-operator', about === 'refused' ? refused : sent[about]!);
    t.equal(asked.agencies?.[agency], state, `${answer}: the state of what it answers`);
    t.equal(lastOf(asked, agency), said, `${answer}: its timeline`);
  }
  t.equal((await seen(call, 'demo-operator', sent.entry!)).agencies?.['entry'], 'accepted', 'what became of its amendment is not what became of it');
  const answers = (await mailbox(call)).filter(({ kind }) => kind === 'answer');
  t.equal(answers.length, cases.length, 'who sent what is answered has each answer');
  const { body } = await call('demo-blue-anchor', 'GET', `/v1/inbox/${answers.find(({ message }) => message === refused)?.number}`);
  t.match(body, /<ValidationCode>12<\/ValidationCode><Pointer>.*?<Location>CC315A\.GOOITEGDS\(2\)\.PACGS2\(1\)\.KinOfPacGS23<\/Location>/s, 'with its places');
  const outcomes = async () => Promise.all(Object.values(sent).map(async (id) => (await seen(call, 'demo-operator', id)).agencies));
  const before = await outcomes();
  await send('departure', union('cc056c/5 two-errors').replace('>015<', '>054<').replace('>M1<', '>M9<'));
  t.equal((await mailbox(call)).filter(({ kind }) => kind === 'answer').length, cases.length + 1, 'the rejection of a request for release is told');
  t.same(await outcomes(), before, 'and decides nothing');
});

t.test('an answer that names another document, or a reference of another kind, moves nothing', async (t) => {
  const call = await gateway(t);
  const message = await relayed(call);
  const references = ['AGO:BAL26-0439-RTM', 'BM:BAL26-0438-RTM'];
  for (const [i, reference] of references.entries()) {
    const answer = segments('CUSTOMS', 'APERAK:D:96A:UN', `BGM+962+N${i}+27`, `RFF+${reference}`);
    const { id } = (await call('demo-customs', 'POST', '/v1/interchanges', answer)).json() as { id: string };
    t.same((await seen(call, 'demo-customs', `${id}-1`)).findings.map(({ code }) => code), ['ANSWER_UNMATCHED'], reference); // prettier-ignore
  }
  t.equal((await seen(call, 'demo-operator', message)).agencies?.['customs'], 'sent');
});

/** A manifest in X12 of Blue Anchor Line with two bills; gives its message. */
async function relayedX12(call: Call): Promise<string> {
  const one = readFileSync(join(root, 'test/cases/x12-accepted/input.x12'), 'latin1');
  const second = 'LX*2~\nM11*BAL2609002*57035*12*CTN*800*K******BLUE~\nN1*SH*ALSTER GMBH~\nN1*CN*CANTOSO INC~\nVID*CN*BLAU*4482155~\nN10*12*LAMPS~\n';
  const two = one.replace('SE*14*', `${second}SE*20*`).replace('BA0438*1*X', 'BA0438*2*X');
  const sent = await call('demo-blue-anchor', 'POST', '/v1/interchanges', two);
  return (sent.json() as { messages: { id: string }[] }).messages[0]!.id;
}

/** The transaction sets of an answer in X12, a segment a line, from M10 to what stands before SE. */
async function setOf(call: Call, message: string): Promise<readonly string[]> {
  const item = (await mailbox(call)).findLast((each) => each.kind === 'answer' && each.message === message);
  const { body } = await call('demo-blue-anchor', 'GET', `/v1/inbox/${item?.number}`);
  const segments = body.split('~').map((segment) => segment.trim());
  return segments.slice(
    segments.findIndex((each) => each.startsWith('ST*')),
    segments.findIndex((each) => each.startsWith('SE*')) + 1,
  );
}

t.test('who sends manifests in X12 reads a rejection as its manifest with remarks, bills without one left out', async (t) => {
  const call = await gateway(t, 'x12/355/4010', { map: 'x12/309/4010' });
  const message = await relayedX12(call);
  await answered(
    call,
    response('03', 'BA0438', [
      ['CDS12014', 'Gross mass is not plausible', '42A/28A[1]/28A[2].131'],
      ['CDS12070', 'Seal missing', '42A/28A[1]/28A[2]/31B[1]'],
      ['CDS12007', 'The ship is not known', ''],
    ]),
  );
  t.equal((await seen(call, 'demo-operator', message)).agencies?.['customs'], 'rejected');
  t.same(await setOf(call, message), [
    'ST*355*0001',
    'M10*BLUE*O*DK*9704611*ELBE TRADER*438N*BA0438*2*X',
    'K1*CDS12007 The ship is not known',
    'P4*2704*20260914',
    'LX*2',
    'M11*BAL2609002*57035*12*CTN*800*K******BLUE',
    'K1*CDS12014 Gross mass is not pla*usible / segment 15 (M11),', // 60 characters each
    'K1*element 5.1 (42A/28A[1]/28A[2]*.131)',
    'VID*CN*BLAU*4482155',
    'K1*CDS12070 Seal missing / segmen*t 18 (VID)',
    'K1*(42A/28A[1]/28A[2]/31B[1])',
    'K3*MANIFEST REJECTED',
    'SE*13*0001',
  ]);
});

t.test('where it cannot be written all the same, the operator is told', async (t) => {
  const call = await gateway(t, 'un/cusres/d96b\n  encoding: { identifier: UNOC }');
  const message = await relayed(call);
  await answered(call, response('03', 'BAL26-0438-RTM', [['E1', '貨物', '']]));
  t.notOk(
    (await mailbox(call)).some(({ kind }) => kind === 'answer'),
    'what was agreed is kept to',
  );
  t.match(
    call.events.filter((each) => 'event' in each && each.event === 'answer not told'),
    [{ code: 'EDIFACT_UNENCODABLE', message, partner: 'blue-anchor', agency: 'customs', map: /^un\/cusres\/d96b@/ }],
  );
  const letter = { id: message, what: 'answer', party: 'blue-anchor', code: 'ANSWER_UNTOLD', actor: 'operator', cause: 'what customs answered could not be written for blue-anchor: EDIFACT_UNENCODABLE', delivery: null }; // prettier-ignore
  const stopped = async () => ((await call('demo-operator', 'GET', '/v1/dead-letters')).json() as { items: unknown[] }).items;
  t.match(await stopped(), [letter], 'it stands among what stopped');
  t.match((await call('demo-operator', 'GET', '/v1/status')).json(), { concerns: [{ code: 'ANSWER_UNTOLD', actor: 'operator', count: 1 }], letters: { items: [letter] } }); // prettier-ignore
  const told: string[] = [];
  await main(['status', '--data', call.data], { out: (text) => void told.push(String(text)), tell: (text) => void told.push(text) });
  t.match(told.join(''), new RegExp(`operator must act:\n.*\n${message} +answer +blue-anchor +ANSWER_UNTOLD`));

  const again = async () => (await call('demo-operator', 'POST', `/v1/messages/${message}/replay`)).json();
  t.match(await again(), { code: 'REPLAY_NOTHING', detail: /`貨`, character 1 of a value in FTX, cannot be written in UNOC/ }, 'until its cause is gone');
  const file = join(call.data, '../config/partners/blue-anchor.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('  encoding: { identifier: UNOC }\n', ''));
  t.equal((await call('demo-operator', 'POST', '/v1/configuration/reload')).statusCode, 200);
  t.match(await again(), { replayed: 'answer', answers: [/-1$/] });
  t.match(Buffer.from(await whole(call, message), 'utf8').toString(), /FTX\+AAO\+\+\+貨物'/, 'then its sender has it');
  t.same(await stopped(), []);
  t.match((await seen(call, 'demo-operator', message)).timeline.slice(-3), [{ kind: 'replayed' }, { kind: 'sent', party: 'blue-anchor' }, { kind: 'read' }]);
});

t.test('what X12 cannot write of a text is a blank in it, and the answer comes', async (t) => {
  const call = await gateway(t, 'x12/355/4010', { map: 'x12/309/4010' });
  const message = await relayedX12(call);
  const spoken = await answered(call, response('03', 'BA0438', [['CDS12007', 'mass &gt; 10*5 ~ 50', '']]));
  t.match((await setOf(call, message)).join('\n'), /K1.*CDS12007 mass   10 5   50/);
  t.match((await seen(call, 'demo-customs', spoken)).findings, [{ code: 'X12_UNENCODABLE', severity: 'warning' }]);
});

t.test('an answer in X12 is written in the charset of the message, unless it has not the letters', async (t) => {
  const call = await gateway(t, 'x12/355/4010', { map: 'x12/309/4010' });
  const one = readFileSync(join(root, 'test/cases/x12-accepted/input.x12'), 'latin1').replace('CANTOSO INC', 'CANTÓSO INC');
  const sent = await call('demo-blue-anchor', 'POST', '/v1/interchanges', Buffer.from(one, 'latin1'));
  const message = (sent.json() as { messages: { id: string }[] }).messages[0]!.id;
  for (const [number, text, encoding] of [
    ['R1', 'não', 'latin1'],
    ['R2', '貨 não', 'utf8'],
  ] as const) {
    await answered(call, response('03', 'BA0438', [['CDS12007', text, '']], number));
    const item = (await mailbox(call)).findLast((each) => each.kind === 'answer' && each.message === message)!;
    const { rawPayload } = (await call('demo-blue-anchor', 'GET', `/v1/inbox/${item.number}`)) as unknown as { rawPayload: Buffer };
    t.match(rawPayload.toString(encoding), `K1*CDS12007 ${text}~`, encoding);
  }
});

t.test('or what became of each bill as dispositions', async (t) => {
  const call = await gateway(t, 'x12/350/4010', { map: 'x12/309/4010' });
  const message = await relayedX12(call);
  const status = (code: string, pointers: string): string =>
    `<Status><EffectiveDateTime><ds:DateTimeString formatCode="304">20260915103000Z</ds:DateTimeString></EffectiveDateTime><NameCode>${code}</NameCode>${pointers}</Status>`;
  const at = (...steps: readonly (readonly [string, number])[]): string =>
    steps
      .map(([section, sequence]) => `<Pointer><SequenceNumeric>${sequence}</SequenceNumeric><DocumentSectionCode>${section}</DocumentSectionCode></Pointer>`)
      .join('');
  const said = response('02', 'BA0438').replace(/(?=<Declaration>)/, status('1H', at(['42A', 1], ['28A', 1], ['28A', 2])) + status('ARR', ''));
  await answered(call, said);
  t.same(await setOf(call, message), [
    'ST*350*0001',
    'M10*BLUE*O*DK*9704611*ELBE TRADER*438N*BA0438*2*X',
    'P4*2704*20260914',
    'V9*ARR**20260915', // of the conveyance: it points at nothing
    'X4*BAL2609002*12***20260915**1H**BLUE',
    'SE*6*0001',
  ]);
});

/** Messages in a store of their own, each delivered to an agency and called so; gives what an answer with such names is about. */
async function filed(t: Test, messages: readonly (readonly [id: string, partner: string, agency: string, called: Readonly<Record<string, string>>])[]) {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
  const store = openStore({ folder });
  t.teardown(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const [id, partner, agency, called] of messages) {
    const keys = Object.entries(called).map(([path, value]) => ({ message: id, kind: 'document', path, value }));
    await store.commit({ states: [{ id, interchange: id.split('-')[0]!, state: 'translated', partner, agencies: { [agency]: 'sent' } }], keys });
  }
  return async (agencies: readonly string[], called: Readonly<Record<string, string>>): Promise<unknown> => {
    const names = Object.entries(called).map(([path, value]) => ({ path, value }));
    const decisions = agencies.map((agency) => ({ agency, names, stated: Object.keys(called), verdict: 'rejected' }));
    const found = await findMatches(store, { interchanges: [{ interchange: {}, messages: [{ state: 'answer', decisions }] }] } as never);
    return [...found.values()].map((match) => ('contradicts' in match ? match.contradicts.args : [match.message, match.agency]));
  };
}

t.test('of several messages of one interchange the last is meant, whatever their number', async (t) => {
  const interchange = '01JD8Z6Q0000000000000000AB';
  const asked = await filed(t, [
    [`${interchange}-9`, 'x', 'departure', { 'Declaration.ID': 'MRN1' }],
    [`${interchange}-10`, 'x', 'amendments', { 'Declaration.ID': 'MRN1' }],
    [`${interchange}-8`, 'x', 'arrival', { 'Declaration.ID': 'MRN2' }],
    [`${interchange}-11`, 'x', 'arrival', { 'Declaration.ID': 'MRN2' }],
  ]);
  t.same(await asked(['departure', 'amendments'], { 'Declaration.ID': 'MRN1' }), [[`${interchange}-10`, 'amendments']], 'of several agencies');
  t.same(await asked(['arrival'], { 'Declaration.ID': 'MRN2' }), [[`${interchange}-11`, 'arrival']], 'of one');
});

t.test('all names of an answer are those of one message, of one sender', async (t) => {
  const id = (n: number): string => `01JD8Z6Q00000000000000000${n}-1`;
  const [mrn, lrn] = ['Declaration.ID', 'Declaration.FunctionalReferenceID'] as const;
  const asked = await filed(t, [
    [id(1), 'x', 'departure', { [mrn]: 'MRN1', [lrn]: 'LRN1' }],
    [id(2), 'y', 'departure', { [lrn]: 'LRN1' }], // another trader counts alike
    [id(3), 'x', 'departure', { [mrn]: 'MRN3', [lrn]: 'LRN3' }],
    [id(4), 'x', 'departure', { [lrn]: 'LRN3' }], // a change of it, whose answer will give it the same number
    [id(5), 'x', 'amendments', { [mrn]: 'MRN3' }],
  ]);
  const cases: readonly (readonly [names: Readonly<Record<string, string>>, about: unknown, agencies?: readonly string[]])[] = [
    [{ [lrn]: 'LRN1' }, [id(2), 'departure']], // nothing else says whose
    [{ [lrn]: 'LRN1', [mrn]: 'MRN1' }, [id(1), 'departure']],
    [{ [lrn]: 'LRN1', [mrn]: 'MRN2' }, [id(2), 'departure']], // a number that nobody knows yet
    [{ [lrn]: 'LRN3', [mrn]: 'MRN3' }, [id(4), 'departure']], // the profile's first name goes before
    [{ [lrn]: 'LRN3', [mrn]: 'MRN3' }, [id(5), 'amendments'], ['departure', 'amendments']], // the newest that has one of them
    [{ [lrn]: 'LRN3', [mrn]: 'MRN1' }, { names: `\`LRN3\` is ${id(4)}, \`MRN1\` is ${id(1)}` }],
    [{ [lrn]: 'LRN1', [mrn]: 'MRN3' }, { names: `\`LRN1\` is ${id(2)}, \`MRN3\` is ${id(5)}` }, ['departure', 'amendments']],
  ];
  for (const [names, about, agencies = ['departure']] of cases) t.same(await asked(agencies, names), [about], `${agencies.join(' ')} ${Object.values(names).join(' ')}`); // prettier-ignore
});
