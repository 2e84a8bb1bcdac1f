import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import { translate, type Translation } from '../../src/gateway/translation/translate.ts';
import type { Configuration } from '../../src/partners/config.ts';
import type { Agreement } from '../../src/partners/partner.ts';
import type { AnswerProfile } from '../../src/partners/profile.ts';
import { library } from '../library.ts';
import { root } from '../root.ts';
import { all } from '../syntax/cargoimp/messages.ts';

/**
 * A message in which one thing was changed at random is answered, and the answer is one that we would take from others: our own reader and maps find
 * nothing wrong with it, and it names the place of the change, or where it first shows.
 */
await library.loadSchemas();
const loaded = loadConfigurationFolder(join(root, 'samples/gateway'), library).configuration!;

const answers: AnswerProfile = {
  maps: ['iata/fna', 'iata/fma', 'x12/824/4010', 'x12/997/4010'],
  names: [{ path: 'Response.OriginalReferenceID', as: 'Declaration/Consignment/TransportContractDocument.ID' }],
  verdict: [{ path: 'Response.FunctionCode', values: { '27': 'rejected', '44': 'accepted' } }],
};
const agency: Configuration = { ...loaded, agencies: loaded.agencies.map((each) => (each.id === 'customs' ? { ...each, answers: [answers] } : each)) };

const come = (partner: string, bytes: Buffer, configuration: Configuration): Translation =>
  translate({ id: '01JD0000000000000000000000', partner, receivedAt: '2026-11-21T08:30:00.000Z', bytes }, library, configuration);

const answered = (text: string, agreement: Partial<Agreement>): Translation =>
  come('blue-anchor', Buffer.from(text, 'latin1'), {
    ...loaded,
    partners: loaded.partners.map((each) => (each.id === 'blue-anchor' ? { ...each, agreement: { ...each.agreement, ...agreement } } : each)),
  });

const found = ({ findings, interchanges }: Translation): Diagnostic[] => [
  ...findings,
  ...interchanges.flatMap((each) => [...each.findings, ...each.messages.flatMap((message) => message.findings)]),
];

/** What is wrong with an answer, which names others as its parties than the agency that stands in for them, and characters that are the sender's. */
const own: ReadonlySet<string> = new Set(['GATEWAY_UNKNOWN_SENDER', 'GATEWAY_NOT_FOR_US', 'CARGOIMP_CHARACTER']);
const wrongWith = (bytes: Uint8Array): string[] =>
  found(come('customs', Buffer.from(bytes), agency))
    .filter(({ code, severity }) => severity !== 'info' && !own.has(code) && !code.startsWith('ANSWER_'))
    .map(({ code, args }) => `${code} ${JSON.stringify(args)}`);

interface Change {
  readonly kind: string;
  readonly line: number; // from 0, by what there is
  readonly place: number; // in the line
}

/** What is done to the lines or segments of a message; `separator` stands between fields. */
const changes: Readonly<Record<string, (lines: readonly string[], at: number, place: number, separator: string) => readonly string[]>> = {
  drop: (lines, at) => lines.toSpliced(at, 1),
  duplicate: (lines, at) => lines.toSpliced(at, 0, lines[at]!),
  exchange: (lines, at) => (at + 1 < lines.length ? lines.toSpliced(at, 2, lines[at + 1]!, lines[at]!) : lines),
  cut: (lines, at, place) => lines.with(at, lines[at]!.slice(0, 1 + (place % lines[at]!.length))),
  replace: (lines, at, place) => {
    const where = place % lines[at]!.length;
    return lines.with(at, `${lines[at]!.slice(0, where)}${'A9-?'[place % 4]}${lines[at]!.slice(where + 1)}`);
  },
  'field-dropped': (lines, at, place, separator) => inFields(lines, at, separator, (fields) => fields.toSpliced(1 + (place % fields.length), 1)),
  'field-twice': (lines, at, place, separator) =>
    inFields(lines, at, separator, (fields) => fields.toSpliced(1 + (place % fields.length), 0, fields[1 + (place % fields.length)] ?? '')),
  'field-emptied': (lines, at, place, separator) => inFields(lines, at, separator, (fields) => fields.toSpliced(1 + (place % fields.length), 1, '')),
  'field-long': (lines, at, place, separator) => inFields(lines, at, separator, (fields) => fields.toSpliced(1 + (place % fields.length), 1, 'Z'.repeat(600))),
  joined: (lines, at) => (at + 1 < lines.length ? lines.toSpliced(at, 2, `${lines[at]!} ${lines[at + 1]!}`) : lines),
};

