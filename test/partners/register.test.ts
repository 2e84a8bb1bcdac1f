import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import type { Interchange } from '../../src/syntax/unit.ts';
import { readPartnerFiles } from '../../src/gateway/library/folder.ts';
import { loadConfiguration, senderOf } from '../../src/partners/config.ts';
import { isSender, partnerIndex } from '../../src/partners/identities.ts';
import { treeOf } from '../../src/partners/register.ts';
import { hashKey } from '../../src/partners/partner.ts';
import { sample } from './fixture.ts';

const others = sample.files.filter(({ path }) => !path.startsWith('partners/'));
const routes = others.filter(({ path }) => !path.startsWith('routes/'));
const text = (n: number): string =>
  `partner: trader-${n}\nname: Trader ${n}\nkeys: [sha256:${hashKey(`key ${n}`)}]\nidentities:\n  - id: TRADER${n}\n    qualifier: ZZZ\n  - { id: T${n}, in: x12 }\nagreement:\n  contrl: always\n  duplicates: { window: 90d }\n`;
const many = (count: number) => Array.from({ length: count }, (_, n) => ({ path: `partners/trader-${n}.yaml`, text: text(n) }));
const cpu = (from?: NodeJS.CpuUsage): number => ((used) => (used.user + used.system) / 1_000)(process.cpuUsage(from));

t.test('partners are read at the pace of 20,000 in five seconds, and one that changes in less than one', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'partners'));
  const count = 2_000;
  const past = new Date(Date.now() - 60_000);
  for (const { path, text } of many(count)) writeFileSync(join(folder, path), text);
  for (const { path } of many(count)) utimesSync(join(folder, path), past, past);
  const load = () => loadConfiguration({ ...sample, files: [...routes, ...readPartnerFiles(folder)] });

  /** Milliseconds of CPU for what was never read before: the better of three, since others work on this machine too. */
  const times = [0, 1, 2].map(() => {
    const before = process.cpuUsage();
    const { configuration, register } = loadConfiguration({ ...sample, files: [...routes, ...many(count)] });
    partnerIndex(configuration!.partners);
    treeOf(register);
    return cpu(before);
  });
  const all = Math.min(...times);
  t.ok(all < count / 4 + 250, `all: ${Math.round(all)} ms of CPU`); // 20,000 in five seconds, and what is read with however few

  const first = load();
  t.equal(first.configuration!.partners.length, count);

  const file = join(folder, 'partners/trader-777.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('contrl: always', 'contrl: never'));
  const before = process.cpuUsage();
  const second = load();
  partnerIndex(second.configuration!.partners);
  treeOf(second.register);
  const one = cpu(before);
  t.ok(one < 1_000, `one: ${Math.round(one)} ms of CPU`);
  t.equal(senderOf(second.configuration!, 'trader-777')?.agreement.contrl, 'never');
  const same = second.register.filter((each, i) => each === first.register[i]).length;
  t.equal(same, count - 1, 'the others were not read again');
  t.comment(`all ${Math.round(all)} ms, one ${Math.round(one)} ms of CPU`);
});

t.test('a partner is found by its key and by every identity, with its qualifier and in its envelope', async (t) => {
  const { configuration } = loadConfiguration({ ...sample, files: [...routes, ...many(50)] });
  const index = partnerIndex(configuration!.partners);
  t.equal(index.byKey.get(hashKey('key 7'))?.partner.id, 'trader-7');
  const cases: readonly (readonly [envelope: 'edifact' | 'x12' | 'as2', id: string, qualifier: string | undefined, found: string | undefined])[] = [
    ['edifact', 'TRADER7', 'ZZZ', 'trader-7'],
    ['edifact', 'TRADER7', '14', undefined],
    ['edifact', 'TRADER7', undefined, undefined],
    ['x12', 'T7', '01', 'trader-7'],
    ['x12', 'T7', undefined, 'trader-7'],
    ['edifact', 'T7', undefined, undefined],
    ['as2', 'TRADER7', 'ZZZ', 'trader-7'],
  ];
  for (const [envelope, id, qualifier, found] of cases)
    t.equal(index.named(envelope, id, qualifier)?.partner.id, found, `${envelope} ${id} ${qualifier ?? ''}`);
});

