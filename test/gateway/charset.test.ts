import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { translate, type Output } from '../../src/gateway/translation/translate.ts';
import type { OutEncoding } from '../../src/partners/partner.ts';
import type { Configuration } from '../../src/partners/config.ts';
import { encode, type AgreedCharsets, type Encoding } from '../../src/syntax/charset.ts';
import { library } from '../library.ts';
import { root } from '../root.ts';

await library.loadSchemas();
const loaded = loadConfigurationFolder(join(root, 'samples/gateway'), library).configuration!;
const sample = readFileSync(join(root, 'samples/two-bills/input.edi'), 'latin1');
const name = '功許貿易股份有限公司'; // the second bytes of 功 and 許 look like a reverse solidus in Big5
const consignee = /(NAD\+CN\+[^']*?\+\+)([^+':]+)/;

/** The sample with a consignee of that name, its bytes in an encoding, whatever it declares. */
function input(encoding: Encoding, label = 'UNOA'): Buffer {
  const [before = '', after = ''] = sample
    .replace(/UNO[A-Z]:3/, `${label}:3`)
    .replace(consignee, '$1\x00')
    .split('\x00');
  const bytes = encode(encoding, name);
  if (!bytes.ok) throw new Error(`${encoding} has no ${bytes.character}`);
  return Buffer.concat([Buffer.from(before, 'latin1'), bytes.bytes, Buffer.from(after, 'latin1')]);
}

function agreed(charsets: AgreedCharsets, out?: OutEncoding): Configuration {
  const edifact = { ...loaded.agencies.find(({ id }) => id === 'customs')!, ...(out && { map: 'un/cuscar/d95b', encoding: out }) };
  return {
    ...loaded,
    agencies: [edifact, ...loaded.agencies.filter(({ id }) => id !== 'customs')],
    partners: loaded.partners.map((each) => ({ ...each, agreement: { ...each.agreement, charsets } })),
  };
}

function outputFor(bytes: Buffer, configuration: Configuration): Output {
  const made = translate({ id: '01JD0000000000000000000001', partner: 'blue-anchor', receivedAt: '2026-11-21T08:30:00.000Z', bytes }, library, configuration);
  return made.interchanges[0]!.messages[0]!.outputs.find(({ agency }) => agency === 'customs')!;
}

t.test('what was agreed decides how text is read, into XML', (t) => {
  for (const encoding of ['big5', 'cp950', 'gbk', 'gb18030'] as const) {
    const { bytes, fate } = outputFor(input(encoding), agreed({ UNOA: encoding }));
    t.ok(
      Buffer.from(bytes as Uint8Array)
        .toString('utf8')
        .includes(`>${name}<`),
      encoding,
    );
    t.equal(fate, 'deliver');
  }
  t.notOk(
    Buffer.from(outputFor(input('big5'), agreed({ UNOB: 'big5' })).bytes as Uint8Array)
      .toString('utf8')
      .includes(name),
    'and only of the label it was agreed for',
  );
  t.end();
});

t.test('an agency gets the charset it reads', (t) => {
  for (const charset of ['big5', 'gb18030'] as const) {
    const { bytes, fate, findings } = outputFor(input('big5'), agreed({ UNOA: 'big5' }, { identifier: 'UNOB', charset }));
    const written = encode(charset, name);
    t.ok(written.ok && Buffer.from(bytes as Uint8Array).includes(Buffer.concat([Buffer.from('+'), written.bytes, Buffer.from('+')])), charset);
    t.equal(fate, 'deliver', JSON.stringify(findings.map(({ code }) => code)));
  }
  t.end();
});

