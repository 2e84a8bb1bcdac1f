import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { hasError } from '../../src/diagnostics/diagnostic.ts';
import type { Rows } from '../../src/dictionary/rows.ts';
import { produce } from '../../src/gateway/translation/produce.ts';
import type { ReadMessage } from '../../src/gateway/translation/reading.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { forecast } from '../../src/maps/forecast.ts';
import { library, plan } from '../maps/fixture.ts';
import { shared } from '../root.ts';

// What the maps make of real messages of Cargo-IMP, file by file: every atom has a fate, and each loss and each error stands here with its reason.

const folder = shared === undefined ? '' : join(shared, 'corpus');
const skip = shared === undefined ? 'the corpus is not beside the repository' : false;

const digit = 'CARGOIMP_CHECK_DIGIT'; // numbers that were made up, or whose digits the publisher changed
const broken = 'printed over two lines in the middle of a field';

/** The files of messages that a map reads: which messages, and what is wrong in them. */
const files: readonly [file: string, messages: string, errors?: string][] = [
  ['gumraq__iata-messages/IataMessageTests/Examples/fbl4.txt', 'FBL/4', `${digit} ×5`],
  ['gumraq__iata-messages/IataMessageTests/Examples/fhl5.txt', 'FHL/5 ×6'],
  ['gumraq__iata-messages/IataMessageTests/Examples/fsa15.txt', 'FSU/14 FSA/15 ×23'],
  ['gumraq__iata-messages/IataMessageTests/Examples/fwb17.txt', 'FWB/17 ×5'],
  ['index-81986899/FNA_1_rejecting_FHL_5.txt', 'FNA/1'],
  ['migun7167__AOTEDO/samples/demo/FHL_EF26070010.transcribed.txt', 'FHL/4', digit],
  ['migun7167__AOTEDO/samples/demo/FHL_EF26070011.transcribed.txt', 'FHL/4', digit],
  ['migun7167__AOTEDO/samples/demo/FHL_GS26070030.transcribed.txt', 'FHL/4', digit],
  ['migun7167__AOTEDO/samples/demo/FHL_PL26070020.transcribed.txt', 'FHL/4', digit],
  ['migun7167__AOTEDO/samples/demo/FWB_21708722686.transcribed.txt', 'FWB/16', digit],
  ['migun7167__AOTEDO/samples/demo/FWB_21708722687.transcribed.txt', 'FWB/16', `${digit} CARGOIMP_FIELD`],
  ['migun7167__AOTEDO/samples/demo/FWB_21708722689.transcribed.txt', 'FWB/16', `${digit} CARGOIMP_FIELD`],
  ['migun7167__AOTEDO/samples/testset/FHL_TG26070101.transcribed.txt', 'FHL/4'],
  ['migun7167__AOTEDO/samples/testset/FWB_21708722700.transcribed.txt', 'FWB/16'],
  ['one-record-tracking/FSU14_three_events.transcribed.txt', 'FSU/14 ×3'],
  ['shofiq5__awbix/test_ack_FMA.transcribed.txt', 'FMA'],
  ['shofiq5__awbix/test_ack_FNA.transcribed.txt', 'FNA/1'],
  ['shofiq5__awbix/test_fsu_BKD.transcribed.txt', 'FSU/14'],
  ['shofiq5__awbix/test_fsu_RCS.transcribed.txt', 'FSU/14'],
  ['tc-ca__pact-cfapc/figure13_FWB16.transcribed.txt', 'FWB/16', `${digit} CARGOIMP_LINE ×4`],
  ['tc-ca__pact-cfapc/figure16_FHL5.transcribed.txt', 'FHL/5', digit],
  ['tc-ca__pact-cfapc/figure18_FFM8.transcribed.txt', 'FFM/8', `${digit} ×6`],
  ['tc-ca__pact-cfapc/figure1_FWB16_part.transcribed.txt', 'FWB/16', `${digit} CARGOIMP_LINE ×2 CARGOIMP_MISSING ×2 MAP_MISSING MAP_VALUE ×2`],
];

