import t from 'tap';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import type { MessageHeader, Unit, UnitHandler } from '../../../src/syntax/unit.ts';
import { withHead } from '../../../src/syntax/xml/head.ts';
import { xmlReader } from '../../../src/syntax/xml/reader.ts';

/** What a handler is told, in order, as text. */
function told(
  document: string,
  around: (handler: UnitHandler) => UnitHandler,
  size = document.length,
): { events: string[]; header: MessageHeader | undefined } {
  const events: string[] = [];
  let header: MessageHeader | undefined;
  const unit = (each: Unit): string => {
    const atoms = Array.from({ length: each.size }, (_, i) => `${each.name(i) ?? ''}=${each.text(i)}@${JSON.stringify(each.place(i))}#${each.keys[i]!}`);
    const spans = Array.from({ length: each.size }, (_, i) => Buffer.from(each.bytes.subarray(each.starts[i], each.ends[i])).toString());
    return `${each.kind} ${each.tag} ${each.position} ${each.base + each.start} ${each.base + each.end} ${JSON.stringify(each.place())} ${atoms.join(' ')} ${spans.join('|')}`;
  };
  const reader = xmlReader(
    around({
      interchange: () => void events.push('interchange'),
      message: (each) => {
        header = each;
        events.push(`message ${each.type}`);
      },
      unit: (each) => void events.push(unit(each)),
      finding: ({ code }: Diagnostic) => void events.push(code),
      messageEnd: () => void events.push('message end'),
      interchangeEnd: () => void events.push('interchange end'),
    }),
  );
  const bytes = Buffer.from(document);
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  reader.end();
  return { events, header };
}

const document =
  '<m:Wrap xmlns:m="urn:w" xmlns="urn:d"><m:Kind>é &amp; more</m:Kind>between<Doc a="1"><ID>7</ID><ID>8</ID><Empty/></Doc>' +
  '<Item><N>1</N></Item>'.repeat(40) +
  '</m:Wrap>';

t.test('the header knows the beginning of the document, and nothing else changes', (t) => {
  const plain = told(document, (handler) => handler);
  t.equal(plain.header?.head, undefined);
  for (const size of [document.length, 1, 7]) {
    const { events, header } = told(document, withHead, size);
    t.same(events, plain.events, `in pieces of ${size}`);
    t.same([...header!.head!].slice(0, 6), [
      ['Wrap', ''],
      ['Wrap/Kind', 'é & more'],
      ['Wrap/#text', 'between'],
      ['Wrap/Doc', ''],
      ['Wrap/Doc/ID', '7'],
      ['Wrap/Doc/Empty', ''],
    ]);
  }
  t.end();
});

t.test('a long element is held as it stands', (t) => {
  const long = `<A><B b="${'x'.repeat(40)}">${'y'.repeat(500)} é &lt;</B><C>1</C></A>`;
  t.same(told(long, withHead).events, told(long, (handler) => handler).events);
  t.end();
});

t.test('a head is that of its document, however many have been before it', (t) => {
  const kinds = ['Kind', 'Sort', 'Type'];
  for (let nth = 0; nth < 2000; nth++) {
    const kind = kinds[nth % 3]!;
    const [foreign, own] = nth % 2 === 0 ? ['xmlns:p="urn:p"', 'p:'] : ['', ''];
    const { header } = told(`<Wrap ${foreign}><${kind}>${nth}</${kind}><${own}Doc><${own}N${nth}>1</${own}N${nth}></${own}Doc></Wrap>`, withHead);
    const head = [...header!.head!];
    const expected = [
      ['Wrap', ''],
      [`Wrap/${kind}`, String(nth)],
      ['Wrap/Doc', ''],
      [`Wrap/Doc/N${nth}`, '1'],
    ];
    if (JSON.stringify(head) !== JSON.stringify(expected)) {
      t.same(head, expected, `document ${nth}`);
      break;
    }
    if (nth === 1999) t.pass('two thousand heads');
  }
  t.end();
});

t.test('a document that ends at once, or is broken, is told as it is', (t) => {
  for (const broken of ['<A/>', '<A><B>1</B>', '<A><B>1</C></A>', '', 'x', '<A xmlns="urn:x">'])
    t.same(told(broken, withHead).events, told(broken, (handler) => handler).events, broken);
  t.end();
});
