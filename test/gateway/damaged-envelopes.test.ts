import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import { translate, type TranslatedInterchange, type Translation } from '../../src/gateway/translation/translate.ts';
import type { Configuration } from '../../src/partners/config.ts';
import { library } from '../library.ts';
import { root } from '../root.ts';

// What is answered gives back what stands in the envelope of its subject. Where that is out of order the answer is in order all the same: an
// interchange that could not be answered would be a defect of ours, and nobody would be told what is wrong with it.

await library.loadSchemas();
const loaded = loadConfigurationFolder(join(root, 'samples/gateway'), library).configuration!;
const [carrier] = loaded.partners;
const everything = (groups: '997' | '999'): Configuration => ({
  ...loaded,
  gateway: { ...loaded.gateway, identities: [] },
  partners: [
    {
      ...carrier!,
      agreement: {
        ...carrier!.agreement,
        contrl: 'always',
        x12: { interchange: 'always', groups },
        fna: 'always',
        notice: { map: 'iata/xfnm/3', when: 'always' },
        errors: ['un/aperak/d96a', 'x12/824/4010'].map((map) => ({ map, codes: { other: '12' } })),
      },
    },
  ],
});
const configurations = [everything('997'), everything('999')] as const;

const send = (text: string, configuration: Configuration = configurations[0]): Translation => {
  const bytes = Buffer.from(text, 'latin1');
  return translate({ id: '01JD0000000000000000000001', partner: carrier!.id, receivedAt: '2026-11-21T08:30:00.000Z', bytes }, library, configuration);
};
const textOf = (interchange: TranslatedInterchange | undefined): string => Buffer.from(interchange?.reply ?? '').toString('latin1');

const folder = join(root, 'test/cases');
const inputOf = (name: string): string =>
  readFileSync(
    join(
      folder,
      name,
      readdirSync(join(folder, name)).find((each) => each.startsWith('input.'))!,
    ),
    'latin1',
  );
const edifact = readFileSync(join(root, 'samples/two-bills/input.edi'), 'latin1');
const x12 = inputOf('x12-accepted');

t.test('what stands in an envelope, and what is answered', (t) => {
  const rows: readonly (readonly [what: string, text: string, said: RegExp, unsaid?: RegExp])[] = [
    ['a test indicator that is none', edifact.replace("++++1'", "++++1++T'"), /\+\+\+\+\+\+1'.*UCI\+BA0438001\+BLUEANCHOR\+PORTOLAN\+4\+37\+UNB\+12'/],
    [
      'a reference in letters that its charset has not',
      edifact.replace('UNOC', 'UNOA').replace('+BA0438001', '+B\xc90438001'),
      /^UNB\+UNOC.*UCI\+B\xc90438001\+/,
    ],
    ['a number of a group that is none', x12.replace('*438*X', '*G438*X').replace('GE*1*438', 'GE*1*G438'), /TA1\*000000438\*260914\*0930\*R\*024~/, /AK1/],
    ['a qualifier that is none', x12.replace('*ZZ*BLUEANCHOR', '*^ZZ*BLUEANCHOR'), /^ISA(\*[^*]*){6}\*ZZ\*BLUEANCHOR/],
    ['no kind of a group', x12.replace('GS*AQ*', 'GS**'), /TA1\*000000438\*260914\*0930\*R\*024~/, /AK1/],
    ['no name of a set', x12.replace('ST*309*', 'ST**'), /TA1\*.*\*A\*000~.*AK1\*AQ\*438~AK9\*R\*1\*1\*0/, /AK2/],
  ];
  for (const [what, text, said, unsaid] of rows) {
    const answer = textOf(send(text).interchanges[0]);
    t.match(answer, said, what);
    if (unsaid) t.notMatch(answer, unsaid, what);
  }
  t.end();
});

t.test('of two interchanges in one body the good one is translated, whatever stands in the other', (t) => {
  const { interchanges } = send(edifact.replace("++++1'", "++++1++T'") + edifact.replaceAll('BA0438001', 'BA0438002'));
  t.same(
    interchanges.map(({ messages }) => messages.map(({ state }) => state)),
    [['rejected'], ['translated']],
  );
  t.end();
});

t.test('each group is acknowledged to the application that it came from', (t) => {
  const [head, group, end] = [x12.slice(0, x12.indexOf('GS*')), x12.slice(x12.indexOf('GS*'), x12.indexOf('IEA*')), x12.slice(x12.indexOf('IEA*'))];
  const from = (application: string, number: string): string =>
    group.replace('GS*AQ*BLUEANCHOR*', `GS*AQ*${application}*`).replace('*438*X', `*${number}*X`).replace('GE*1*438', `GE*1*${number}`);
  const body = head + from('ONE', '438') + from('ONE', '439') + from('TWO', '440') + end.replace('IEA*1', 'IEA*3');
  for (const configuration of configurations) {
    const answer = textOf(send(body, configuration).interchanges[0]);
    t.same(
      [...answer.matchAll(/GS\*FA\*PORTOLAN\*(\w+)|AK1\*AQ\*(\d+)/g)].map(([, application, number]) => application ?? number),
      ['ONE', '438', '439', 'TWO', '440'],
    );
    t.match(answer, /IEA\*2\*/);
  }
  t.end();
});

t.test('a report of errors names what has a name, and is sent where it has none that fits', (t) => {
  const unknown = inputOf('x12-set-unknown');
  for (const [text, named] of [
    [unknown, /OTI\*TR\*TN\*0001\*/],
    [unknown.replace('ISA*', 'ISA*0').replace('ST*810*', `ST*810*${'A'.repeat(40)}`), /OTI\*TR\*TN\*1\*/],
  ] as const)
    t.match(Buffer.from(send(text).interchanges[0]?.errors?.bytes ?? '').toString('latin1'), named);
  t.end();
});

const inputs = readdirSync(folder)
  .map(inputOf)
  .filter((text) => text.length < 6_000);
const pieces = [
  "'",
  '+',
  ':',
  '?',
  '*',
  '~',
  '^',
  '>',
  '|',
  '\n',
  '\xe9',
  '\0',
  '\x1c',
  'UNB',
  "UNZ+1+1'",
  "UNT+1+1'",
  'UNG',
  'ST*',
  'SE*1*0001~',
  'GS*',
  '0',
  'X',
  'A'.repeat(40),
  '++',
  '**',
];

t.test('law: whatever is damaged in an envelope, it is answered in order or not at all', (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...inputs),
      fc.array(fc.tuple(fc.nat(250), fc.nat(3), fc.constantFrom('', ...pieces)), { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (input, changes, late) => {
        const text = changes.reduce((before, [at, left, instead]) => before.slice(0, at) + instead + before.slice(at + left), input);
        send(text, configurations[late ? 1 : 0]);
      },
    ),
    { numRuns: Number(process.env['PORTOLAN_RUNS'] ?? 400), seed: Number(process.env['PORTOLAN_SEED'] ?? 1) },
  );
  t.end();
});
