import t from 'tap';
import { sentence } from '../../src/diagnostics/diagnostic.ts';
import { detectSyntax } from '../../src/syntax/detect.ts';
import { shared } from '../root.ts';
import { corpus } from './edifact/corpus.ts';

const told = (text: string): string => {
  const detected = detectSyntax(Buffer.from(text, 'latin1'));
  return 'syntax' in detected ? detected.syntax : `${detected.finding.code}: ${sentence(detected.finding)}`;
};

t.test('by the first bytes, whatever the label says', (t) => {
  // prettier-ignore
  const cases: readonly [input: string, told: string][] = [
    ["UNA:+.? 'UNB+UNOC:3", 'edifact'],
    ['UNB+UNOC:3+S+R', 'edifact'],
    ['\xef\xbb\xbf\r\n UNB+UNOC:3+S+R', 'edifact'],
    ['UNH+1+CUSCAR:D:95B:UN', 'edifact'],
    ['UNB\x1dUNOB\x1f1', 'edifact'],
    ["QU HDQAB\r\n.LONXX 211052\r\nUNA:+.? '\r\nUNB+UNOA:4+S+R", 'edifact'],
    ["\x01QU HDQAB\r\nUNB+UNOA:4+S+R", 'edifact'],
    ['<?xml version="1.0"?><a/>', 'xml'],
    ['\xef\xbb\xbf\n<Declaration xmlns="urn:x"/>', 'xml'],
    ['<!DOCTYPE a><a/>', 'xml'],
    ['FWB/16\r\n057-12345675', 'cargoimp'],
    ['FMA\nACK/RECEIVED', 'cargoimp'],
    ['PSN\n007-12345675-1', 'cargoimp'],
    ['\x01QU HKGFMCX\r\n.LONFMBA 211052\r\n\x02FHL/5', 'cargoimp'],
    ['=HEADER\r\nRCV,2026/11/15', 'cargoimp'],
    ['{"a":1}', 'json'],
    ['\xef\xbb\xbf[ {', 'json'],
    ['{}', 'json'],
    ['[1]', 'SYNTAX_UNKNOWN: this is none of the syntaxes that are read; it begins with `[1]`'],
    ['{\0"\0', 'SYNTAX_UNSUPPORTED: this is UTF-16 text, which is recognized and not read'],
    ['', 'SYNTAX_EMPTY: there is nothing in it'],
    [' \r\n\t\0', 'SYNTAX_EMPTY: there is nothing in it'],
    ['ISA*00*          *00*', 'x12'],
    ['\xef\xbb\xbfISA~00~', 'x12'],
    ['GS*AQ*A*B', 'x12'],
    ['ST*309*0001~', 'x12'],
    ['STX=ANA:1+5000000000000', 'SYNTAX_UNSUPPORTED: this is TRADACOMS, which is recognized and not read'],
    ['UIB+UNOA:4', 'SYNTAX_UNSUPPORTED: this is interactive EDIFACT (UIB), which is recognized and not read'],
    ['PK\x03\x04....', 'SYNTAX_UNSUPPORTED: this is a ZIP archive, which is recognized and not read'],
    ['\x1f\x8b\x08', 'SYNTAX_UNSUPPORTED: this is gzip, which is recognized and not read'],
    ['\xff\xfe<\0?\0', 'SYNTAX_UNSUPPORTED: this is UTF-16 text, which is recognized and not read'],
    ['\0<\0?', 'SYNTAX_UNSUPPORTED: this is UTF-16 text, which is recognized and not read'],
    ['Dear Sir,\nplease find', 'SYNTAX_UNKNOWN: this is none of the syntaxes that are read; it begins with `Dear Sir, please`'],
    ['UNABLE TO COMPLY', 'SYNTAX_UNKNOWN: this is none of the syntaxes that are read; it begins with `UNABLE TO COMPLY`'],
    ['\x7fELF\x02\x01\x01\0', 'SYNTAX_UNKNOWN: this is none of the syntaxes that are read; it begins with the bytes 7f 45 4c 46 02 01 01 00'],
  ];
  for (const [input, expected] of cases) t.equal(told(input), expected, JSON.stringify(input.slice(0, 20)));
  t.end();
});

t.test('every interchange of the corpus is told', { skip: shared === undefined && 'no corpus beside the repository' }, (t) => {
  for (const { name, bytes } of corpus('edifact-customs', 'edifact-commerce', 'edifact-invalid', 'x12-customs', 'x12-invalid'))
    if (!('syntax' in detectSyntax(bytes.subarray(0, 4096))) && (bytes.includes('UNB') || bytes.includes('ISA'))) t.fail(name);
  t.pass();
  t.end();
});
