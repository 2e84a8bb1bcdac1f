import { randomBytes } from 'node:crypto';
import { XmlDocument, type XmlElement } from 'libxml2-wasm';
import t, { type Test } from 'tap';
import type { Handed, Parcel } from '../../../src/channels/channel.ts';
import { soap, type SoapSettings } from '../../../src/channels/soap/soap.ts';
import { answering, bodyOf, never, parcelOf, serve, surroundings } from '../push/fixture.ts';

type Template = Omit<SoapSettings, 'url'>;
const namespaces = { s: 'http://www.w3.org/2003/05/soap-envelope', o: 'http://schemas.xmlsoap.org/soap/envelope/', x: 'urn:x', d: 'urn:d', w: 'urn:w' };

async function send(t: Test, settings: SoapSettings, parcel = parcelOf('<Declaration/>'), secrets: Record<string, string> = {}): Promise<Handed> {
  const channel = soap.outgoing!(settings, 'de', surroundings(secrets));
  t.teardown(() => channel.close());
  return channel.send(parcel, never);
}

/** What a real server gets. */
async function received(t: Test, template: Template, parcel: Parcel, secrets: Record<string, string> = {}) {
  let seen = { headers: {} as NodeJS.Dict<string | string[]>, body: Buffer.alloc(0) as Buffer };
  const url = await serve(t, (request, response) => {
    void bodyOf(request).then((body) => {
      seen = { headers: request.headers, body };
      response.writeHead(202).end();
    });
  });
  t.match(await send(t, { url, ...template }, parcel, secrets), { state: 'delivered' });
  t.equal(seen.body.length, Number(seen.headers['content-length']));
  return seen;
}

/** An implementation that is not ours reads it. */
function element(xml: Buffer, xpath: string): XmlElement | undefined {
  const document = XmlDocument.fromBuffer(xml);
  return (document.get(xpath, namespaces) as XmlElement | null) ?? undefined;
}

const submit = (document: 'inline' | 'base64' | 'mtom' | 'swa'): Template => ({
  action: 'urn:x/submit',
  header: [
    { element: 'To', namespace: 'urn:w', attributes: { 'xmlns:s': namespaces.s, 's:mustUnderstand': 'true' }, value: 'urn:{party}?<&"' },
    { element: 'Security', namespace: 'urn:w', children: [{ element: 'Password', secret: { env: 'PASSWORD' } }] },
  ],
  body: [
    {
      element: 'Submit',
      namespace: 'urn:x',
      children: [{ element: 'Id', value: '{delivery}/{attempt}' }, { element: 'Content', document }, { element: 'End' }],
    },
  ],
});

t.test('the envelope around a document that stands in it as XML', async (t) => {
  const table: readonly (readonly [what: string, document: string, expected: string])[] = [
    [
      'with a declaration',
      '<?xml version="1.0" encoding="UTF-8"?>\n<!-- a --><Doc xmlns="urn:d"><A b="é">ü</A></Doc>\n',
      '<Doc xmlns="urn:d"><A b="é">ü</A></Doc>\n',
    ],
    ['with a byte order mark', '\uFEFF<Doc xmlns="urn:d"/>', '<Doc xmlns="urn:d"/>'],
    ['of no namespace, which is not to take ours', '<Doc a="xmlns=\'x\'"><A/></Doc>', '<Doc xmlns="" a="xmlns=\'x\'"><A/></Doc>'],
    ['of a prefixed namespace, with children of none', '<d:Doc xmlns:d="urn:d"><A/></d:Doc>', '<d:Doc xmlns="" xmlns:d="urn:d"><A/></d:Doc>'],
    ['as one empty tag', '<Doc/>', '<Doc xmlns=""/>'],
  ];
  for (const [what, document, expected] of table) {
    for (const step of [1, 3, 65_536]) {
      const bytes = Buffer.from(document);
      const chunks = async function* () {
        for (let i = 0; i < bytes.length; i += step) yield await Promise.resolve(bytes.subarray(i, i + step));
      };
      const { body } = await received(t, submit('inline'), parcelOf(document, { chunks }), { PASSWORD: 'a<b\n' });
      t.match(body.toString(), `<Content>${expected}</Content><End/></Submit></Body></soap:Envelope>`, `${what}, in pieces of ${step}`);
      t.ok(element(body, expected.includes('urn:d') ? '//x:Content/d:Doc' : '//x:Content/Doc'), `${what}: its namespace is its own`);
      if (expected.includes('<A/>')) t.ok(element(body, '//A'), 'as is that of its children');
    }
  }
  const { body, headers } = await received(t, submit('inline'), parcelOf('<Doc/>', { attempt: 2 }), { PASSWORD: 'a<b\n' });
  t.equal(headers['content-type'], 'application/soap+xml; charset=utf-8; action="urn:x/submit"');
  t.equal(element(body, '/s:Envelope/s:Header/w:To[@s:mustUnderstand="true"]')?.content, 'urn:de?<&"');
  t.equal(element(body, '/s:Envelope/s:Header/w:Security/w:Password')?.content, 'a<b');
  t.equal(element(body, '/s:Envelope/s:Body/x:Submit/x:Id')?.content, `${parcelOf('').delivery}/2`);
});