/** The others: what they are, and why no map reads them. */
const others: readonly [file: RegExp, said: string, why: string][] = [
  [/\/PSN_/, 'MAP_NONE', 'answers of one authority, not a message of the airlines: their lines are known, and they have no map'],
  [/\/PER_/, 'MAP_NONE', 'the same'],
  [/invalid_message/, 'SYNTAX_UNKNOWN', 'no message at all'],
];

/** Of each type: what is said of the loss, how often, why. */
const losses: readonly [type: string, loss: string, times: number, why: string][] = [
  ['FHL/5', 'CVD: a value says nothing without declared.carriage', 3, 'a currency beside three words for no value'],
  ['FWB/16', 'LINE: LINE has no place in the map here', 4, broken],
  ['FWB/16', 'FLT: a value cannot be read: a value, the date that the day is near, is missing', 1, 'a message that is cut off before its date'],
  ['FWB/16', 'FL2: a value cannot be read: a value, the date that the day is near, is missing', 1, 'the same'],
  ['FWB/16', 'CVD: a value says nothing without prepaid.weight', 1, 'the same, and its charges'],
];

const typeOf = ({ header: { type, version } }: ReadMessage): string => (version === undefined ? type : `${type}/${version}`);

function read(file: string): { readonly messages: readonly ReadMessage[]; readonly outside: readonly string[] } {
  const messages: ReadMessage[] = [];
  const outside = readBytes(library(), readFileSync(join(folder, file)), { message: (message) => void messages.push(message) }, { losses: 1_000 });
  return { messages, outside: outside.map(({ code }) => code) };
}

/** `A ×2 B`: each with how often it is there, in the order of their first. */
function counted(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name} ×${count}`)).join(' ');
}

const errorsOf = (messages: readonly ReadMessage[]): string[] =>
  messages.flatMap(({ findings }) => findings.filter((each) => hasError([each])).map(({ code }) => code));

t.test('every file of a listed message is recognized and mapped, and every atom has a fate', { skip }, (t) => {
  const found = readdirSync(join(folder, 'cargo-imp'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.txt'));
  const mapped = found.filter((file) => !others.some(([each]) => each.test(file)));
  t.same(mapped.sort(), files.map(([file]) => file).sort(), 'all files that are not listed as others');
  const tallies = new Map<string, { messages: number; total: number; bound: number; ignored: number; lost: number }>();
  const lost = new Map<string, number>();
  for (const [file, expected, errors = ''] of files) {
    const { messages, outside } = read(join('cargo-imp', file));
    t.equal(counted(messages.map(typeOf)), expected, file);
    t.equal(counted(errorsOf(messages).sort()), errors, `${file}: what is wrong`);
    t.same(outside, [], `${file}: nothing around the messages`);
    for (const message of messages) {
      const type = typeOf(message);
      const account = message.parsed?.account;
      if (!account) {
        t.fail(`${file}: no map reads ${type}`);
        continue;
      }
      t.equal(account.bound + account.selector + account.fixed + account.derived + account.ignored + account.lost, account.total, `${file}: it adds up`);
      const tally = tallies.get(type) ?? { messages: 0, total: 0, bound: 0, ignored: 0, lost: 0 };
      tallies.set(type, tally);
      tally.messages++;
      for (const fate of ['total', 'bound', 'ignored', 'lost'] as const) tally[fate] += account[fate];
      for (const { source, reason } of message.parsed!.losses) {
        const at = `${type} ${source?.edi?.tag ?? ''}: ${reason.replace(/`[^`]*`/g, 'a value')}`;
        lost.set(at, (lost.get(at) ?? 0) + 1);
      }
    }
  }
  for (const [type, { messages, total, bound, ignored, lost }] of [...tallies].sort())
    t.comment(`${type}: ${messages} messages, ${total} atoms, ${((100 * bound) / total).toFixed(1)} % bound or carried, ${ignored} ignored, ${lost} lost`);
  for (const [type, { ignored }] of tallies) t.equal(ignored, 0, `${type}: nothing is ignored`);
  t.same(
    [...lost].sort().map(([at, times]) => `${at} ×${times}`),
    losses.map(([type, loss, times]) => `${type} ${loss} ×${times}`).sort(),
    'what is lost is what is listed',
  );
  t.end();
});