const inFields = (lines: readonly string[], at: number, separator: string, change: (fields: readonly string[]) => readonly string[]): readonly string[] =>
  lines.with(at, change(lines[at]!.split(separator)).join(separator));

const change = (kinds: readonly string[]): fc.Arbitrary<Change> => fc.record({ kind: fc.constantFrom(...kinds), line: fc.nat(), place: fc.nat(1000) });

const ofAir = Object.entries(all).filter(([name]) => !['fna', 'fma'].includes(name)); // which are never answered
const LATEST = 5; // lines after the change at which it may first show: a free line too many makes an address shift

t.test('FNA and FMA', async (t) => {
  const rejected = { count: 0 };
  fc.assert(
    fc.property(fc.constantFrom(...ofAir), change(Object.keys(changes)), ([, sent], { kind, line, place }) => {
      const lines = sent.trimEnd().split('\r\n');
      const at = kind === 'joined' ? line % lines.length : 1 + (line % (lines.length - 1)); // without its first line nobody knows what it is
      const changed = changes[kind]!(lines, at, place, '/').filter((each) => each !== '');
      const replies = answered(changed.map((each) => `${each}\r\n`).join(''), { fna: 'always' }).interchanges.map(({ reply }) => reply);
      for (const reply of replies) {
        if (!reply) throw new Error('no answer');
        const wrong = wrongWith(reply);
        if (wrong.length > 0) throw new Error(wrong.join('; '));
        const text = Buffer.from(reply).toString('latin1');
        const repeated = text.indexOf(`\r\n${lines[0]!}\r\n`); // on a line of its own, whether it was sent so or not
        const said = text.slice(0, repeated);
        if (!said.startsWith('FNA')) continue;
        rejected.count++;
        if (repeated < 0) throw new Error('the message as it was received does not follow');
        const named = [...said.matchAll(/LINE (\d+)/g)].map(([, number]) => Number(number));
        if (!named.some((each) => each >= at && each <= at + 1 + LATEST)) throw new Error(`line ${at + 1} was changed, and named are ${named.join(', ')}`);
      }
    }),
    { seed: 20261121, numRuns: 200 },
  );
  t.ok(rejected.count > 80, `${rejected.count} were rejected`);
});

t.test('824 and 997', async (t) => {
  const agreement: Partial<Agreement> = { x12: { groups: '997' }, errors: [{ map: 'x12/824/4010', codes: { MAP_VALUE: 'IID', other: '024' } }] };
  const segments = readFileSync(join(root, 'test/cases/x12-accepted/input.x12'), 'latin1').trimEnd().split(/~\s*/).filter(Boolean); // prettier-ignore
  const [from, to] = [segments.findIndex((each) => each.startsWith('ST*')), segments.findIndex((each) => each.startsWith('SE*'))];
  const set = segments.slice(from, to);
  const told = { advice: 0, rejected: 0 };
  fc.assert(
    fc.property(change(Object.keys(changes)), ({ kind, line, place }) => {
      const at = 1 + (line % (set.length - 1));
      const changed = changes[kind]!(set, at, place, '*').map((each) => each.replace('?', '^'));
      const whole = [...segments.slice(0, from), ...changed, `SE*${changed.length + 1}*0001`, ...segments.slice(to + 1)];
      const { interchanges } = answered(whole.map((each) => `${each}~`).join(''), agreement);
      const advice = interchanges.flatMap(({ errors }) => errors?.bytes ?? []);
      for (const bytes of [...advice, ...interchanges.flatMap(({ reply }) => reply ?? [])]) {
        const wrong = wrongWith(bytes);
        if (wrong.length > 0) throw new Error(wrong.join('; '));
        const text = Buffer.from(bytes).toString('latin1').replaceAll('~NTE*ADD*', ' ');
        const named = [...text.matchAll(/segment (\d+)|AK3\*[^*]*\*(\d+)/g)].map(([, said, counted]) => Number(said ?? counted));
        if (text.includes('AK9*A')) continue;
        if (text.includes('ST*824')) told.advice++;
        else told.rejected++;
        if (advice.length > 0 && !text.includes('ST*824')) continue; // what 824 tells 997 does not
        if (!(Math.min(...named) >= at)) throw new Error(`segment ${at + 1} was changed, and ${named.join(', ')} are named`);
      }
    }),
    { seed: 20261121, numRuns: 200 },
  );
  t.ok(told.advice > 5 && told.rejected > 50, `${told.advice} were told by 824, ${told.rejected} rejected by 997`);
});