t.test('SOAP 1.1, the document alone in the body', async (t) => {
  const { body, headers } = await received(
    t,
    { version: '1.1', action: 'urn:x/submit', body: 'document' },
    parcelOf('<?xml version="1.0"?><Doc xmlns="urn:d"/>'),
  );
  t.match(headers, { 'content-type': 'text/xml; charset=utf-8', soapaction: '"urn:x/submit"' });
  t.ok(element(body, '/o:Envelope/o:Body/d:Doc'));
});

t.test('Base64, XOP and attachments carry any bytes', async (t) => {
  const bytes = randomBytes(200_001);
  const secrets = { PASSWORD: 'p' };
  const odd = async function* () {
    for (const size of [1, 4, 100_000, bytes.length]) yield await Promise.resolve(bytes.subarray(size === 1 ? 0 : size === 4 ? 1 : size === 100_000 ? 4 : 100_000, size));
  };
  const parcel = parcelOf(bytes, { chunks: odd, media: 'application/edifact' });
  const inside = await received(t, submit('base64'), parcel, secrets);
  t.same(Buffer.from(element(inside.body, '//x:Content')!.content, 'base64'), bytes);

  for (const [placing, type, reference] of [['mtom', 'application/xop+xml', '//x:Content/*[local-name()="Include"]/@href'], ['swa', 'application/soap+xml', '//x:Content/text()']] as const) {
    const { body, headers } = await received(t, submit(placing), parcel, secrets);
    const media = String(headers['content-type']);
    t.match(media, `multipart/related; `);
    t.match(media, `type="${type}"`);
    const [, boundary] = /boundary="([^"]+)"/.exec(media)!;
    const text = body.toString('latin1');
    const parts = text.split(`--${boundary}`).slice(1, -1).map((part) => part.replace(/^\r\n|\r\n$/g, ''));
    t.equal(parts.length, 2, 'two parts');
    const [root, attachment] = parts.map((part) => ({ head: part.slice(0, part.indexOf('\r\n\r\n')), body: Buffer.from(part.slice(part.indexOf('\r\n\r\n') + 4), 'latin1') }));
    const document = XmlDocument.fromBuffer(root!.body);
    const cid = document.get(reference, namespaces)!.content;
    t.match(attachment!.head, `Content-ID: <${cid.replace(/^cid:/, '')}>`, `${placing}: the reference names the part`);
    t.match(attachment!.head, 'Content-Type: application/edifact');
    t.same(attachment!.body, bytes, `${placing}: byte for byte`);
  }
}); // prettier-ignore

