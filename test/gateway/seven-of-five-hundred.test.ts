import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { root } from '../root.ts';
import { sample, startGateway } from '../web/fixture.ts';

// One interchange of 500 messages, of which 7 are at fault, each in its own way: 493 go on, and one answer says of each of the 7 what it is, and nothing of
// the others. What is truncated ends at the header of the next, which is whole.

const many = 500;
interface Fault {
  readonly at: number; // of the messages, from 1
  readonly what: string;
  readonly change: (message: string) => string;
  readonly told: readonly string[]; // in the answer
}

/** What the agreements say: envelope faults and codes are errors, and how each is answered. The second line is the first under another name. */
const agreed = (config: string): void => {
  const file = (partner: string): string => join(config, `partners/${partner}.yaml`);
  const strict = ['EDIFACT_COUNT_MISMATCH', 'EDIFACT_VALUE', 'X12_COUNT_MISMATCH', 'X12_TOO_LONG', 'X12_SEGMENT_UNKNOWN'].map((code) => `\n    ${code}: error`);
  const text = readFileSync(file('blue-anchor'), 'utf8')
    .replace('contrl: on-request', "contrl: always\n  x12: { interchange: always, groups: '997' }")
    .replace('tolerance:', `tolerance:${strict.join('')}`);
  writeFileSync(file('blue-anchor'), text);
  writeFileSync(
    file('green-anchor'),
    text
      .replace(/blue-anchor/g, 'green-anchor')
      .replace('BLUEANCHOR', 'GREENANCHOR')
      .replace("'997'", "'999'"),
  );
};

const gateway = await startGateway(t, agreed);

async function fates(id: string): Promise<{ readonly rejected: readonly number[]; readonly sent: number }> {
  const states = await gateway.gateway.store.messagesOf(id);
  const numberOf = (message: string): number => Number(message.split('-')[1]);
  return {
    rejected: states.filter(({ state }) => state === 'rejected').map((each) => numberOf(each.id)).sort((a, b) => a - b), // prettier-ignore
    sent: states.filter(({ state, agencies }) => state === 'sent' && agencies['customs'] === 'sent').length,
  };
}

async function answerOf(partner: string, after: number): Promise<string> {
  const items = (await gateway.gateway.store.inbox(partner, after, 10)).filter(({ kind }) => /acknowledgement|rejection/.test(kind));
  if (items.length !== 1) throw new Error(`there are ${items.length} answers`);
  return Buffer.from((await gateway.gateway.store.content(items[0]!.content))!).toString('latin1');
}

t.test('EDIFACT: one CONTRL', { timeout: 120_000 }, async (t) => {
  const faults: readonly Fault[] = [
    { at: 7, what: 'a segment that nobody knows', change: (m) => m.replace('DTM+132', "XYZ+1'\nDTM+132").replace('UNT+24', 'UNT+25'), told: ['UCS+7+15'] },
    { at: 77, what: 'an element that is missing', change: (m) => m.replace('SEL+BA90017+CA', 'SEL++CA').replace("RFF+BM:BALUNOAES26612-A'", "RFF'"), told: ['UCS+9', 'UCD+13+2', 'UCS+11', 'UCD+13+2'] }, // prettier-ignore
    { at: 177, what: 'a code that its list does not have', change: (m) => m.replace('TDT+20+', 'TDT+2X+'), told: ['UCS+5', 'UCD+12+2'] },
    { at: 277, what: 'a count that is wrong', change: (m) => m.replace('UNT+24', 'UNT+23'), told: ['+29+UNT+2'] },
    { at: 377, what: 'content that cannot be: no month 13', change: (m) => m.replace('DTM+137:202609', 'DTM+137:202613'), told: ['+18'] },
    { at: 477, what: 'a type that nobody knows', change: (m) => m.replace('CUSCAR:D:95B', 'CUSCUS:D:95B'), told: ['+17+UNH+3'] },
    { at: 499, what: 'cut in the middle', change: (m) => m.slice(0, m.indexOf('GID+1')), told: ['+13+UNT'] },
  ];
  const text = sample('latin-1').toString('latin1');
  const [from, to] = [text.indexOf('UNH'), text.indexOf('UNZ')];
  const messages = Array.from({ length: many }, (_, i) => {
    const message = text.slice(from, to).replaceAll('M0612', `M${i + 1}`);
    return faults.find(({ at }) => at === i + 1)?.change(message) ?? message;
  });
  const { json } = await gateway.send('blue-anchor', Buffer.from(text.slice(0, from) + messages.join('') + text.slice(to).replace('UNZ+1', `UNZ+${many}`), 'latin1'), { prefer: 'wait=60' }); // prettier-ignore
  t.same(await fates(json.id), { rejected: faults.map(({ at }) => at), sent: many - faults.length });
  t.equal((await gateway.gateway.store.inbox('customs', 0, 500)).length, many - faults.length);

  const segments = (await answerOf('blue-anchor', 0)).split("'").filter((segment) => /^UC[IMSD]/.test(segment));
  t.same(segments[0], 'UCI+BA0612001+BLUEANCHOR+PORTOLAN+7', 'the interchange is acknowledged, and what is not named with it');
  for (const { at, what, told } of faults) {
    const begin = segments.findIndex((segment) => segment.startsWith(`UCM+M${at}+`));
    const end = segments.findIndex((segment, i) => i > begin && segment.startsWith('UCM'));
    const [ucm = '', ...below] = segments.slice(begin, end < 0 ? undefined : end);
    if (told[0]!.startsWith('UCS')) t.same(below, told, what);
    else t.ok(/:UN\+4/.test(ucm) && ucm.endsWith(told[0]!) && below.length === 0, `${what}: ${ucm}`);
  }
  t.equal(segments.filter((segment) => segment.startsWith('UCM')).length, faults.length, 'nothing is said of the others');
});