t.test('what it cannot be given is said: the character, where it would stand, and where it came from', (t) => {
  const { fate, findings } = outputFor(input('big5'), agreed({ UNOA: 'big5' }, { identifier: 'UNOC' }));
  t.equal(fate, 'failed');
  const found = findings.filter(({ code }) => code === 'EDIFACT_UNENCODABLE');
  t.equal(found.length, Array.from(name).length);
  t.match(found[1], {
    args: { character: '許', position: '2' },
    data: { edi: { tag: 'NAD', message: 1, element: 5 } },
    cause: { code: 'MAP_STATED', data: { edi: { tag: 'NAD' } } },
  });
  t.end();
});

t.test('CONTRL and reports of errors are written as the partner agreed: syntax identifier, charset, separators', (t) => {
  const answered = (change: (text: string) => string, encoding?: OutEncoding): ReturnType<typeof translate>['interchanges'][number] => {
    const configuration: Configuration = {
      ...loaded,
      partners: loaded.partners.map((each) => ({
        ...each,
        agreement: {
          ...each.agreement,
          contrl: 'always',

          errors: [{ map: 'un/aperak/d96a', codes: { other: '12' } }],
          ...(encoding && { encoding }),
        },
      })),
    };
    const bytes = Buffer.from(change(sample), 'latin1');
    return translate({ id: '01JD0000000000000000000001', partner: 'blue-anchor', receivedAt: '2026-11-21T08:30:00.000Z', bytes }, library, configuration)
      .interchanges[0]!;
  };
  const plain = answered((text) => text);
  t.match(Buffer.from(plain.reply!).toString('latin1'), /^(UNA:\+\.\? ')?UNB\+UNOC:3\+/, 'as it writes itself, where nothing was agreed');
  const service = ':|.\\ ~';
  const agreed = answered((text) => text, { identifier: 'UNOB', charset: 'big5', service });
  t.match(Buffer.from(agreed.reply!).toString('latin1'), /^UNA:\|\.\\ ~UNB\|UNOB:3\|PORTOLAN\|BLUEANCHOR\|261121:0830\|/);
  const seen: string[] = [];
  readBytes(library, agreed.reply!, { message: ({ header }) => void seen.push(header.type), interchangeEnd: () => undefined }, { charsets: { UNOB: 'big5' } });
  t.same(seen, ['CONTRL'], 'our own reader reads it');
  const wrong = answered((text) => text.replace(/DTM\+137:\d{6}/, 'DTM+137:202613'), { identifier: 'UNOB', service });
  t.match(Buffer.from(wrong.errors!.bytes).toString('latin1'), /^UNA:\|\.\\ ~UNB\|UNOB:3\|.*~UNH\|1\|APERAK:D:96A:UN~/);
  t.end();
});

t.test('X12 of a partner with whom Big5 was agreed: a second byte that is `~` or `|` splits nothing', (t) => {
  // The terminator is the second byte of 業, the component separator that of 育; both stand at the end of an element too.
  const shipper = '業務育業';
  const made = encode('big5', shipper);
  if (!made.ok) throw new Error('Big5 has these');
  t.ok(
    [0x7e, 0x7c].every((byte) => made.bytes.includes(byte)),
    'the bytes are there',
  );
  const [before = '', after = ''] = readFileSync(join(root, 'test/cases/x12-accepted/input.x12'), 'latin1')
    .replace('*P*>~', '*P*|~')
    .split('ALSTER WERKZEUGBAU GMBH');
  const bytes = Buffer.concat([Buffer.from(before, 'latin1'), made.bytes, Buffer.from(after, 'latin1')]);
  const { interchanges } = translate({ id: '01JD0000000000000000000001', partner: 'blue-anchor', receivedAt: '2026-11-21T08:30:00.000Z', bytes }, library, agreed({ '*': 'big5' })); // prettier-ignore
  const { messages, findings } = interchanges[0]!;
  t.same([...findings, ...messages[0]!.findings].filter(({ code }) => code.startsWith('X12_')), []); // prettier-ignore
  t.match(Buffer.from(messages[0]!.canonical as Uint8Array).toString(), shipper, 'it is read as it was meant, to the end of the set');
  t.match(messages[0]!.atoms, { lost: 0 });
  t.end();
});