/** What customs are told in the rows: country, party, what it is, and the text, sorted. */
function customsIn(rows: Rows): readonly string[] {
  const found: string[] = [];
  for (let row = 0; row < rows.size; row++) {
    const { attributes } = rows.class(row);
    const said = (name: string): string => String(rows.get(row, attributes.find((each) => each.name === name)?.slot ?? -1) ?? '').trim(); // blanks around a text are none of it in XML
    if (!rows.removed(row) && said('StatementTypeCode') === 'CUS')
      found.push(['CountryCode', 'PartyRoleCode', 'StatementCode', 'StatementDescription'].map(said).join('/'));
  }
  return found.sort();
}

const wholeHeader = 'ID Name TypeCode IssueDateTime PurposeCode VersionID SenderParty PrimaryID RecipientParty PrimaryID';

/** The elements of the header of a document, in their order. */
const headerOf = (bytes: Uint8Array): string => {
  const [header = ''] = /<MessageHeaderDocument.*?<\/MessageHeaderDocument>/s.exec(Buffer.from(bytes).toString()) ?? [];
  return [...header.matchAll(/<(\w+)/g)].map(([, name]) => name).slice(1).join(' '); // prettier-ignore
};

t.test('what customs are told passes to Cargo-XML, lines that go on with others among it', { skip }, (t) => {
  const around = { sender: 'A', recipient: 'B', preparedAt: '260101:0000', reference: '1' };
  const targets: Readonly<Record<string, readonly string[]>> = { FWB: ['iata/xfwb/3'], FHL: ['iata/xfhl/3', 'iata/xfzb/3'], FFM: ['iata/xffm/2'] };
  const passed = new Map<string, number>();
  for (const [file] of files)
    for (const { header, plan: from, parsed } of read(join('cargo-imp', file)).messages)
      for (const to of (from && parsed && targets[header.type]) ?? []) {
        const told = customsIn(parsed!.rows);
        if (told.length === 0) continue;
        const made = produce(library(), plan(to), parsed!.rows, around);
        const foreseen = new Set(forecast(from!, plan(to)).losses.map(({ path }) => path));
        t.same(made.losses.map(({ path }) => path!).filter((path) => !foreseen.has(path)), [], `${file} to ${to}: what is lost was forecast`); // prettier-ignore
        t.equal(headerOf(made.bytes), wholeHeader, `${file} to ${to}: what the header must say, by the schemas that publishers were generated from`);
        let arrived: readonly string[] = [];
        readBytes(library(), made.bytes, { message: ({ parsed }) => void (arrived = customsIn(parsed!.rows)) });
        t.same(arrived, told, `${file} to ${to}`);
        passed.set(to, (passed.get(to) ?? 0) + told.length);
      }
  t.comment([...passed].map(([to, count]) => `${to}: ${count} lines`).join(', '));
  t.ok((passed.get('iata/xfwb/3') ?? 0) > 20 && (passed.get('iata/xfhl/3') ?? 0) > 5);
  t.end();
});

t.test('the other files are recognized for what they are', { skip }, (t) => {
  const found = readdirSync(join(folder, 'cargo-imp'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.txt'));
  for (const [pattern, said, why] of others) {
    const named = found.filter((file) => pattern.test(file));
    t.ok(named.length > 0, String(pattern));
    for (const file of named) {
      const { messages, outside } = read(join('cargo-imp', file));
      t.ok([...errorsOf(messages), ...outside].includes(said), `${file}: ${why}`);
    }
  }
  t.end();
});

t.test('what is no Cargo-IMP is named', { skip }, (t) => {
  const found = readdirSync(join(folder, 'cargo-imp-invalid'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.txt'));
  t.equal(found.length, 2);
  for (const file of found) {
    const { messages } = read(join('cargo-imp-invalid', file));
    t.ok(messages.length > 0, file);
    for (const { findings, header } of messages)
      t.match(
        findings.filter(({ code }) => code === 'CARGOIMP_MESSAGE_UNKNOWN').map(({ args }) => args['message']),
        [`${header.type}/16`],
        `${file}: no such version`,
      );
  }
  t.end();
});