const x12Faults: readonly Fault[] = [
  { at: 7, what: 'a segment that nobody knows', change: (m) => m.replace('VID*', 'XYZ*1~\nVID*').replace('SE*14', 'SE*15'), told: ['AK3*XYZ*12**1', 'AK5*R*5'] },
  { at: 77, what: 'an element that is missing', change: (m) => m.replace('P4*2704', 'P4*'), told: ['AK3*P4*3**8', 'AK4*1*310*1', 'AK5*R*5'] },
  { at: 177, what: 'an element that is too long', change: (m) => m.replace('M10*BLUE', 'M10*BLUEX'), told: ['AK3*M10*2**8', 'AK4*1*140*5*BLUEX', 'AK5*R*5'] },
  { at: 277, what: 'a count that is wrong', change: (m) => m.replace('SE*14', 'SE*13'), told: ['AK5*R*4'] },
  { at: 377, what: 'content that cannot be: no month 13', change: (m) => m.replace('*20260914*1~', '*20261314*1~'), told: ['AK5*R'] },
  { at: 477, what: 'a set that nobody knows', change: (m) => m.replace('ST*309', 'ST*888'), told: ['AK5*R*1'] },
  { at: 499, what: 'cut in the middle', change: (m) => m.slice(0, m.indexOf('VID')), told: ['AK5*R*2'] },
]; // prettier-ignore

for (const { by, partner, earlier, prefix } of [
  { by: '997', partner: 'blue-anchor', earlier: 1, prefix: 'AK' },
  { by: '999', partner: 'green-anchor', earlier: 0, prefix: 'IK' },
])
  t.test(`X12: one ${by} with TA1`, { timeout: 120_000 }, async (t) => {
    const sender = partner.toUpperCase().replace('-', '');
    const accepted = readFileSync(join(root, 'test/cases/x12-accepted/input.x12'), 'latin1');
    const text = accepted.replace('BLUEANCHOR     ', sender.padEnd(15)).replace('*BLUEANCHOR*', `*${sender}*`);
    const [from, to] = [text.indexOf('ST*'), text.indexOf('GE*')];
    const messages = Array.from({ length: many }, (_, i) => {
      const number = String(i + 1).padStart(4, '0');
      const message = text.slice(from, to).replaceAll('0001~', `${number}~`).replaceAll('BAL2609', `BAL${number}`);
      return x12Faults.find(({ at }) => at === i + 1)?.change(message) ?? message;
    });
    const body = Buffer.from(text.slice(0, from) + messages.join('') + text.slice(to).replace('GE*1', `GE*${many}`), 'latin1');
    const headers = { authorization: `Bearer demo-${partner}`, prefer: 'wait=60' };
    const { json } = await gateway.call(undefined, 'POST', '/v1/interchanges', { body, headers });
    t.same(await fates(json.id), { rejected: x12Faults.map(({ at }) => at), sent: many - x12Faults.length });

    const segments = (await answerOf(partner, earlier)).split('~').filter((segment) => /^(TA1|AK|IK)/.test(segment));
    t.match(segments[0], /^TA1\*000000438\*260914\*0930\*A\*000$/);
    t.equal(segments.at(-1), `AK9*P*${many}*${many}*${many - x12Faults.length}`);
    const sets = segments.join('~').split(/~(?=AK2\*)/).slice(1); // prettier-ignore
    t.equal(sets.length, many, 'each set is named');
    const rejected = sets.filter((set) => set.includes(`${prefix}5*R`)).map((set) => set.replace(/~AK9.*/, '').split('~'));
    t.same(
      rejected.map(([ak2, ...told]) => [Number(ak2?.split('*')[2]), told]),
      x12Faults.map(({ at, told }) => [at, told.map((segment) => segment.replace('AK', prefix))]),
    );
  });