t.test('whoever is found by the maps is found by asking one after the other, and nobody else', async () => {
  const envelope = fc.constantFrom('edifact', 'x12', 'cargoimp', 'xml', 'as2', 'typeb') as fc.Arbitrary<'edifact' | 'x12' | 'cargoimp' | 'xml'>;
  const name = fc.constantFrom('A', 'B', 'C');
  const qualifier = fc.option(fc.constantFrom('1', '2'), { nil: undefined });
  const identity = fc.record({ id: name, qualifier, in: fc.option(fc.uniqueArray(envelope, { minLength: 1 }), { nil: undefined }) }).map(({ id, qualifier, in: where }) => ({
    id,
    ...(qualifier === undefined ? {} : { qualifier }),
    ...(where === undefined ? {} : { in: where }),
  })); // prettier-ignore
  const partner = loadConfiguration({ ...sample, files: [...routes, ...many(1)] }).configuration!.partners[0]!;
  fc.assert(
    fc.property(fc.array(identity, { maxLength: 6 }), envelope, name, qualifier, (identities, syntax, sender, senderQualifier) => {
      const one = { ...partner, identities };
      const said = { syntax, sender, ...(senderQualifier === undefined ? {} : { senderQualifier }) } as Interchange;
      const expected = identities.some(
        (each) =>
          each.id === sender &&
          (each.qualifier === undefined || each.qualifier === senderQualifier) &&
          (each.in === undefined ||
            (each.in as readonly string[]).some((where) => where === syntax || (where === 'typeb' && syntax === 'cargoimp' && each.qualifier === undefined))),
      );
      return isSender(one, said) === expected;
    }),
    { numRuns: 500 },
  );
});

t.test('what only one may have is told where two claim it', async (t) => {
  const [one, two] = many(2);
  const cases: readonly (readonly [what: string, from: string, to: string])[] = [
    ['id trader-0', 'partner: trader-1', 'partner: trader-0'],
    ['sender identity TRADER0:ZZZ', 'id: TRADER1', 'id: TRADER0'],
    ['sender identity T0', 'id: T1, in: x12', 'id: T0'], // in any envelope, so in that one too
    [`key sha256:${hashKey('key 0')}`, hashKey('key 1'), hashKey('key 0')],
    ['id customs', 'partner: trader-1', 'partner: customs'],
    ['sender identity CUSTOMS', 'id: T1, in: x12', 'id: CUSTOMS'], // by it an agency answers, and acknowledges
    ['sender identity CUSTOMS:ZZZ', 'id: TRADER1', 'id: CUSTOMS'],
    ['sender identity of the trader small CUSTOMS', 'keys:', 'sends-for: [{ trader: small, identities: [{ id: CUSTOMS }] }]\nkeys:'],
    [`key sha256:${hashKey('demo-customs')}`, hashKey('key 1'), hashKey('demo-customs')],
    [`key sha256:${hashKey('demo-operator')}`, hashKey('key 1'), hashKey('demo-operator')],
  ];
  for (const [told, from, to] of cases) {
    const { findings } = loadConfiguration({ ...sample, files: [...routes, one!, { ...two!, text: two!.text.replace(from, to) }] });
    t.same(
      findings.filter(({ severity }) => severity === 'error').map(({ code, args }) => `${code} ${args['what']} ${args['id']}`),
      [`CONFIG_DUPLICATE ${told}`],
    );
  }
  const elsewhere = loadConfiguration({ ...sample, files: [...routes, one!, { ...two!, text: two!.text.replace('id: T1, in: x12', 'id: T0, in: as2') }] });
  t.ok(elsewhere.configuration, 'the same name in another envelope is another name');
});

t.test('one partner that changes makes one list of the tree and its root anew', async (t) => {
  const files = many(2_000);
  const read = (files: readonly { path: string; text: string }[]) => treeOf(loadConfiguration({ ...sample, files: [...routes, ...files] }).register)!;
  const before = read(files);
  const after = read(files.map((file, n) => (n === 11 ? { ...file, text: file.text.replace('always', 'never') } : file)));
  t.equal([...after.texts.keys()].filter((hash) => !before.texts.has(hash)).length, 2);
  t.equal(read([...files].reverse()).root, before.root, 'in whatever order they were read');
  t.equal(treeOf([]), undefined);
});
