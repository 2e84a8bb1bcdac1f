import t from 'tap';
import { sentence } from '../../src/diagnostics/diagnostic.ts';
import { detectSyntax } from '../../src/syntax/detect.ts';
import { mislabelled, type Label } from '../../src/syntax/label.ts';
import { nestedSyntaxes, segmentedSyntaxes, type Syntax } from '../../src/syntax/unit.ts';

/** What each syntax begins with; records have no mark of their own. */
const beginnings: Readonly<Record<Exclude<Syntax, 'records'>, string>> = {
  edifact: "UNB+UNOC:3+A+B+260101:0000+1'",
  x12: 'ISA*00*          *00*',
  cargoimp: 'FWB/16\r\n057-12345675',
  xml: '<?xml version="1.0"?><a/>',
  json: '{"a":1}',
};
const named = (of: Label['of'], text: string): Label => ({ of, text });

/** A label that is right for a syntax, of each kind. */
const right: Readonly<Record<Syntax, readonly Label[]>> = {
  edifact: [named('media type', 'application/EDIFACT'), named('file name', 'a.edi'), named('agreement', 'edifact')],
  x12: [named('media type', 'application/edi-x12'), named('file name', 'a.X12'), named('file name', 'a.edi'), named('agreement', 'x12')],
  cargoimp: [named('media type', 'application/cargo-imp; charset=us-ascii'), named('file name', 'a.imp'), named('agreement', 'cargoimp')],
  records: [named('media type', 'text/csv'), named('file name', 'a.csv'), named('agreement', 'records')],
  xml: [named('media type', 'text/xml'), named('media type', 'application/soap+xml'), named('file name', 'a.xml'), named('agreement', 'xml')],
  json: [
    named('media type', 'application/json; charset=utf-8'),
    named('media type', 'application/vnd.x+json'),
    named('file name', 'a.ndjson'),
    named('agreement', 'json'),
  ],
};

t.test('the bytes decide, whatever the label; one that disagrees is told, and names both', async (t) => {
  const syntaxes: readonly Syntax[] = [...segmentedSyntaxes, ...nestedSyntaxes];
  for (const [name, beginning] of Object.entries(beginnings)) {
    const found = detectSyntax(Buffer.from(beginning));
    const syntax = 'syntax' in found ? found.syntax : undefined;
    t.equal(syntax, name);
    for (const other of syntaxes)
      for (const label of right[other]) {
        const told = mislabelled(label, syntax!, 'a');
        const agrees = right[syntax!].some(({ of, text }) => of === label.of && text === label.text);
        if (agrees) t.equal(told, undefined, `${label.text} is ${name}`);
        else {
          t.match(told, { code: 'SYNTAX_LABEL', severity: 'warning', actual: name });
          t.ok(sentence(told!).includes(label.text) && sentence(told!).endsWith(`the bytes are ${name}`), sentence(told!));
        }
      }
  }
});

t.test('what claims nothing disagrees with nothing', async (t) => {
  const silent = [named('media type', 'application/octet-stream'), named('media type', 'text/plain'), named('media type', ''), named('file name', 'manifest.txt'), named('file name', 'a.b/manifest'), named('file name', '-')]; // prettier-ignore
  for (const label of silent) t.equal(mislabelled(label, 'xml'), undefined, label.text);
  t.equal(sentence(mislabelled(named('file name', 'manifest.xml'), 'edifact')!), 'the file name `manifest.xml` says xml, the bytes are edifact');
});