t.test('what cannot stand in an envelope is not sent', async (t) => {
  const url = await serve(t, answering(200));
  const settings = { url, ...submit('inline') };
  const table: readonly (readonly [string, Buffer, RegExp])[] = [
    ['no XML', Buffer.from("UNB+UNOA:1'"), /no XML/],
    ['what would end the envelope', Buffer.from('<a/></Content></Submit>'), /no XML/],
    ['a document type', Buffer.from('<!DOCTYPE a><a/>'), /no XML/],
    ['cut short', Buffer.from('<a><b/>'), /no XML/],
    ['in Latin-1', Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>', 'latin1'), /UTF-8/],
    ['a first tag of 70 KB', Buffer.from(`<a b="${'x'.repeat(70_000)}"/>`), /too long|no XML/],
  ];
  for (const [what, bytes, reason] of table)
    t.match(await send(t, settings, parcelOf(bytes), { PASSWORD: 'p' }), { state: 'failed', code: 'SEND_CONTENT', reason }, what);
  t.match(await send(t, settings), { state: 'failed', code: 'SEND_SETTINGS', reason: /PASSWORD/ });
  t.match(await send(t, { url, body: [{ element: 'a' }] }), { state: 'failed', code: 'SEND_SETTINGS', reason: /0 places/ });
});

t.test('what an envelope that comes back means', async (t) => {
  const soap12 = (body: string): string => `<e:Envelope xmlns:e="${namespaces.s}"><e:Body>${body}</e:Body></e:Envelope>`;
  const soap11 = (body: string): string =>
    `<?xml version="1.0"?><soap:Envelope xmlns:soap="${namespaces.o}"><soap:Header/><soap:Body>${body}</soap:Body></soap:Envelope>`;
  const fault12 = (code: string, sub = ''): string =>
    soap12(`<e:Fault><e:Code><e:Value>e:${code}</e:Value>${sub}</e:Code><e:Reason><e:Text xml:lang="en">why &amp; how</e:Text></e:Reason></e:Fault>`);
  const fault11 = (code: string): string =>
    soap11(`<soap:Fault><faultcode>soap:${code}</faultcode><faultstring>why</faultstring><detail><x>1</x></detail></soap:Fault>`);
  const parts = (root: string): string => `--b\r\nContent-Type: application/xop+xml\r\n\r\n${root}\r\n--b\r\n\r\nother\r\n--b--\r\n`;
  const related = { 'content-type': 'multipart/related; type="application/xop+xml"; boundary=b' };
  const result = soap12('<r:Result xmlns:r="urn:r"><r:Status>OK</r:Status></r:Result>');
  const accepted = { element: 'Status', values: ['OK', 'QUEUED'] };
  type Row = readonly [
    what: string,
    status: number,
    body: string,
    expected: Partial<Handed>,
    headers?: Record<string, string>,
    accepted?: SoapSettings['accepted'],
  ];
  const table: readonly Row[] = [
    ['an answer', 200, result, { state: 'delivered' }],
    ['a fault of ours', 400, fault12('Sender'), { state: 'failed', code: 'SEND_REFUSED', reason: 'Sender: why & how' }],
    ['the same with 500', 500, fault11('Client'), { state: 'failed', code: 'SEND_REFUSED', reason: 'Client: why' }],
    ['the same with 200', 200, fault11('Client.Data'), { state: 'failed', code: 'SEND_REFUSED', reason: 'Client.Data: why' }],
    ['a fault of theirs', 500, fault12('Receiver'), { state: 'failed', code: 'SEND_BUSY' }],
    ['the same with a time', 503, fault11('Server'), { state: 'failed', code: 'SEND_BUSY', retryAfter: 7 }, { 'retry-after': '7' }],
    ['not let in', 500, fault12('Sender', '<e:Subcode><e:Value xmlns:w="urn:w">w:FailedAuthentication</e:Value></e:Subcode>'), { state: 'failed', code: 'SEND_AUTH' }],
    ['not let in, as in 1.1', 500, fault11('Client.Authentication'), { state: 'failed', code: 'SEND_AUTH' }],
    ['a header that is not understood', 500, fault12('MustUnderstand'), { state: 'failed', code: 'SEND_SETTINGS' }],
    ['another version', 500, fault11('VersionMismatch'), { state: 'failed', code: 'SEND_SETTINGS' }],
    ['no envelope, with 200', 200, '<html/>', { state: 'failed', code: 'SEND_ANSWER' }],
    ['half an envelope, with 200', 200, result.slice(0, -10), { state: 'failed', code: 'SEND_ANSWER' }],
    ['no envelope, with 502', 502, '<html>', { state: 'failed', code: 'SEND_BUSY' }],
    ['an element called Fault that is none', 200, soap12('<Fault xmlns="urn:r"><Code>x</Code></Fault>'), { state: 'delivered' }],
    ['taken, as agreed', 200, result, { state: 'delivered' }, {}, accepted],
    ['not taken', 200, result.replace('OK', 'NO'), { state: 'failed', code: 'SEND_REFUSED', reason: 'Status is NO' }, {}, accepted],
    ['not said', 200, soap12('<a/>'), { state: 'failed', code: 'SEND_ANSWER', reason: 'it has no Status' }, {}, accepted],
    ['in the first of several parts', 200, parts(result), { state: 'delivered' }, related, accepted],
    ['a fault in the first of several parts', 500, parts(fault12('Sender')), { state: 'failed', code: 'SEND_REFUSED' }, related],
  ]; // prettier-ignore
  for (const [what, status, body, expected, headers, accepted] of table) {
    const url = await serve(t, answering(status, headers, body));
    const handed = await send(t, { url, body: 'document', ...(accepted && { accepted }) });
    t.match(handed, expected, what);
    t.same(handed.state !== 'sent' && handed.proof?.bytes, Buffer.from(body), `${what}: kept`);
  }
});
