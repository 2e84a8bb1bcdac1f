import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import { translate, type Translation } from '../../src/gateway/translation/translate.ts';
import type { Configuration } from '../../src/partners/config.ts';
import type { Agreement } from '../../src/partners/partner.ts';
import { library } from '../library.ts';
import { root } from '../root.ts';

// Acknowledgements are never answered: two gateways that answered each other's would never end. Here all that we answer to all of `test/cases` comes back to
// us from somebody who agreed on every acknowledgement that there is, whole and damaged.

await library.loadSchemas();
const loaded = loadConfigurationFolder(join(root, 'samples/gateway'), library).configuration!;

const everything = (groups: '997' | '999'): Partial<Agreement> => ({
  contrl: 'always',
  x12: { interchange: 'always', groups },
  fna: 'always',
  notice: { map: 'iata/xfnm/3', when: 'always' },
});
const reports: Partial<Agreement> = { errors: ['un/aperak/d96a', 'x12/824/4010'].map((map) => ({ map, codes: { other: '12' } })) };

/** Who agreed on what: the carrier that sends to us, and we ourselves as those who answer would see us. */
function configured(agreement: Partial<Agreement>): Configuration {
  const [first] = loaded.partners;
  const agreed = { ...first!.agreement, ...agreement };
  const carrier = { ...first!, agreement: agreed };
  return {
    ...loaded,
    gateway: { ...loaded.gateway, identities: [] },
    partners: [carrier, { ...carrier, id: 'ourselves', identities: [{ id: 'PORTOLAN' }] }],
  };
}

const send = (partner: string, bytes: Uint8Array, configuration: Configuration): Translation =>
  translate({ id: '01JD0000000000000000000001', partner, receivedAt: '2026-11-21T08:30:00.000Z', bytes }, library, configuration);

const repliesOf = ({ interchanges }: Translation): Uint8Array[] => interchanges.flatMap(({ reply }) => reply ?? []);
const reportsOf = ({ interchanges }: Translation): Uint8Array[] => interchanges.flatMap(({ errors }) => errors?.bytes ?? []);

const folder = join(root, 'test/cases');
const inputs = readdirSync(folder).map((name) => {
  const file = readdirSync(join(folder, name)).find((each) => each.startsWith('input.'))!;
  return { name, bytes: readFileSync(join(folder, name, file)) };
});
const answers = (['997', '999'] as const).flatMap((groups) => {
  const configuration = configured(everything(groups));
  const answered = groups === '997' ? inputs : inputs.filter(({ name }) => name.startsWith('x12-'));
  return answered.flatMap(({ name, bytes }) => repliesOf(send('blue-anchor', bytes, configuration)).map((reply) => ({ name, configuration, reply })));
});

t.test('there is an answer of every kind', (t) => {
  const kinds = {
    CONTRL: /\+CONTRL:D:3/,
    'CONTRL 4': /\+CONTRL:4:1/,
    TA1: /~TA1\*/,
    997: /~ST\*997/,
    999: /~ST\*999/,
    FNA: /^FNA/m,
    FMA: /^FMA/m,
    XFNM: /<Response /,
  };
  for (const [kind, shape] of Object.entries(kinds))
    t.ok(
      answers.some(({ reply }) => shape.test(Buffer.from(reply).toString('latin1'))),
      kind,
    );
  t.end();
});

t.test('none of them is answered, nor reported on', (t) => {
  for (const { name, configuration, reply } of answers) {
    const back = send('ourselves', reply, configuration);
    t.same([repliesOf(back).length, reportsOf(back).length], [0, 0], name);
  }
  t.end();
});

/** What makes it an acknowledgement stays: envelopes and headers, the line or element that begins it. */
const pieces = (text: string): RegExp => (text.startsWith('<?xml') ? /<(ID|Reason|ConditionCode)( [^>]*)?>[^<]*<\/\1>/g : text.startsWith('F') ? /^\/.*\r\n/gm : /\b(UC[IFMSD]|UNT|[AI]K[1-9]|SE|TA1)[+*][^'~]*['~]/g); // prettier-ignore

t.test('nor where something of it is missing, twice or other than it should be', (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...answers.filter(({ reply }) => pieces(Buffer.from(reply).toString('latin1')).test(Buffer.from(reply).toString('latin1')))),
      fc.nat(),
      fc.constantFrom('missing', 'twice', 'other'),
      ({ configuration, reply }, at, damage) => {
        const text = Buffer.from(reply).toString('latin1');
        const found = [...text.matchAll(pieces(text))];
        const { index, 0: piece } = found[at % found.length]!;
        const instead = { missing: '', twice: piece + piece, other: piece.replace(/(?<=[+*>/].*)\d/g, 'X') }[damage];
        // A TA1 that is not there leaves an interchange without anything in it, and that is answered.
        if (damage === 'missing' && piece.startsWith('TA1')) return true;
        const back = send('ourselves', Buffer.from(text.slice(0, index) + instead + text.slice(index + piece.length), 'latin1'), configuration);
        return repliesOf(back).length === 0 && reportsOf(back).length === 0;
      },
    ),
    { numRuns: 150 },
  );
  t.end();
});

t.test('a report of errors of content is answered for its syntax alone: never by a report', (t) => {
  const configuration = configured({ ...everything('997'), ...reports });
  const made = inputs.flatMap(({ bytes }) => reportsOf(send('blue-anchor', bytes, configuration)));
  t.ok(made.some((each) => Buffer.from(each).includes('APERAK')) && made.some((each) => Buffer.from(each).includes('ST*824')));
  for (const report of made) {
    const text = Buffer.from(report).toString('latin1');
    t.same(reportsOf(send('ourselves', report, configuration)).length, 0);
    const broken = text.replace(/(DTM\+137:)\d/, '$1X').replace(/(BGN\*11\*[^*]*\*)\d/, '$19');
    const back = send('ourselves', Buffer.from(broken, 'latin1'), configuration);
    t.same(reportsOf(back).length, 0);
    t.ok(repliesOf(back).length > 0, 'the syntax is acknowledged');
  }
  t.end();
});
