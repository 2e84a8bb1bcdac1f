import t, { type Test } from 'tap';
import { finding, hasError, type Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { buildFna, type FnaOptions } from '../../src/replies/fna.ts';
import type { Subject, SubjectMessage } from '../../src/replies/subject.ts';
import { cargoImpReader } from '../../src/syntax/cargoimp/reader.ts';
import type { Interchange } from '../../src/syntax/unit.ts';
import { all } from '../syntax/cargoimp/messages.ts';
import { grammars, read } from '../syntax/cargoimp/read.ts';

const options: FnaOptions = { grammars, time: '2026-11-21T08:30:00Z' };
const lines = (...each: readonly string[]): string => each.map((line) => `${line}\r\n`).join('');

/** What our reader makes of a file, as the subject of an answer. */
function subjectOf(text: string, around: readonly Diagnostic[] = []): Subject {
  const bytes = Buffer.from(text, 'latin1');
  let interchange: Interchange | undefined;
  const messages: { header: SubjectMessage['header']; findings: Diagnostic[]; end: number }[] = [];
  const outside: Diagnostic[] = [...around];
  let open = false;
  const reader = cargoImpReader(
    {
      interchange: (found) => void (interchange = found),
      message: (header) => {
        messages.push({ header, findings: [], end: header.start });
        open = true;
      },
      unit: (unit) => void (messages.at(-1)!.end = unit.base + unit.end),
      messageEnd: () => void (open = false),
      finding: (found) => void (open ? messages.at(-1)?.findings : outside)?.push(found),
    },
    { grammars },
  );
  reader.push(bytes);
  reader.end();
  const given = (each: (typeof messages)[number]): SubjectMessage => {
    return { header: each.header, findings: each.findings, accepted: !hasError(each.findings), bytes: bytes.subarray(each.header.start, each.end) };
  };
  return { interchange: interchange!, findings: outside.filter(({ code }) => code !== 'CARGOIMP_OUTSIDE'), messages: messages.map(given) };
}

/** The answer, after our own reader found nothing wrong with it. */
function answer(t: Test, subject: Subject, more: Partial<FnaOptions> = {}): string {
  const bytes = buildFna(subject, { ...options, ...more });
  if (!bytes) return 'none';
  t.same(
    read([bytes])
      .findings.filter((each) => hasError([each]))
      .map(({ code }) => code),
    [],
    'nothing wrong with our answer',
  );
  return Buffer.from(bytes).toString('latin1');
}

/** A status in which each fault has its place: what is wrong, what stands there, and what is said of it. */
const status = ['FSU/14', '160-12345675HKGLHR/T3K75.0', 'RCS/14NOV1030/HKG/T3K75.0/PEARL RIVER'];
const faults: readonly { readonly fault: string; readonly message: readonly string[]; readonly reasons: readonly string[] }[] = [
  {
    fault: 'the check digit of the air waybill',
    message: [status[0]!, '160-12345676HKGLHR/T3K75.0', status[2]!],
    reasons: ['ACK/CARGOIMP-CHECK-DIGIT LINE 2 AWB', '/160-12345676 IS NO NUMBER OF AN AIR WAYBILL ITS CHECK DIGIT WOULD', '/BE 5'],
  },
  {
    fault: 'a field that does not hold what it should',
    message: [...status, 'OCI/GB/ISSX/RA/00123'],
    reasons: ['ACK/CARGOIMP-FIELD LINE 4 OCI', '/PARTY OF OCI IS ISSX'],
  },
  {
    fault: 'a line that nobody knows',
    message: [...status, 'XYZ/1'],
    reasons: ['ACK/CARGOIMP-LINE LINE 4', '/XYZ 1 IS NOT UNDERSTOOD'],
  },
  {
    fault: 'a line that is missing',
    message: ['FHL/5', 'MBI/125-12345675LHRTPE/T12K480.5'],
    reasons: ['ACK/CARGOIMP-MISSING AFTER LINE 2 MBI', '/HBS HOUSE WAYBILL IS MISSING'],
  },
  {
    fault: 'a line out of its order',
    message: [...all['fwb16']!.trimEnd().split('\r\n'), 'COR/X'],
    reasons: ['ACK/CARGOIMP-ORDER LINE 44', '/COR CUSTOMS ORIGIN STANDS OUT OF ITS ORDER'],
  },
  {
    fault: 'a version that is not known',
    message: ['FFM/16', '1/TG640/20JUL/BKK/NRT'],
    reasons: ['ACK/CARGOIMP-MESSAGE-UNKNOWN LINE 1 FFM', '/THERE IS NO GRAMMAR OF FFM 16 THERE IS FFM 8 FFM 5'],
  },
  {
    fault: 'two faults, each by itself',
    message: [status[0]!, '160-12345676HKGLHR/T3K75.0', status[2]!, 'XYZ/1'],
    reasons: [
      'ACK/CARGOIMP-CHECK-DIGIT LINE 2 AWB',
      '/160-12345676 IS NO NUMBER OF AN AIR WAYBILL ITS CHECK DIGIT WOULD',
      '/BE 5',
      '/CARGOIMP-LINE LINE 4',
      '/XYZ 1 IS NOT UNDERSTOOD',
    ],
  },
];

t.test('a message that is rejected comes back with the reasons', (t) => {
  for (const { fault, message, reasons } of faults) {
    const text = answer(t, subjectOf(lines(...message)));
    t.equal(text.slice(0, text.indexOf(`${message[0]!}\r\n`)), lines('FNA/1', ...reasons), fault);
    t.equal(text.slice(text.indexOf(`${message[0]!}\r\n`)), lines(...message), `${fault}: as it was received`);
  }
  t.end();
});

t.test('what is accepted is told where it was agreed', (t) => {
  const subject = subjectOf(lines(...status));
  t.equal(answer(t, subject), 'none');
  t.equal(answer(t, subject, { always: true }), lines('FMA', 'ACK/MESSAGE ACCEPTED', ...status));
  t.end();
});

t.test('the heading is turned round, and each message of a file has its own answer', (t) => {
  const heading = ['QU LHRFMBA', '.MANFMBA 151030'];
  const bad = [status[0]!, '160-12345676HKGLHR/T3K75.0'];
  const text = answer(t, subjectOf(`${lines(...heading, ...status)}\r\n${lines(...bad)}`), { always: true });
  t.equal(text, `${lines('QU MANFMBA', '.LHRFMBA 210830', 'FMA', 'ACK/MESSAGE ACCEPTED', ...status)}\r\n${lines('FNA/1', ...faults[0]!.reasons, ...bad)}`);
  t.end();
});

t.test('an answer is never answered', (t) => {
  for (const name of ['fna', 'fma']) t.equal(answer(t, subjectOf(all[name]!), { always: true }), 'none', name);
  t.equal(answer(t, subjectOf(`FMA\r\nACK/X/Y/Z\r\n\r\n`), { always: true }), 'none', 'nor one that is wrong');
  t.end();
});

t.test('what is wrong around the messages rejects them all', (t) => {
  const duplicate = finding('GATEWAY_DUPLICATE', { reference: 'A1', previous: 'another interchange' });
  const subject = subjectOf(lines(...status), [duplicate]);
  t.match(answer(t, subject), /^FNA\/1\r\nACK\/GATEWAY-DUPLICATE\r\n/);
  t.match(answer(t, { ...subject, messages: [] }), /^FNA\/1\r\nACK\/GATEWAY-DUPLICATE\r\n(\/[A-Z0-9 .-]+\r\n)+$/, 'no message, so none is repeated');
  t.end();
});

t.test('where line breaks were lost the message comes back in the lines that are counted', (t) => {
  const text = answer(t, subjectOf(lines('FSU/14 160-12345676HKGLHR/T3K75.0 RCS/14NOV1030/XX/T3K75.0', 'OSI/X')));
  t.match(text, /LINE 2 AWB[^]*LINE 3 STS/);
  t.equal(text.slice(text.indexOf('FSU/14')), lines('FSU/14', '160-12345676HKGLHR/T3K75.0', 'RCS/14NOV1030/XX/T3K75.0', 'OSI/X'));
  t.end();
});

t.test('a line that is longer than an answer can hold is cut, and that is said', (t) => {
  const text = answer(t, subjectOf(lines(status[0]!, '160-12345676HKGLHR/T3K75.0', `OSI/${'X'.repeat(600)}`, 'OSI/Y')));
  t.match(text, /\r\n\/LINES ARE CUT AFTER 512 CHARACTERS\r\nFSU\/14\r\n/);
  t.ok(text.endsWith(lines(`OSI/${'X'.repeat(508)}`, 'OSI/Y')));
  t.end();
});

t.test('a long line of a message that comes back is none of the answer', (t) => {
  for (const name of ['FNA/1', 'FMA']) {
    const { findings } = read([lines(name, 'ACK/NO', 'FWB/16', `125-12345675LHRTPE/T12K480.5MC${'2'.repeat(60)}`, `OSI/${'X'.repeat(90)}`)]);
    t.same(findings, [], name);
  }
  t.end();
});

t.test('what is long is cut, and that is said', (t) => {
  const many = subjectOf(lines(...status, ...Array.from({ length: 30 }, (_, i) => `XYZ/${i}`)));
  const apart = many.messages[0]!.findings.map((each, i) => ({ ...each, code: i % 2 === 0 ? each.code : ('CARGOIMP_FIELD' as const) }));
  t.match(answer(t, { ...many, messages: [{ ...many.messages[0]!, findings: apart }] }), /ACK\/CARGOIMP-LINE LINE 4 \d+ TIMES\r\n/, 'one cause is told once');
  const long = subjectOf(lines(...status, ...Array.from({ length: 3_000 }, (_, i) => `OSI/${i}`)));
  const text = answer(t, long);
  t.match(text, /\r\n\/THE FIRST 2000 OF 3003 LINES FOLLOW\r\nFSU\/14\r\n/);
  t.equal(text.slice(text.indexOf('FSU/14')).split('\r\n').length, 2_001);
  t.end();
});

t.test('other syntaxes have answers of their own', (t) => {
  const subject = subjectOf(lines(...status));
  t.equal(answer(t, { ...subject, interchange: { ...subject.interchange, syntax: 'edifact' } }, { always: true }), 'none');
  t.end();
});
