import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SaxesParser } from 'saxes';
import t from 'tap';
import { sentence, type Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { atomKey, type MessageHeader, type Unit } from '../../../src/syntax/unit.ts';
import { xmlReader, type XmlReaderOptions } from '../../../src/syntax/xml/reader.ts';
import { shared } from '../../root.ts';

interface Reading {
  readonly units: string[];
  readonly findings: Diagnostic[];
  readonly header: MessageHeader | undefined;
  readonly ended: boolean;
}

/** Every unit as a line: kind, position, tag, atoms with their spans. */
function read(chunks: Iterable<Uint8Array>, options: XmlReaderOptions = {}): Reading {
  const units: string[] = [];
  const findings: Diagnostic[] = [];
  let header: MessageHeader | undefined;
  let ended = false;
  const line = (unit: Unit): string => {
    const atoms = Array.from({ length: unit.size }, (_, i) => {
      const { start, end } = unit.place(i);
      return `${unit.name(i) ?? '#'}(${unit.keys[i]! >>> 16})=${JSON.stringify(unit.text(i))}@${start}-${end}`;
    });
    return `${unit.kind} ${unit.position} ${unit.tag} ${unit.place().xpath} ${unit.place().start}-${unit.place().end} ${atoms.join(' ')}`.trim();
  };
  const reader = xmlReader(
    {
      unit: (unit) => units.push(line(unit)),
      finding: (found) => findings.push(found),
      message: (found) => (header = found),
      messageEnd: () => (ended = true),
    },
    options,
  );
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return { units, findings, header, ended };
}
const text = (document: string, options?: XmlReaderOptions) => read([Buffer.from(document)], options);
const said = (reading: Reading) => reading.findings.map((f) => `${sentence(f)} @${f.data?.start}`);

t.test('elements become units', (t) => {
  const document = '<?xml version="1.0"?>\n<D xmlns="u:a" a="1"><!-- c --><ID schemeID="x&quot;">4&#50;</ID><E/><F>\n</F><ID>7<![CDATA[<&]]>8</ID></D>\n';
  const { units, findings, header, ended } = text(document);
  t.same(findings, []);
  t.same(units, [
    'open 1 D /D 22-43 a(1)="1"@40-41',
    'leaf 2 ID /D/ID[1] 53-87 schemeID(1)="x\\""@67-74 #(0)="42"@76-82',
    'leaf 3 E /D/E[1] 87-91',
    'leaf 4 F /D/F[1] 91-99', // blanks are no atom
    'leaf 5 ID /D/ID[2] 99-124 #(0)="7<&8"@103-119',
    'close 1 D /D 124-128',
  ]);
  t.match(header, { type: 'D', namespace: 'u:a', index: 1, interchange: { syntax: 'xml', charset: { declared: '', detected: 'UTF-8' } } });
  t.equal(ended, true);
  t.end();
});

t.test('atoms and places', (t) => {
  const atoms: [number, string | undefined, string, string | undefined][] = [];
  const reader = xmlReader(
    {
      unit: (unit) => {
        for (let i = 0; i < unit.size; i++) atoms.push([unit.keys[i]!, unit.name(i), unit.text(i), unit.place(i).xpath]);
      },
    },
    { source: 'x.xml' },
  );
  reader.push(
    Buffer.from(
      '<D xmlns:x="u:x" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="u:x x.xsd"><M unitCode="KGM" x:y="2" e="">18410</M><x:M/></D>',
    ),
  );
  reader.end();
  t.same(atoms, [
    [atomKey(1, 0), 'unitCode', 'KGM', '/D/M[1]/@unitCode'],
    [atomKey(2, 0), '{u:x}y', '2', "/D/M[1]/@*[local-name()='y']"],
    [0, undefined, '18410', '/D/M[1]'],
  ]);
  t.end();
});

t.test('namespaces are resolved; what is foreign to the document says so', (t) => {
  const tags = (document: string) => text(document).units.map((line) => line.split(' ')[2]);
  t.same(tags('<p:D xmlns:p="u:a"><p:I/><I/><I xmlns="u:a"/></p:D>'), ['D', 'I', '{}I', 'I', 'D']);
  t.same(tags('<D xmlns="u:a"><I xmlns="u:b"><J/></I><J/></D>'), ['D', '{u:b}I', '{u:b}J', '{u:b}I', 'J', 'D']);
  t.equal(text('<D xmlns="u:a"><q:I/></D>').findings[0]?.code, 'XML_NAMESPACE');
  t.equal(text('<D xmlns:p=""/>').findings[0]?.code, 'XML_NAMESPACE');
  t.match(said(text('<D xmlns:p="u" xmlns:q="u" p:a="1" q:a="2"/>')), [/`a` stands twice/]);
  t.end();
});

t.test('documents in the body of an envelope are read as if they stood alone', (t) => {
  for (const namespace of ['http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/2003/05/soap-envelope']) {
    const around = (header: string, body: string): string =>
      `<s:Envelope xmlns:s="${namespace}" xmlns:d="urn:d">${header}<s:Body>${body}</s:Body></s:Envelope>`;
    const two = text(around('<s:Header><To>x</To></s:Header>', '<d:Doc><A n="1">7</A></d:Doc>\n<One/>'));
    t.same(two.findings, []);
    t.same(
      two.units.map((line) => line.replace(/@\d+-\d+| \d+-\d+/g, '')),
      [
        'open 5 Doc /Envelope/Body[1]/Doc[1]',
        'leaf 6 {}A /Envelope/Body[1]/Doc[1]/A[1] n(1)="1" #(0)="7"',
        'close 5 Doc /Envelope/Body[1]/Doc[1]',
        'leaf 7 One /Envelope/Body[1]/One[1]',
      ],
      'what the envelope says of its own is none of theirs',
    );
    t.match(two.header, { index: 2, type: 'One', namespace: undefined }, 'each is a message');
    t.equal(text(around('', '')).header, undefined, 'an empty one holds no message');
    t.equal(text(around('', '<s:Fault/>')).header?.type, 'Fault', 'a fault is a message that nobody knows');
  }
  t.equal(text('<Envelope><Body><Doc/></Body></Envelope>').header?.type, 'Envelope', 'what is only called so is a document');
  t.end();
});

t.test('what follows an element is what stands there, whatever followed it before', (t) => {
  const document = '<D><B>1</B><C>2</C><B>3</B><CC>4</CC><B>5</B><C a="6">7</C><B>8</B><C/><B>9</B><C >0</C><B/></D>';
  const { units, findings } = text(document);
  t.same(findings, []);
  const seen = units.map((unit) => unit.replace(/ \/.* \d+-\d+(?= |$)/, '').replace(/@\d+-\d+/g, ''));
  t.same(seen, [
    'open 1 D',
    'leaf 2 B #(0)="1"',
    'leaf 3 C #(0)="2"',
    'leaf 4 B #(0)="3"',
    'leaf 5 CC #(0)="4"',
    'leaf 6 B #(0)="5"',
    'leaf 7 C a(1)="6" #(0)="7"',
    'leaf 8 B #(0)="8"',
    'leaf 9 C',
    'leaf 10 B #(0)="9"',
    'leaf 11 C #(0)="0"',
    'leaf 12 B',
    'close 1 D',
  ]);
  const cut = [...document].map((_, at) => read([Buffer.from(document.slice(0, at)), Buffer.from(document.slice(at))]).units);
  t.ok(
    cut.every((each) => each.join() === units.join()),
    'however it is cut',
  );
  t.end();
});

t.test('a name is another where one letter is, of whatever length', (t) => {
  for (let length = 1; length <= 9; length++) {
    const name = 'abcdefghi'.slice(0, length);
    for (let at = 0; at < length; at++) {
      const other = `${name.slice(0, at)}X${name.slice(at + 1)}`;
      const tags = text(`<D>${`<${name}>1</${name}><${other}/>`.repeat(3)}<${other}></${other}></D>`).units.map((unit) => unit.split(' ')[2]);
      t.same(tags, ['D', name, other, name, other, name, other, other, 'D']);
      const reading = text(`<D><${name}>1</${name}><${name}>1</${other}></D>`);
      t.match(said(reading), [`</${other}>\` closes nothing, \`${name}\` is open`]);
    }
    t.same(text(`<D><${name}/><${name}`).units.length, 2, 'and none that is not whole');
  }
  t.end();
});

t.test('a document is read as if none had been read before it, or were read beside it', (t) => {
  const first = '<D xmlns="u:a" xmlns:p="u:p"><ID>1</ID><p:Name p:a="2">é</p:Name><Line>3</Line></D>';
  const second = '<p:D xmlns:p="u:b"><ID>4</ID><p:Name>5</p:Name><Linear>6</Linear></p:D>';
  const [alone, other] = [text(first), text(second)];
  t.same(text(first), alone, 'again');
  t.same(text('<D><ID>1</ID><Name').units, ['open 1 D /D 0-3', 'leaf 2 ID /D/ID[1] 3-13 #(0)="1"@7-8'], 'a document that is not whole');
  t.same(text(first), alone, 'after it');
  const latin1 = '<?xml version="1.0" encoding="ISO-8859-1"?><D><é>é</é></D>';
  t.match(read([Buffer.from(latin1, 'latin1')]).units[1], 'leaf 2 é /D/é[1]', 'names are those of its charset');
  t.match(text('<D><é>é</é></D>').units[1], 'leaf 2 é /D/é[1]');
  for (const limits of [{ names: 4 }, { nameBytes: 5 }, { tagBytes: 6 }]) {
    const longer = '<D><ID/><Name/><LongName/><ID/></D>';
    t.equal(text(longer).findings.length, 0);
    const sentences = text(longer, { limits }).findings.map(({ code }) => code);
    t.same(sentences, 'names' in limits ? [] : ['XML_LIMIT'], `limits are those of the reader: ${JSON.stringify(limits)}`);
  }
  t.same(text(first, { limits: { names: 7 } }), alone, 'names are counted by document');
  t.same(text(first, { limits: { names: 6 } }).findings.length, 1);
  for (const time of ['once', 'twice']) t.match(said(text('<D><ID/><a:b:c></a:b:c></D>')), [/`a:b:c` is no name @8/], `what is no name is none ${time}`);
  const lent = Buffer.alloc(3);
  const chunks = function* (document: string): Generator<Buffer> {
    const bytes = Buffer.from(document);
    for (let at = 0; at < bytes.length; at += lent.length) yield lent.subarray(0, bytes.copy(lent, 0, at, at + lent.length));
  };
  t.same(read(chunks(first)), alone, 'a chunk is lent: the next stands in its place');
  const beside: Reading[] = [];
  const between = function* (document: string): Generator<Buffer> {
    for (const byte of Buffer.from(document)) {
      if (beside.length < 5) beside.push(text(second));
      yield Buffer.of(byte);
    }
  };
  t.same(read(between(first)), alone, 'others are read meanwhile');
  for (const each of beside) t.same(each, other);
  t.end();
});

t.test('text between elements is an atom, and is reported', (t) => {
  const { units, findings } = text('<D>a<I/> b <I/><!-- --> <J/>c</D>');
  t.same(units, [
    'open 1 D /D 0-4 #(0)="a"@3-4',
    'leaf 2 I /D/I[1] 4-8',
    'leaf 1 #text /D 9-11 #(0)="b "@9-11',
    'leaf 3 I /D/I[2] 11-15',
    'leaf 4 J /D/J[1] 24-28',
    'leaf 1 #text /D 28-29 #(0)="c"@28-29',
    'close 1 D /D 29-33',
  ]);
  t.same(
    findings.map((f) => f.code),
    ['XML_MIXED_TEXT', 'XML_MIXED_TEXT', 'XML_MIXED_TEXT'],
  );
  t.end();
});

t.test('line ends and blanks are what XML makes of them', (t) => {
  t.same(text('<D a="x\r\n\ty"><I>1\r\n2\r3<![CDATA[\r\n]]><?pi?><!-- x -->4</I></D>').units.slice(0, 2), [
    'open 1 D /D 0-13 a(1)="x  y"@6-11',
    'leaf 2 I /D/I[1] 13-57 #(0)="1\\n2\\n3\\n4"@16-53',
  ]);
  t.end();
});

t.test('what is refused, with its place; units before it are kept', (t) => {
  // document, code, place, units
  const cases: [string, string, number, number][] = [
    ['', 'XML_SYNTAX', 0, 0],
    ['  ', 'XML_SYNTAX', 2, 0],
    ['not xml', 'XML_SYNTAX', 0, 0],
    ['<!DOCTYPE D [<!ENTITY e "x">]><D>&e;</D>', 'XML_DOCTYPE', 0, 0],
    ['<?xml version="1.0"?><!-- c --><!DOCTYPE D SYSTEM "file:///etc/passwd"><D/>', 'XML_DOCTYPE', 31, 0],
    ['<D><!ENTITY e "x"></D>', 'XML_SYNTAX', 3, 0],
    ['<D><I>&e;</I></D>', 'XML_ENTITY', 6, 1],
    ['<D><I>&amp</I></D>', 'XML_SYNTAX', 6, 1],
    ['<D><I>&#0;</I></D>', 'XML_ENTITY', 6, 1],
    ['<D><I>&#xD800;</I></D>', 'XML_ENTITY', 6, 1],
    ['<D><I>\u0001</I></D>', 'XML_SYNTAX', 6, 1],
    ['<D><I>]]></I></D>', 'XML_SYNTAX', 6, 1],
    ['<D><I>1</I><J></D>', 'XML_SYNTAX', 14, 2],
    ['<D><I>1</I>', 'XML_SYNTAX', 11, 2],
    ['<D><I>1</I', 'XML_SYNTAX', 7, 1],
    ['<D><I a="1" a="2"/></D>', 'XML_SYNTAX', 12, 0],
    ['<D><I a="1"b="2"/></D>', 'XML_SYNTAX', 11, 0],
    ['<D><I a=1/></D>', 'XML_SYNTAX', 8, 0],
    ['<D><I a/></D>', 'XML_SYNTAX', 6, 0],
    ['<D><I a="<"/></D>', 'XML_SYNTAX', 9, 0],
    ['<D/><D/>', 'XML_SYNTAX', 4, 1],
    ['<D/>text', 'XML_SYNTAX', 4, 1],
    ['<D><!-- a -- b --></D>', 'XML_SYNTAX', 10, 0],
    ['<D><!-- a --', 'XML_SYNTAX', 3, 0],
    ['<D><!--></D>', 'XML_SYNTAX', 3, 0],
    ['<D><!-- \t\u0001 --></D>', 'XML_SYNTAX', 9, 0],
    ['<D><!-- \u0001 -- b --></D>', 'XML_SYNTAX', 10, 0],
    ['<D><a:b:c/></D>', 'XML_SYNTAX', 3, 0],
    ['<D><×/></D>', 'XML_SYNTAX', 3, 0], // a letter is needed
    ['<D a×="1"/>', 'XML_SYNTAX', 3, 0],
    ['<D><?a×?></D>', 'XML_SYNTAX', 3, 0],
    ['<D><?a:b c?></D>', 'XML_SYNTAX', 3, 0], // Namespaces 1.0, 7
    ['<D><I>1</I>\ufffe</D>', 'XML_CHARSET', 11, 2],
    ['<D a="\uffff"/>', 'XML_CHARSET', 6, 0],
    ['<D>< I/></D>', 'XML_SYNTAX', 3, 0],
    [' <?xml version="1.0"?><D/>', 'XML_SYNTAX', 1, 0],
    ['<?xml encoding="UTF-8"?><D/>', 'XML_SYNTAX', 0, 0],
    ['<?xml version="1.0" encoding="EBCDIC-CP-US"?><D/>', 'XML_CHARSET', 0, 0],
  ];
  for (const [document, code, at, units] of cases) {
    const reading = text(document);
    t.same(
      [reading.findings.length, reading.findings[0]?.code, reading.findings[0]?.data?.start, reading.units.length],
      [1, code, at, units],
      `${document} → ${said(reading).join()}`,
    );
  }
  t.end();
});

t.test('a comment ends where it ends, and what it may not hold is told at its place, however long it is', (t) => {
  for (let length = 1; length <= 13; length++) {
    for (let place = 0; place < length; place++) {
      const holding = (what: string): string =>
        `<D><!--${'é~'.repeat(length).slice(0, place)}${what}${'x\t'.repeat(length).slice(place + 1, length)}--><I/></D>`;
      const at = Buffer.byteLength(holding('\0').split('\0')[0]!);
      for (const allowed of ['-\n', 'y', '>', '\u007f']) t.same(text(holding(allowed)).units.length, 3, holding(allowed));
      for (const refused of ['\u0001', '\u001f', '--x', '-->\u0001']) {
        const start = refused.startsWith('-->') ? at + 3 : at;
        t.same(text(holding(refused)).findings[0]?.data?.start, start, JSON.stringify(holding(refused)));
      }
    }
  }
  t.end();
});

t.test('what UTF-8 can write and XML does not have is told at its place, however it is cut', (t) => {
  const document = Buffer.from('<D>\uf7bf\ufeff\uffbd<I/>\ufffe</D>');
  for (let first = 1; first < document.length; first++) {
    const reading = read([document.subarray(0, first), document.subarray(first, first + 1), document.subarray(first + 1)]);
    t.same(
      said(reading).filter((line) => line.includes('U+FFFE')),
      ['U+FFFE and U+FFFF are no characters of XML @16'],
      `cut at ${first}`,
    );
  }
  t.same(said(text('<Dé·ñ中 à="1"/>')), [], 'names of other letters');
  t.end();
});

t.test('the namespaces of XML itself are declared for no other prefix, and not without one', (t) => {
  const [xml, xmlns] = ['http://www.w3.org/XML/1998/namespace', 'http://www.w3.org/2000/xmlns/'];
  t.same(said(text(`<D xmlns:xml="${xml}"/>`)), []);
  for (const declaration of [
    `xmlns:p="${xmlns}"`,
    `xmlns="${xmlns}"`,
    `xmlns="${xml}"`,
    `xmlns:p="${xml}"`,
    'xmlns:xml="u:a"',
    'xmlns:xmlns="u:a"',
    'xmlns:p=""',
  ])
    t.match(said(text(`<D ${declaration}/>`)), [/declares no (prefix|namespace)/], declaration);
  t.end();
});

t.test('declarations of namespaces and empty attributes are atoms where all are wanted', (t) => {
  const document = '<D xmlns="u:a" xmlns:p="u:p" a="" b="1"/>';
  t.same(text(document).units, ['leaf 1 D /D 0-41 b(2)="1"@37-38']);
  t.same(text(document, { allAttributes: true }).units, ['leaf 1 D /D 0-41 xmlns(1)="u:a"@10-13 xmlns:p(2)="u:p"@24-27 a(3)=""@32-32 b(4)="1"@37-38']);
  t.end();
});

t.test('charsets', (t) => {
  t.same(text('\ufeff<D>é🚢</D>').units, ['leaf 1 D /D 3-16 #(0)="é🚢"@6-12']);
  const latin1 = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><Dé>M\xfcller</Dé>', 'latin1');
  const reading = read([latin1]);
  t.same(reading.units, ['leaf 1 Dé /Dé 43-58 #(0)="Müller"@47-53']);
  t.match(reading.header?.interchange.charset, { declared: 'ISO-8859-1', detected: 'ISO-8859-1' });
  const broken = Buffer.from('<D><I>1</I><I>M\xfcller</I></D>', 'latin1');
  t.match(said(read([broken])), ['byte 0xfc begins no character of UTF-8 @15']);
  t.equal(read([broken]).units.length, 2, 'what stood before is kept');
  t.equal(read([Buffer.from('<D>x</D>', 'utf16le')]).findings[0]?.code, 'XML_CHARSET');
  t.match(said(read([Buffer.from('<D/>\xc3', 'latin1')])), [/text stands outside/]);
  for (const declared of ['US-ASCII', 'ascii']) {
    const prolog = `<?xml version="1.0" encoding="${declared}"?>`;
    const plain = text(`${prolog}<D><I>1</I></D>`);
    t.same([said(plain), plain.header?.interchange.charset], [[], { declared, detected: 'US-ASCII' }]);
    const wide = Buffer.from(`${prolog}<D><I>1</I><I>Mü</I></D>`);
    for (const cut of [wide.length, 1, wide.indexOf('ü'), wide.indexOf('ü') + 1]) {
      const pieces = cut === 1 ? Array.from(wide, (byte) => Buffer.of(byte)) : [wide.subarray(0, cut), wide.subarray(cut)];
      t.match(said(read(pieces)), [`byte 0xc3 is no character of US-ASCII, which is declared @${wide.indexOf('ü')}`], 'a fatal error (XML 1.0, 4.3.3)');
      t.match(read(pieces).units, [/^open/, /#\(0\)="1"/], 'what stood before is kept');
    }
    t.match(said(text(`\ufeff${prolog}<D/>`)), [/begins with the mark of UTF-8/]);
  }
  t.end();
});

t.test('limits hold memory and time', (t) => {
  const deep = '<D>'.repeat(100_000);
  t.match(said(text(deep)), ['more than 100 elements stand in one another @300']);
  t.equal(text(deep).units.length, 100);
  t.match(said(text('<D a="1" b="2" c="3"/>', { limits: { attributes: 2 } })), ['an element has more than 2 attributes @15']);
  t.match(said(text('<D><a/><b/><c/></D>', { limits: { names: 3 } })), ['the document has more than 3 different names @11']);
  t.match(said(text('<D><a/><b/><c/></D>', { limits: { elements: 3 } })), ['the document has more than 3 elements @11']);
  const envelope = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><a/><b/><c/></s:Body></s:Envelope>';
  const two = text(envelope, { limits: { documents: 2 } });
  t.match(said(two), [`the input has more than 2 documents @${envelope.indexOf('<c/>')}`]);
  t.match(two.header, { index: 2, type: 'b' }, 'what is beyond is none');
  t.same(said(text(envelope, { limits: { documents: 3 } })), []);
  t.match(said(text('<D abcdef=""/>', { limits: { nameBytes: 5 } })), ['a name has more than 5 bytes @8']);
  t.match(said(text('<abc:def/>', { limits: { nameBytes: 6 } })), ['a name has more than 6 bytes @7']);
  t.same(said(text('<abcdef a=""/>', { limits: { nameBytes: 6 } })), []);
  const limits = { tagBytes: 20, textBytes: 30 };
  // each at the limit and one above it
  for (const [make, what, first] of [
    [(n: number) => `<D><I>${'x'.repeat(n)}</I></D>`, 30, 6],
    [(n: number) => `<D><I><I/>${'x'.repeat(n)}<I/></I></D>`, 30, 10],
    [(n: number) => `<D><!--${'x'.repeat(n - 7)}--></D>`, 30, 3],
    [(n: number) => `<D><I a="${'x'.repeat(n - 9)}"/></D>`, 20, 3],
  ] as [(n: number) => string, number, number][]) {
    t.notMatch(said(text(make(what), { limits })).join(), /limit|more than/, make(what));
    const above = Buffer.from(make(what + 1));
    t.ok(
      said(read([above], { limits })).some((line) => line.endsWith(`more than ${what} bytes @${first + what}`)),
      make(what + 1),
    );
    for (let cut = 1; cut < above.length; cut++) t.same(read([above.subarray(0, cut), above.subarray(cut)], { limits }), read([above], { limits }));
  }
  // a text that never ends is not kept
  const reader = xmlReader({ finding: (found) => t.equal(found.code, 'XML_LIMIT') }, { limits: { textBytes: 1_000_000 } });
  reader.push(Buffer.from('<D>'));
  const chunk = Buffer.alloc(65_536, 0x78);
  for (let i = 0; i < 1000; i++) reader.push(chunk);
  reader.end();
  t.end();
});

t.test('every cut into two, and byte by byte, gives the same units and findings', (t) => {
  const documents = [
    '\ufeff<?xml version="1.0" encoding="UTF-8"?>\r\n<!-- é --><p:D xmlns:p="u:a" a=\'é&lt;\'><p:I x="1">a&amp;b]]c<![CDATA[]]]]>🚢</p:I> t <E/><F> <![CDATA[ ]]></F><?pi x?></p:D> <!-- end -->\n',
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header><T>x</T></s:Header><s:Body><D><I>1</I></D>\n<E/></s:Body></s:Envelope>',
    '<D><I>1</I>\u0001</D>',
    '<D><!----><I>1<!---a-\tb- - --></I><!-- \u0001 --></D>',
    '<D><I>1]]></I></D>',
    '<D>x<I>&bad;</I></D>',
    '<!DOCTYPE D><D/>',
    '<D><I>1</I></E>',
    '<D><I>1</I',
  ];
  for (const document of [
    ...documents.map((d) => Buffer.from(d)),
    Buffer.from('<D>\xe9</D>', 'latin1'),
    Buffer.from('<?xml version="1.0" encoding="latin1"?><D>\xe9\xe9</D>', 'latin1'),
  ]) {
    const whole = read([document]);
    for (let cut = 1; cut < document.length; cut++) {
      const pieces = read([document.subarray(0, cut), document.subarray(cut)]);
      if (JSON.stringify(pieces) !== JSON.stringify(whole)) {
        t.same(pieces, whole, `cut at ${cut} of ${document.toString()}`);
        break;
      }
    }
    t.same(read(Array.from(document, (byte) => Uint8Array.of(byte))), whole, `byte by byte: ${document.toString()}`);
  }
  t.end();
});

/** Documents of the corpus, as far as they are XML. */
function corpus(): { readonly name: string; readonly bytes: Buffer }[] {
  return ['wco-xml', 'eu-ncts-ics-xml', 'china-manifest-xml', 'cargo-xml'].flatMap((folder) =>
    readdirSync(join(shared!, 'corpus', folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(xml|txt)$/i.test(name))
      .map((name) => ({ name: join(folder, name), bytes: readFileSync(join(shared!, 'corpus', folder, name)) }))
      .filter(({ bytes }) => /^(\xef\xbb\xbf)?\s*</.test(bytes.toString('latin1', 0, 200))),
  );
}

t.test(
  'every XML document of the corpus: as saxes reads it, and the same however it is cut',
  { skip: shared === undefined ? 'the corpus is not here' : false },
  (t) => {
    let [wellFormed, refused] = [0, 0];
    for (const { name, bytes } of corpus()) {
      const whole = read([bytes]);
      const fatal = whole.findings.some((f) => f.severity === 'fatal');
      const oracle = inBody(saxes(bytes.toString('utf8')));
      if (oracle === undefined || fatal) {
        refused++;
        if (oracle !== undefined || !fatal) t.fail(`${name}: ${said(whole).join() || 'read'}, saxes ${oracle ? 'reads it' : 'refuses it'}`);
        continue;
      }
      wellFormed++;
      const events = ours(bytes);
      if (JSON.stringify(events) !== JSON.stringify(oracle)) t.same(events, oracle, name);
      for (const cut of [0.11, 0.37, 0.83].map((share) => Math.floor(share * bytes.length))) {
        const pieces = read([bytes.subarray(0, cut), bytes.subarray(cut)]);
        if (JSON.stringify(pieces) !== JSON.stringify(whole)) {
          t.same(pieces, whole, `${name} cut at ${cut}`);
          break;
        }
      }
    }
    t.comment(`${wellFormed} documents read, ${refused} refused by both`);
    t.ok(wellFormed > 300);
    t.end();
  },
);

/** What stands in the body, where the document is an envelope. */
function inBody(events: readonly string[] | undefined): readonly string[] | undefined {
  return events?.[0] === 'open Envelope ' ? events.slice(events.indexOf('open Body ') + 1, events.lastIndexOf('close Body')) : events;
}

/** Start tags, end tags, attributes and texts without blanks around them, as saxes reports them; undefined where it refuses. */
function saxes(document: string): string[] | undefined {
  const events: string[] = [];
  let pending = '';
  const flush = () => {
    if (pending.trim() !== '') events.push(`text ${pending.trim()}`);
    pending = '';
  };
  const parser = new SaxesParser({ xmlns: true });
  let failed = false;
  parser.on('error', () => (failed = true));
  parser.on('doctype', () => (failed = true));
  parser.on('opentag', (tag) => {
    flush();
    const attributes = Object.values(tag.attributes).filter(
      (a) => a.name !== 'xmlns' && a.prefix !== 'xmlns' && !(/chemaLocation$/.test(a.local) && a.uri.endsWith('XMLSchema-instance')) && a.value !== '',
    );
    events.push(`open ${tag.local} ${attributes.map((a) => `${a.local}=${a.value}`).join()}`);
  });
  parser.on('text', (text) => (pending += text));
  parser.on('cdata', (text) => (pending += text));
  parser.on('closetag', (tag) => {
    flush();
    events.push(`close ${tag.local}`);
  });
  try {
    parser.write(document).close();
  } catch {
    return undefined;
  }
  return failed ? undefined : events;
}

function ours(bytes: Uint8Array): string[] {
  const events: string[] = [];
  const local = (name: string) => name.slice(name.indexOf('}') + 1);
  const reader = xmlReader({
    unit: (unit) => {
      const atoms = Array.from({ length: unit.size }, (_, i) => [unit.name(i), unit.text(i)] as const);
      const texts = atoms.filter(([name, value]) => name === undefined && value.trim() !== '').map(([, value]) => `text ${value.trim()}`);
      if (unit.kind !== 'close' && unit.tag !== '#text')
        events.push(
          `open ${local(unit.tag)} ${atoms
            .filter(([name]) => name !== undefined)
            .map(([name, value]) => `${local(name!)}=${value}`)
            .join()}`,
        );
      events.push(...texts);
      if (unit.kind !== 'open' && unit.tag !== '#text') events.push(`close ${local(unit.tag)}`);
    },
  });
  reader.push(bytes);
  reader.end();
  return events;
}
